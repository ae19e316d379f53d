"""Small bodies that unpack to hundreds of megabytes, made without holding what they unpack to."""

import zlib
from collections.abc import Callable, Iterator
from functools import cache

import brotli
import zstandard

SIZE = 200 << 20
"""Bytes that each of them would unpack to, at least."""

PIECE = bytes(1 << 20)


def _zeros() -> Iterator[bytes]:
    return (PIECE for _ in range(SIZE // len(PIECE)))


def _deflated(pieces: Iterator[bytes], bits: int) -> bytes:
    packer = zlib.compressobj(9, wbits=bits)
    return b"".join([*map(packer.compress, pieces), packer.flush()])


@cache
def gzipped() -> tuple[str, bytes]:
    return "gzip", _deflated(_zeros(), 31)


@cache
def deflated() -> tuple[str, bytes]:
    return "deflate", _deflated(_zeros(), 15)


@cache
def deflated_raw() -> tuple[str, bytes]:
    return "deflate", _deflated(_zeros(), -15)


@cache
def brotlied() -> tuple[str, bytes]:
    packer = brotli.Compressor(quality=5)
    return "br", b"".join([*map(packer.process, _zeros()), packer.finish()])


@cache
def zstandarded() -> tuple[str, bytes]:
    packer = zstandard.ZstdCompressor(3).compressobj()
    return "zstd", b"".join([*map(packer.compress, _zeros()), packer.flush()])


def gzip_in_gzip() -> tuple[str, bytes]:
    return "gzip, gzip", _deflated(iter((gzipped()[1],)), 31)


def gzip_in_br() -> tuple[str, bytes]:
    return "gzip, br", brotli.compress(gzipped()[1])


def br_in_gzip() -> tuple[str, bytes]:
    return "br, gzip", _deflated(iter((brotlied()[1],)), 31)


def zstd_in_br() -> tuple[str, bytes]:
    return "zstd, br", brotli.compress(zstandarded()[1])


def unannounced() -> tuple[str, bytes]:
    return "", gzipped()[1]


@cache
def members() -> tuple[str, bytes]:
    """Many gzip members, each of which is small."""
    return "gzip", _deflated(iter((PIECE,)), 31) * 200


@cache
def zstandard_blocks() -> tuple[str, bytes]:
    """The densest frame there is: blocks of four bytes that say 128 KiB each."""
    block = (0 << 0 | 1 << 1 | (128 << 10) << 3).to_bytes(3, "little") + b"\0"
    return "zstd", b"\x28\xb5\x2f\xfd\x00\x38" + block * (SIZE >> 17)


BOMBS: dict[str, Callable[[], tuple[str, bytes]]] = {
    "gzip": gzipped,
    "deflate": deflated,
    "raw-deflate": deflated_raw,
    "br": brotlied,
    "zstd": zstandarded,
    "zstd-blocks": zstandard_blocks,
    "gzip-in-gzip": gzip_in_gzip,
    "gzip-in-br": gzip_in_br,
    "br-in-gzip": br_in_gzip,
    "zstd-in-br": zstd_in_br,
    "gzip-unannounced": unannounced,
    "gzip-members": members,
}
"""Name, and what makes the Content-Encoding and the body."""
