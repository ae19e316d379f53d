import gzip
import os
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.seeds import streams
from connectors.seeds.streams import open_regular, whole
from schemas import Rejected


def opened(tmp_path, content: bytes):
    path = tmp_path / "file"
    path.write_bytes(content)
    return open_regular(path)


@given(st.lists(st.binary(max_size=200), max_size=5), st.integers(0, 2))
def test_what_was_gzipped_comes_out_as_it_went_in(tmp_path_factory, members, layers):
    folder = tmp_path_factory.mktemp("gzip")
    packed = b"".join(gzip.compress(each) for each in members) if layers else b"".join(members)
    for _ in range(layers - 1):
        packed = gzip.compress(packed)
    if not layers and packed[:3] == b"\x1f\x8b\x08":
        return
    with opened(folder, packed) as file:
        assert file.whole() == b"".join(members)
        assert file.problem == ""


def test_a_gzip_file_that_is_cut_short_gives_what_it_has_and_says_so(tmp_path):
    content = bytes(range(256)) * 4000 + os.urandom(4000)
    with opened(tmp_path, gzip.compress(content)[:-500]) as file:
        found = file.stream.read()
        assert content.startswith(found)
        assert len(found) > 100_000
        assert "cut short" in file.problem


def test_damage_inside_gzip_data_ends_it_and_is_said(tmp_path):
    packed = bytearray(gzip.compress(os.urandom(100_000)))
    packed[50_000] ^= 0xFF
    with opened(tmp_path, bytes(packed)) as file:
        file.stream.read()
        assert "damaged" in file.problem


def test_zeros_after_gzip_data_are_padding_and_other_bytes_are_not(tmp_path):
    with opened(tmp_path, gzip.compress(b"text") + bytes(1000)) as file:
        assert (file.whole(), file.problem) == (b"text", "")
    with opened(tmp_path, gzip.compress(b"text") + b"tail") as file:
        assert file.whole() == b"text"
        assert "not gzip" in file.problem


def test_gzip_in_gzip_in_gzip_is_refused(tmp_path):
    with pytest.raises(Rejected) as caught:
        opened(tmp_path, gzip.compress(gzip.compress(gzip.compress(b"text"))))
    assert caught.value.code == "nested-gzip"


def test_endless_empty_members_are_damage(tmp_path, monkeypatch):
    monkeypatch.setattr(streams, "EMPTY_LIMIT", 100)
    few, many = gzip.compress(b"") * 90, gzip.compress(b"") * 110
    with opened(tmp_path, few + gzip.compress(b"a") + few + gzip.compress(b"b")) as file:
        assert (file.whole(), file.problem) == (b"ab", "")
    with opened(tmp_path, gzip.compress(b"a") + many + gzip.compress(b"b")) as file:
        assert (file.whole(), file.problem) == (b"a", "nothing but empty gzip members")


def test_a_bomb_is_refused_after_the_limit(tmp_path):
    packer = zlib.compressobj(9, wbits=31)
    bomb = b"".join(packer.compress(bytes(1 << 20)) for _ in range(200)) + packer.flush()
    with opened(tmp_path, bomb) as file, pytest.raises(Rejected) as caught:
        file.whole(1 << 20)
    assert caught.value.code == "too-large"


def test_a_pipe_is_refused_without_waiting_for_a_writer(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OSError, match="not a regular file"):
        open_regular(tmp_path / "pipe")


def test_the_limit_itself_is_allowed(tmp_path):
    with opened(tmp_path, b"12345678") as file:
        assert whole(file.stream, 8) == b"12345678"
