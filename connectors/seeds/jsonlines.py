"""Records that are JSON already: passed on as they stand, one by one. Not a validator of articles.

Lines stream, so a file of any size needs the memory of its longest record at most.
"""

import codecs
import io
from collections.abc import Iterator
from itertools import chain
from typing import Any

import msgspec

from connectors.seeds.arrays import ItemTooLong, items
from connectors.seeds.feeds import read_feed
from connectors.seeds.found import Found, letter
from connectors.seeds.streams import CHUNK
from schemas import DeadLetter, Line, Rejected, Skipped
from schemas.dead_letter import original
from tocsin.articles import LONGEST_LINE
from tocsin.loose_json import load_object

LINE_LIMIT = LONGEST_LINE
"""Bytes. A longer line is no article; it is passed over without being held."""

JSON_LIMIT = 16 << 20
"""Bytes of a file of JSON that is not one record a line, and so must be held whole."""

OVERLONG_LIMIT = 1 << 30
"""Bytes of one line after which the rest of its file is given up: nothing but a bomb is so long."""

BLANK_LIMIT = 1_000_000
"""Empty lines in a row after which a file is given up: it unpacks to nothing but line ends."""

Bytes = io.BufferedReader | io.BytesIO

_JSON_FEED = ("https://jsonfeed.org/version/", "http://jsonfeed.org/version/")
_WIDE = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def read_lines(stream: Bytes, name: str) -> Iterator[Found]:
    """Yield every line that is not blank, as it stands; an overlong one becomes a dead letter."""
    stream = as_utf8(stream)
    number = found = blank = 0
    while line := stream.readline(LINE_LIMIT + 1):
        number += 1
        if number == 1:
            line = line.removeprefix(codecs.BOM_UTF8)
        content = line.strip()
        blank = 0 if content else blank + 1
        if blank > BLANK_LIMIT:
            yield letter(Rejected("blank-lines", "nothing but empty lines"), b"", name)
            return
        if not content and len(line) <= LINE_LIMIT:
            continue
        found += 1
        if len(line) <= LINE_LIMIT:
            yield Line(content=content, origin=f"{name}:{number}")
            continue
        dead, is_bomb = _pass_over(stream, line, f"{name}:{number}")
        yield dead
        if is_bomb:
            return
    if not found:
        yield Skipped(name=name, reason="holds no record")


def read_json(stream: Bytes, name: str) -> Iterator[Found]:
    """Yield the records of a JSON file: one, an array of them, a JSON Feed, or lines.

    What is no JSON at all is passed on whole, so that the decoder says what is wrong with it.
    """
    content = stream.read(JSON_LIMIT + 1)
    if len(content) > JSON_LIMIT:
        yield from _read_large(content, stream, name)
        return
    content = as_utf8(io.BytesIO(content)).read().removeprefix(codecs.BOM_UTF8).strip()
    if not content:
        yield Skipped(name=name, reason="holds no record")
    elif content.startswith(b"["):
        yield from _read_array(content, name)
    elif is_json_feed(content):
        yield from read_feed(content, name)
    elif is_one_value(content) or not _is_one_a_line(content):
        yield Line(content=content, origin=name)
    else:
        for number, line in enumerate(content.split(b"\n"), 1):
            if line.strip():
                yield Line(content=line.strip(), origin=f"{name}:{number}")


def is_json_feed(content: bytes) -> bool:
    """Tell whether a JSON document says of itself that it is a JSON Feed."""
    try:
        version = msgspec.json.decode(content, type=_Versioned).version
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        version = _loose_version(content) if b"jsonfeed.org" in content else None
    return isinstance(version, str) and version.startswith(_JSON_FEED)


def _loose_version(content: bytes) -> object:
    """Return the version that a document of doubtful JSON names."""
    try:
        return load_object(content)[0].get("version")
    except Rejected:
        return None


def is_one_value(content: bytes) -> bool:
    """Tell whether the bytes are one JSON value and nothing after it."""
    try:
        msgspec.json.decode(content, type=msgspec.Raw)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return False
    return True


def _is_one_a_line(content: bytes) -> bool:
    """Tell from the first line whether records stand one a line; it need not be a sound one."""
    first = content.partition(b"\n")[0].strip()
    return (first.startswith(b"{") and first.endswith(b"}")) or is_one_value(first)


class _Versioned(msgspec.Struct):
    version: object = None


def _read_array(content: bytes, name: str) -> Iterator[Found]:
    """Read an array; of one that is not sound, the items one by one."""
    try:
        sound = msgspec.json.decode(content, type=list[msgspec.Raw])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        yield from _read_items(io.BytesIO(content), name)
        return
    for number, item in enumerate(sound, 1):
        yield Line(content=bytes(item), origin=f"{name}:{number}")
    if not sound:
        yield Skipped(name=name, reason="holds no record")


def _read_large(content: bytes, stream: Bytes, name: str) -> Iterator[Found]:
    """Read a large file as an array or as lines, piece by piece; any other value is too large."""
    whole: io.BufferedReader = io.BufferedReader(_Joined(content, stream), CHUNK)
    start = content.removeprefix(codecs.BOM_UTF8).lstrip()
    if start.startswith(b"["):
        yield from _read_items(whole, name)
    elif start.startswith(b"{") and _is_one_a_line(start):
        yield from read_lines(whole, name)
    else:
        reason = f"over {JSON_LIMIT >> 20} MiB in one JSON value; write one record a line instead"
        yield letter(Rejected("too-large", reason), original(_given_up(whole)), name)


def _read_items(stream: Bytes, name: str) -> Iterator[Found]:
    number = 0
    try:
        for number, item in enumerate(items(stream, limit=LINE_LIMIT), 1):
            yield Line(content=item, origin=f"{name}:{number}")
    except ItemTooLong as error:
        reason = f"an item over {LINE_LIMIT >> 20} MiB, and the rest of the file was given up"
        lost = original(chain(error.args, _given_up(stream)))
        yield letter(Rejected("too-large", reason), lost, name)
    else:
        if not number:
            yield Skipped(name=name, reason="holds no record")


class _Joined(io.RawIOBase):
    """What was read already, then the rest of the stream."""

    def __init__(self, first: bytes, rest: Bytes) -> None:
        super().__init__()
        self._first = io.BytesIO(first)
        self._rest = rest

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        return self._first.readinto(buffer) or self._rest.readinto(buffer)


class _Recoded(io.RawIOBase):
    """UTF-16 or UTF-32, with a byte order mark, as UTF-8."""

    def __init__(self, source: Bytes, encoding: str) -> None:
        super().__init__()
        self._source = source
        self._decoder = codecs.getincrementaldecoder(encoding)("replace")
        self._pending = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._pending:
            taken = self._source.read(CHUNK)
            self._pending = self._decoder.decode(taken, not taken).encode("utf-8", "replace")
            if not taken and not self._pending:
                return 0
        size = min(len(buffer), len(self._pending))
        buffer[:size] = self._pending[:size]
        self._pending = self._pending[size:]
        return size


def as_utf8(stream: Bytes) -> Bytes:
    """Recode a stream that begins with the byte order mark of UTF-16 or UTF-32."""
    head = stream.getvalue()[:4] if isinstance(stream, io.BytesIO) else stream.peek(4)[:4]
    for mark, encoding in _WIDE:
        if head.startswith(mark):
            return io.BufferedReader(_Recoded(stream, encoding), CHUNK)
    return stream


def _given_up(stream: Bytes) -> Iterator[bytes]:
    """Read the rest of a file that is not used, for its size and hash; of a bomb, the beginning."""
    size = 0
    while size < OVERLONG_LIMIT and (chunk := stream.read(CHUNK)):
        size += len(chunk)
        yield chunk


def _overlong(stream: Bytes, start: bytes) -> Iterator[bytes]:
    """Read to the end of an overlong line, or as far as nothing but a bomb goes."""
    size, part = 0, start
    while part:
        size += len(part)
        yield part
        if part.endswith(b"\n") or size >= OVERLONG_LIMIT:
            return
        part = stream.readline(CHUNK)


def _pass_over(stream: Bytes, start: bytes, origin: str) -> tuple[DeadLetter, bool]:
    """Read to the end of an overlong line, keeping its beginning, size and hash only."""
    line = original(_overlong(stream, start))
    is_bomb = line.size >= OVERLONG_LIMIT
    over = f"{line.size} bytes in one line, and at most {LINE_LIMIT >> 20} MiB are read"
    reason = f"{over}; the rest of the file was given up" if is_bomb else over
    return letter(Rejected("line-too-long", reason), line, origin), is_bomb
