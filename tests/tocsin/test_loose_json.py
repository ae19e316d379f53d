import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import Rejected
from tocsin.loose_json import load_object, whole_characters


@pytest.mark.parametrize(
    ("line", "found", "is_mended"),
    [
        (b'{"a": 1}', {"a": 1}, False),
        (b'\xef\xbb\xbf{"a": 1}', {"a": 1}, False),
        ('{"a": "é"}'.encode("utf-16"), {"a": "é"}, True),
        ('{"a": "Мост'.encode() + b'\xff"}', {"a": "Мост\ufffd"}, True),
        ('{"a": "Мост через реку"}'.encode("cp1251"), {"a": "Мост через реку"}, True),
        (b'{"a": NaN, "b": -Infinity}', {"a": None, "b": None}, True),
        (b'{"a": 1, "a": 2}', {"a": 2}, False),
        (b'{"a": "x\ty\x00"}', {"a": "x\ty\x00"}, False),
        (b'{"a": ' + b"9" * 5000 + b"}", {"a": None}, True),
        (b'{"a": 1.' + b"9" * 5000 + b"}", {"a": None}, True),
    ],
)
def test_what_has_one_meaning_is_mended(line: bytes, found: dict, is_mended: bool) -> None:
    assert load_object(line) == (found, is_mended)


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b"", "invalid-json"),
        (b'{"a": 1,}', "invalid-json"),
        (b"{'a': 1}", "invalid-json"),
        (b'{"a": ' + b"[" * 200_000, "invalid-json"),
        (b"[1]", "invalid-record"),
        (b"null", "invalid-record"),
        (b'"text"', "invalid-record"),
        (b"12", "invalid-record"),
    ],
)
def test_what_is_broken_is_refused(line: bytes, code: str) -> None:
    with pytest.raises(Rejected) as refused:
        load_object(line)
    assert refused.value.code == code


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(line: bytes) -> None:
    with contextlib.suppress(Rejected):
        assert isinstance(load_object(line)[0], dict)


@given(st.text(st.characters()))
def test_whole_characters_can_be_written_and_keep_their_places(text: str) -> None:
    whole = whole_characters(text)
    whole.encode("utf-8")
    assert len(whole) == len(text)
