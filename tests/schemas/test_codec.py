import json
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import EPOCH, Article, Rejected, decode, encode
from schemas.jsonschema import RECORDS
from tests.schemas.records import ONE_OF_EACH, an_article

GOLDEN = Path(__file__).parent / "golden"
printable = st.text(st.characters(exclude_categories=("Cs",)), max_size=60)


@pytest.mark.parametrize("name", RECORDS)
def test_a_record_survives_the_way_into_bytes_and_back(name: str) -> None:
    record = ONE_OF_EACH[name]
    assert decode(RECORDS[name], encode(record)) == record


@pytest.mark.parametrize("name", RECORDS)
def test_a_record_is_written_as_the_golden_file_of_its_version_says(name: str) -> None:
    golden = (GOLDEN / f"{name}.v1.jsonl").read_bytes()
    assert golden == encode(ONE_OF_EACH[name]) + b"\n"


@pytest.mark.parametrize("name", RECORDS)
def test_readers_ignore_keys_that_they_do_not_know(name: str) -> None:
    content: dict[str, Any] = json.loads(encode(ONE_OF_EACH[name]))
    line = json.dumps({"of_a_later_version": [1, {"x": None}], **content}).encode()
    assert decode(RECORDS[name], line) == ONE_OF_EACH[name]


@given(title=printable, text=printable, authors=st.lists(printable, max_size=3))
def test_any_text_keeps_every_code_point(title: str, text: str, authors: list[str]) -> None:
    article = an_article(title=title, text=text, authors=tuple(authors))
    line = encode(article)
    assert b"\n" not in line
    assert decode(Article, line) == article


def test_keys_stand_in_the_order_of_the_fields() -> None:
    keys = list(json.loads(encode(an_article())))
    assert keys[:5] == ["id", "version", "url", "canonical_url", "title"]
    assert keys[-1] == "flags"


def test_times_are_written_in_utc_with_a_z() -> None:
    assert b'"first_seen":"2024-07-29T12:00:00Z"' in encode(an_article())


def test_a_time_with_another_offset_is_the_same_instant() -> None:
    line = encode(an_article()).replace(b"2024-07-29T12:00:00Z", b"2024-07-29T14:00:00+02:00")
    offset = timezone(timedelta(hours=2))
    assert decode(Article, line).first_seen == datetime(2024, 7, 29, 14, tzinfo=offset)


def test_only_the_identity_of_an_article_is_required() -> None:
    article = decode(Article, b'{"id": "1", "version": "2"}')
    assert article.first_seen == EPOCH == datetime(1970, 1, 1, tzinfo=UTC)
    assert article.published is None
    assert article.flags == ()


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b"", "invalid-json"),
        (b'{"id": "1", "version"', "invalid-json"),
        (b"\xff\xfe", "invalid-json"),
        (b'{"x":' * 100_000, "invalid-json"),
        (b'{"id": 1, "version": "2"}', "invalid-record"),
        (b'{"id": "1"}', "invalid-record"),
        (b"[]", "invalid-record"),
        (b'{"id": "1", "version": "2", "via": "pigeon"}', "invalid-record"),
    ],
)
def test_a_line_that_is_no_record_is_rejected_with_a_code(line: bytes, code: str) -> None:
    with pytest.raises(Rejected) as caught:
        decode(Article, line)
    assert caught.value.code == code
    assert caught.value.reason
