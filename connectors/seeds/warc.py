"""WARC files: one article for each archived page. Records stream; pages are read in the sandbox.

An archive of our own holds its articles beside the pages; those are passed on as they are, and the
pages are not read a second time.

Here records are only told apart (ISO 28500: a version line, headers, a block of the length they say).
What a record means, its HTTP headers and encodings are warcio's work, inside the sandbox.
"""

import hashlib
import io
from collections.abc import Iterator
from dataclasses import dataclass

from connectors.archives import ARTICLE_TYPE, holds_articles
from connectors.sandbox import shared_sandbox
from connectors.seeds.found import Found, letter
from connectors.seeds.pages import article_of
from connectors.seeds.streams import CHUNK, Opened
from schemas import Line, Rejected, Skipped, Via, encode
from schemas.dead_letter import KEPT_BYTES, Original
from tocsin.dates import parse_instant
from tocsin.extract import Extracted, extract

BLOCK_LIMIT = 16 << 20
"""Bytes of one archived page."""

HEADER_LIMIT = 1 << 16
"""Bytes of the headers of one record."""

RECORD_LIMIT = 2 << 30
"""Bytes of one record, or of what lies between two, after which an archive is given up."""

LOST_LINES = 1_000_000
"""Lines between two records after which an archive is given up: it holds nothing but line ends."""

GIVEN_UP = "and the rest of the file was given up"

_VERSION = b"WARC/"
_HTML = ("text/html", "application/xhtml+xml")


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One record: its headers by lower-case name, and all its bytes unless they are too many.

    Its block begins at `start` and should have `size` bytes.
    """

    headers: dict[str, str]
    content: bytes
    start: int
    size: int

    @property
    def kind(self) -> str:
        """Name what sort of record it is."""
        return self.headers.get("warc-type", "").lower()

    @property
    def block(self) -> bytes:
        """Return what the record holds, without its headers."""
        return self.content[self.start : self.start + self.size]


@dataclass(frozen=True, slots=True, kw_only=True)
class Damage:
    """What is wrong at one place of an archive, and the bytes there."""

    reason: str
    content: bytes | Original


def read_warc(opened: Opened, name: str) -> Iterator[Found]:
    """Yield the pages of an archive; their first-seen time is when they were archived.

    Records that are no pages (images, requests, errors) are counted, and named once at the end.
    """
    number = others = beside = 0
    is_ours = False
    for record in _records(opened.stream):
        if isinstance(record, Damage):
            yield letter(Rejected("damaged-warc", record.reason), record.content, name)
            continue
        number += 1
        if record.kind == "warcinfo":
            is_ours = holds_articles(record.block)
        found = _kept(record, f"{name}:{number}") if is_ours else _read(record, f"{name}:{number}")
        if found is not None:
            yield found
        elif is_ours:
            beside += 1
        else:
            others += 1
    yield from _passed_over(name, number, others, beside)


def page_of(content: bytes, url: str) -> Extracted | None:
    """Read one record and extract its page; `None` where it holds none. Runs in the sandbox."""
    from warcio.archiveiterator import ArchiveIterator
    from warcio.exceptions import ArchiveLoadFailed

    try:
        record = next(iter(ArchiveIterator(io.BytesIO(content))))
    except (ArchiveLoadFailed, StopIteration, ValueError, EOFError) as error:
        raise Rejected("damaged-warc", f"the record cannot be read: {error}") from error
    status = record.http_headers.get_statuscode() if record.http_headers else "200"
    headers = record.http_headers or record.rec_headers
    kind = (headers.get_header("Content-Type") or "").partition(";")[0].strip().lower()
    if kind not in _HTML or status != "200":
        return None
    page = record.content_stream().read(BLOCK_LIMIT + 1)
    if len(page) > BLOCK_LIMIT:
        raise Rejected("too-large", f"a page that unpacks to over {BLOCK_LIMIT >> 20} MiB")
    return extract(page, url=url)


def _passed_over(name: str, number: int, others: int, beside: int) -> Iterator[Found]:
    """Say how many records of an archive gave nothing, and why."""
    if others or not number:
        yield Skipped(name=name, reason=f"{others} of {number} records in it are no pages")
    if beside:
        reason = (
            f"{beside} of {number} records in it lie beside its articles and were not read again"
        )
        yield Skipped(name=name, reason=reason)


def _kept(record: Record, origin: str) -> Found | None:
    """Pass on an article that an archive of ours holds; `None` for what lies beside it."""
    if record.kind != "conversion" or record.headers.get("content-type") != ARTICLE_TYPE:
        return None
    if record.size > BLOCK_LIMIT:
        reason = f"an article of {record.size} bytes"
        return letter(Rejected("too-large", reason), record.content, origin)
    return Line(content=record.block, origin=origin)


def _read(record: Record, origin: str) -> Found | None:
    """Make the article of one record, or its dead letter; `None` where it is no page."""
    if record.kind not in ("response", "resource"):
        return None
    url = record.headers.get("warc-target-uri", "").strip("<>")
    try:
        if record.size > BLOCK_LIMIT:
            raise Rejected("too-large", f"a record of {record.size} bytes: {url}")
        page = shared_sandbox().call(page_of, record.content, url)
        if page is None:
            return None
        seen = parse_instant(record.headers.get("warc-date"))
        article = article_of(page, url=url, first_seen=seen, via=Via.WARC)
    except Rejected as error:
        return letter(error, record.content, origin)
    return Line(content=encode(article), origin=origin)


def _records(stream: io.BufferedReader) -> Iterator[Record | Damage]:
    """Tell the records of an archive apart; after damage, go on at the next version line."""
    while True:
        lost, line = _lost_before_record(stream)
        if lost is not None:
            yield lost
        if not line:
            return
        head = line + b"".join(_header_lines(stream))
        headers = _parsed(head)
        size = headers.get("content-length", "")
        if not (size.isascii() and size.isdigit() and len(size) < 16):
            yield Damage(reason="a record does not say how long it is", content=head)
        elif int(size) > RECORD_LIMIT:
            yield Damage(reason=f"a record of {size} bytes, {GIVEN_UP}", content=head)
            return
        else:
            yield from _record(stream, head, headers, int(size))


class _Lost:
    """Bytes that belong to no record: how many say something, how they begin, and their hash."""

    def __init__(self) -> None:
        self.said = self._size = 0
        self._start, self._hash = b"", hashlib.sha256()

    def take(self, line: bytes) -> None:
        """Take a line; one of nothing but line ends and padding is none."""
        if said := line.strip(b"\r\n\0"):
            self.said += len(said)
            self._size += len(line)
            self._start += line[: KEPT_BYTES - len(self._start)]
            self._hash.update(line)

    def damage(self, reason: str) -> Damage:
        """Say what is wrong with them."""
        whole = Original(start=self._start, size=self._size, sha256=self._hash.hexdigest())
        return Damage(reason=reason, content=whole)


def _lost_before_record(stream: io.BufferedReader) -> tuple[Damage | None, bytes]:
    """Read up to the next version line; return what was lost on the way, and that line if there is one."""
    lost, passed = _Lost(), 0
    for _ in range(LOST_LINES):
        line = stream.readline(HEADER_LIMIT)
        if not line or line.startswith(_VERSION):
            reason = f"{lost.said} bytes between records belong to none"
            return lost.damage(reason) if lost.said else None, line
        passed += len(line)
        lost.take(line)
        if passed > RECORD_LIMIT:
            break
    return lost.damage(f"{passed} bytes in which no record begins, {GIVEN_UP}"), b""


def _record(
    stream: io.BufferedReader, head: bytes, headers: dict[str, str], size: int
) -> Iterator[Record | Damage]:
    """Take the block of a record; say so where the archive ends inside it."""
    block = stream.read(min(size, BLOCK_LIMIT))
    taken = len(block) + _pass_over(stream, size - len(block))
    if taken < size:
        yield Damage(reason=f"the last record is cut short, at {taken} bytes", content=head)
    content = head + block + b"\r\n\r\n"
    yield Record(headers=headers, content=content, start=len(head), size=taken)


def _header_lines(stream: io.BufferedReader) -> Iterator[bytes]:
    """Yield header lines up to and with the empty one, or as many as headers may have."""
    taken = 0
    while taken < HEADER_LIMIT and (line := stream.readline(HEADER_LIMIT)):
        taken += len(line)
        yield line
        if not line.strip():
            return


def _parsed(head: bytes) -> dict[str, str]:
    pairs = (line.partition(":") for line in head.decode("utf-8", "replace").splitlines()[1:])
    return {name.strip().lower(): value.strip() for name, _, value in pairs}


def _pass_over(stream: io.BufferedReader, size: int) -> int:
    """Take bytes without keeping them; return how many there were."""
    passed = 0
    while passed < size and (chunk := stream.read(min(CHUNK, size - passed))):
        passed += len(chunk)
    return passed
