import gzip
import os
import random
import tracemalloc
import zlib
from contextlib import suppress

import brotli
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from connectors.feeds.decoding import Decoder, DecodingError
from tests.connectors.feeds import bombs

LIMIT = 15 << 20
TEXT = b"".join(b"<item><title>Item %d</title></item>" % number for number in range(3000))


def raw_deflate(content: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(content) + packer.flush()


PACKERS = {
    "gzip": gzip.compress,
    "x-gzip": gzip.compress,
    "deflate": zlib.compress,
    "Deflate": raw_deflate,
    "br": brotli.compress,
    "zstd": zstandard.ZstdCompressor().compress,
    "identity": bytes,
    "": bytes,
}
ONCE = {name: pack for name, pack in PACKERS.items() if name not in ("", "identity")}


def unpack(encodings: str, body: bytes, *, step: int = 0, limit: int = LIMIT) -> bytes:
    decoder = Decoder(encodings, limit=limit)
    for start in range(0, len(body), step or len(body) or 1):
        decoder.write(body[start : start + (step or len(body))])
    return decoder.finish()


def code_of(encodings: str, body: bytes, *, limit: int = LIMIT) -> str:
    with pytest.raises(DecodingError) as caught:
        unpack(encodings, body, limit=limit)
    assert caught.value.reason
    return caught.value.code


@pytest.mark.parametrize("encoding", PACKERS)
@pytest.mark.parametrize("step", [0, 1, 7, 1000])
def test_a_body_is_unpacked_however_it_arrives(encoding: str, step: int) -> None:
    assert unpack(encoding, PACKERS[encoding](TEXT), step=step) == TEXT


@pytest.mark.parametrize("inner", ONCE)
@pytest.mark.parametrize("outer", ONCE)
def test_two_encodings_are_undone_in_their_order(inner: str, outer: str) -> None:
    packed = PACKERS[outer](PACKERS[inner](TEXT))
    assert unpack(f"{inner}, {outer}", packed, step=99) == TEXT


@given(st.binary(max_size=3000), st.sampled_from(sorted(ONCE)), st.integers(1, 300))
def test_every_content_comes_back(content: bytes, encoding: str, step: int) -> None:
    assert unpack(encoding, PACKERS[encoding](content), step=step) == content


def test_three_encodings_are_refused() -> None:
    assert code_of("gzip, br, zstd", b"") == "nested-encoding"


@pytest.mark.parametrize("name", ["rot13", "utf-8", "gzip gzip", "compress", "\x00", "gzip;q=1"])
def test_an_unknown_encoding_is_refused(name: str) -> None:
    assert code_of(name, TEXT) == "unknown-encoding"


@pytest.mark.parametrize("encoding", ["gzip", "x-gzip", "deflate", "br", "zstd"])
@pytest.mark.parametrize("body", [b"", b"abc"])
def test_a_body_of_nothing_is_nothing_and_one_that_lies_is_damaged(
    encoding: str, body: bytes
) -> None:
    if not body or "gzip" in encoding:
        assert unpack(encoding, body) == body
    else:
        assert code_of(encoding, b"<rss>not packed at all</rss>") in (
            "damaged-encoding",
            "truncated",
        )


def test_gzip_that_is_none_is_taken_as_it_is() -> None:
    assert unpack("gzip", b"<rss/>") == b"<rss/>"


def test_gzip_that_nobody_announced_is_unpacked() -> None:
    assert unpack("", gzip.compress(TEXT), step=1) == TEXT


@pytest.mark.parametrize("encoding", ONCE)
@pytest.mark.parametrize("lost", [1, 5, 100])
def test_a_body_that_is_cut_short_says_so(encoding: str, lost: int) -> None:
    body = PACKERS[encoding](os.urandom(3000))
    assert code_of(encoding, body[:-lost]) == "truncated"


@pytest.mark.parametrize("encoding", ONCE)
def test_a_body_that_is_damaged_never_crashes(encoding: str) -> None:
    chance = random.Random(7)
    for _ in range(300):
        body = bytearray(PACKERS[encoding](TEXT[:3000]))
        for _ in range(3):
            body[chance.randrange(len(body))] = chance.randrange(256)
        with suppress(DecodingError):
            assert len(unpack(encoding, bytes(body), step=50)) <= LIMIT


def test_gzip_members_follow_each_other_and_rubbish_after_them_is_left() -> None:
    body = gzip.compress(b"one ") + gzip.compress(b"two") + b"\0\0rubbish"
    assert unpack("gzip", body, step=3) == b"one two"
    frames = zstandard.ZstdCompressor().compress(b"one ") + zstandard.ZstdCompressor().compress(
        b"two"
    )
    assert unpack("zstd", frames, step=5) == unpack("zstd", frames) == b"one two"


@pytest.mark.parametrize("name", bombs.BOMBS)
def test_a_bomb_goes_off_in_little_memory(name: str) -> None:
    encodings, body = bombs.BOMBS[name]()
    tracemalloc.start()
    try:
        assert code_of(encodings, body) in ("bomb", "decoded-too-large")
        assert tracemalloc.get_traced_memory()[1] < 24 << 20
    finally:
        tracemalloc.stop()


def test_zstandard_may_not_ask_for_more_memory_of_the_past_than_browsers_give() -> None:
    wide = zstandard.ZstdCompressionParameters(window_log=26)
    packer = zstandard.ZstdCompressor(compression_params=wide).compressobj()
    assert code_of("zstd", packer.compress(TEXT) + packer.flush()) == "damaged-encoding"


@pytest.mark.parametrize("encoding", ONCE)
def test_the_limit_holds_within_one_step(encoding: str) -> None:
    body = PACKERS[encoding](os.urandom(1 << 19))
    assert code_of(encoding, body, limit=100_000) == "decoded-too-large"
    decoder = Decoder(encoding, limit=100_000)
    with pytest.raises(DecodingError):
        decoder.write(body)
    assert decoder.size <= 100_000


def test_an_unpacked_body_has_a_limit_too() -> None:
    assert code_of("", b"x" * 101, limit=100) == "decoded-too-large"


def test_an_inner_layer_cannot_hide_what_an_outer_one_unpacks_to() -> None:
    hidden = gzip.compress(gzip.compress(b"small") + os.urandom(300_000))
    assert code_of("gzip, gzip", hidden, limit=100_000) == "decoded-too-large"


def test_what_unpacks_to_a_hundred_times_its_size_is_a_bomb_even_below_the_limit() -> None:
    for encoding in ONCE:
        assert code_of(encoding, PACKERS[encoding](bytes(3 << 20))) == "bomb"
        assert len(unpack(encoding, PACKERS[encoding](bytes(1 << 20)))) == 1 << 20


def test_a_feed_that_repeats_itself_is_no_bomb() -> None:
    items = b"".join(b"<item><title>The same %d</title></item>\n" % n for n in range(100_000))
    for encoding in ONCE:
        if encoding != "br":
            assert unpack(encoding, PACKERS[encoding](items)) == items
