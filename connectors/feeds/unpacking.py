"""The encodings that bodies come packed in (gzip, deflate, br, zstd), each undone step by step.

A layer is pushed into, and hands on pieces of `STEP` bytes or little more; nothing is unpacked whole.
"""

import zlib
from collections.abc import Callable
from typing import Protocol

import brotli
import zstandard

STEP = 1 << 16
"""Bytes unpacked at a time."""

GZIP_MAGIC = b"\x1f\x8b\x08"

_GZIP_BITS = 16 + zlib.MAX_WBITS

_WINDOW = 8 << 20
"""Bytes of zstandard's memory of the past (RFC 9659 allows a server no more)."""

_SLICE = 32
"""Packed bytes given to zstandard at a time: nine blocks of 128 KiB at most."""

Emit = Callable[[bytes], None]


class DecodingError(Exception):
    """A body that cannot be unpacked: `reason` says why in words.

    `code` is one of `unknown-encoding`, `nested-encoding`, `damaged-encoding`, `truncated`,
    `decoded-too-large` or `bomb`.
    """

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class Layer(Protocol):
    """One encoding being undone."""

    def write(self, chunk: bytes) -> None:
        """Take packed bytes and hand on what they unpack to. Raises `DecodingError`."""

    def finish(self) -> None:
        """Say that there is no more. Raises `DecodingError` where something is missing."""


class _Zlib:
    """gzip of one or many members, or deflate as either of its two readings."""

    def __init__(self, emit: Emit, *, is_gzip: bool) -> None:
        self._emit = emit
        self._is_gzip = is_gzip
        self._decoder = zlib.decompressobj(_GZIP_BITS) if is_gzip else None
        self._head = b""
        self._is_over = False

    def write(self, chunk: bytes) -> None:
        if self._decoder is None:
            self._head += chunk
            if len(self._head) < 2:
                return
            chunk, self._head = self._head, b""
            self._decoder = zlib.decompressobj(_deflate_bits(chunk))
        try:
            while not self._is_over and (chunk := self._unpack(self._decoder, chunk)):
                if self._decoder.eof:
                    self._next_member(chunk)
        except zlib.error as error:
            raise _damaged() from error

    def _unpack(self, decoder: "zlib._Decompress", chunk: bytes) -> bytes:
        """Unpack what one stream has of a chunk, step by step; return what follows it."""
        while not decoder.eof:
            piece = decoder.decompress(chunk, STEP)
            chunk = decoder.unconsumed_tail
            if piece:
                self._emit(piece)
            if not chunk and len(piece) < STEP:
                return decoder.unused_data
        return decoder.unused_data or chunk

    def _next_member(self, chunk: bytes) -> None:
        """Begin the member that follows; what else follows is no part of the body."""
        if self._is_gzip and chunk.startswith(GZIP_MAGIC[:1]):
            self._decoder = zlib.decompressobj(_GZIP_BITS)
        else:
            self._is_over = True

    def finish(self) -> None:
        if self._head or (self._decoder is not None and not self._decoder.eof):
            raise _cut_short()


class _Brotli:
    """br (RFC 7932)."""

    def __init__(self, emit: Emit) -> None:
        self._emit = emit
        self._decoder = brotli.Decompressor()
        self._began = False

    def write(self, chunk: bytes) -> None:
        self._began = True
        try:
            while not self._decoder.is_finished():
                piece = self._decoder.process(chunk, output_buffer_limit=STEP)
                chunk = b""
                if piece:
                    self._emit(piece)
                elif self._decoder.can_accept_more_data():
                    return
        except brotli.error as error:
            raise _damaged() from error

    def finish(self) -> None:
        if self._began and not self._decoder.is_finished():
            raise _cut_short()


class _Zstandard:
    """zstd (RFC 8878) of one or many frames."""

    def __init__(self, emit: Emit) -> None:
        self._emit = emit
        self._frames = zstandard.ZstdDecompressor(max_window_size=_WINDOW)
        self._decoder = self._frames.decompressobj()
        self._began = False

    def write(self, chunk: bytes) -> None:
        self._began = self._began or bool(chunk)
        at = 0
        try:
            while at < len(chunk):
                if self._decoder.eof:
                    self._decoder = self._frames.decompressobj()
                taken = chunk[at : at + _SLICE]
                piece = self._decoder.decompress(taken)
                at += len(taken) - len(self._decoder.unused_data)
                if piece:
                    self._emit(piece)
        except zstandard.ZstdError as error:
            raise _damaged() from error

    def finish(self) -> None:
        if self._began and not self._decoder.eof:
            raise _cut_short()


LAYERS: dict[str, Callable[[Emit], Layer]] = {
    "gzip": lambda emit: _Zlib(emit, is_gzip=True),
    "deflate": lambda emit: _Zlib(emit, is_gzip=False),
    "br": _Brotli,
    "zstd": _Zstandard,
}
"""By the names that Content-Encoding gives them."""


def _deflate_bits(head: bytes) -> int:
    """Tell zlib's deflate, which the standard means, from the raw one that some servers send."""
    is_zlib = head[0] & 0x0F == 8 and head[0] >> 4 <= 7 and (head[0] << 8 | head[1]) % 31 == 0
    return zlib.MAX_WBITS if is_zlib else -zlib.MAX_WBITS


def _damaged() -> DecodingError:
    return DecodingError("damaged-encoding", "the packed body is damaged")


def _cut_short() -> DecodingError:
    return DecodingError("truncated", "the packed body is cut short")
