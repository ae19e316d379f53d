"""Files as bounded streams of bytes, unpacked where they are gzipped. What the bytes mean is not known here.

Nothing but a regular file is ever read: opening does not block on a FIFO, and what was opened is
looked at again before the first byte is taken.
"""

import io
import os
import stat
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

from schemas import Rejected

CHUNK = 1 << 18
"""Bytes asked for at a time."""

LAYERS = 2
"""How often one file may be gzipped. Twice happens by mistake; more is an attack."""

EMPTY_LIMIT = 100_000
"""Empty gzip members in a row after which the data counts as damaged: they unpack to nothing, for ever."""

WHOLE_LIMIT = 16 << 20
"""Bytes. What must be read whole, unpacked, is no larger; news pages are some hundred kilobytes."""

_MAGIC = b"\x1f\x8b"
_GZIP = 16 + zlib.MAX_WBITS


class Readable(Protocol):
    """Anything that bytes can be read from."""

    def read(self, size: int, /) -> bytes:
        """Take up to `size` bytes; none at the end."""


class Gunzip(io.RawIOBase):
    """Unpacks gzip of one or many members as it is read; `problem` says how it ended badly.

    Damaged data ends the stream and does not raise, so that what came before it is kept.
    """

    def __init__(self, source: io.BufferedReader) -> None:
        super().__init__()
        self._source = source
        self._decoder = zlib.decompressobj(_GZIP)
        self._pending = b""
        self._is_done = False
        self._empty = 0
        self.problem = ""

    def readable(self) -> bool:
        """Say that this stream can be read."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill the buffer as far as the next bytes go; 0 at the end."""
        view = memoryview(buffer).cast("B")
        while not self._is_done:
            unpacked = self._unpack(len(view))
            if unpacked:
                self._empty = 0
                view[: len(unpacked)] = unpacked
                return len(unpacked)
        return 0

    def close(self) -> None:
        """Close what it reads from, too."""
        if not self.closed:
            self._source.close()
        super().close()

    def _unpack(self, size: int) -> bytes:
        """Take one step: at most `size` bytes, none where only input was taken in."""
        if self._decoder.eof and not self._next_member():
            return b""
        taken = self._pending or self._source.read(CHUNK)
        if not taken:
            self._end("the gzip data is cut short")
            return b""
        try:
            unpacked = self._decoder.decompress(taken, size)
        except zlib.error as error:
            self._end(f"the gzip data is damaged: {error}")
            return b""
        self._pending = self._decoder.unconsumed_tail
        return unpacked

    def _next_member(self) -> bool:
        """Begin the member that follows; zeros after the last one are padding (RFC 1952 allows it)."""
        rest = self._decoder.unused_data.lstrip(b"\0")
        while len(rest) < len(_MAGIC):
            more = self._source.read(CHUNK)
            if not more:
                break
            rest = (rest + more).lstrip(b"\0")
        if not rest.startswith(_MAGIC):
            self._end("bytes that are not gzip follow the gzip data" if rest else "")
            return False
        self._empty += 1
        if self._empty > EMPTY_LIMIT:
            self._end("nothing but empty gzip members")
            return False
        self._decoder = zlib.decompressobj(_GZIP)
        self._pending = rest
        return True

    def _end(self, problem: str) -> None:
        self._is_done = True
        self.problem = problem


class Opened:
    """An open file, unpacked: `stream` gives its bytes, `problem` says afterwards what was wrong."""

    def __init__(self, source: io.BufferedReader) -> None:
        self._layers: list[Gunzip] = []
        self.stream = source
        while _is_gzip(self.stream):
            if len(self._layers) == LAYERS:
                self.close()
                raise Rejected("nested-gzip", f"gzipped more than {LAYERS} times")
            layer = Gunzip(self.stream)
            self._layers.append(layer)
            self.stream = io.BufferedReader(layer, CHUNK)

    def __enter__(self) -> "Opened":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def problem(self) -> str:
        """Say in words what was wrong with the compressed bytes read so far."""
        return next((layer.problem for layer in self._layers if layer.problem), "")

    def head(self, size: int = 4096) -> bytes:
        """Look at the first bytes without taking them."""
        return self.stream.peek(size)[:size]

    def whole(self, limit: int = WHOLE_LIMIT) -> bytes:
        """Read everything. Raises `Rejected` with code `too-large` where it is over `limit` bytes."""
        return whole(self.stream, limit)

    def close(self) -> None:
        """Give the file back."""
        self.stream.close()


def chunks(stream: Readable) -> Iterator[bytes]:
    """Read a stream to its end, piece by piece."""
    while chunk := stream.read(CHUNK):
        yield chunk


def whole(stream: Readable, limit: int = WHOLE_LIMIT) -> bytes:
    """Read a stream to its end. Raises `Rejected` with code `too-large` after `limit` bytes."""
    taken = bytearray()
    for chunk in chunks(stream):
        taken += chunk
        if len(taken) > limit:
            raise Rejected("too-large", f"over {limit >> 20} MiB, too large to be read whole")
    return bytes(taken)


def open_regular(path: Path) -> Opened:
    """Open a regular file. Raises `OSError`, and `Rejected` where it is gzipped too often."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError("not a regular file")
    return Opened(io.BufferedReader(io.FileIO(descriptor, "rb"), CHUNK))


def _is_gzip(stream: io.BufferedReader) -> bool:
    return stream.peek(len(_MAGIC))[:3].startswith(_MAGIC + b"\x08")
