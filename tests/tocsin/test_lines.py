"""Lines of the log: what an article says of when it was first seen, against when it came there."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import Article, DeadLetter, Line
from tocsin.articles import read
from tocsin.lines import AHEAD, read_line

NOON = datetime(2024, 7, 29, 12, tzinfo=UTC)


def seen_at(first_seen: datetime) -> bytes:
    return b'{"title": "The ferry sank.", "first_seen": "%s"}' % first_seen.isoformat().encode()


@pytest.mark.parametrize("after", [-timedelta(days=900), timedelta(0), AHEAD])
def test_what_was_first_seen_before_it_came_into_the_log_or_about_then_is_an_article(after):
    content = seen_at(NOON + after)
    assert read_line(Line(content=content, logged=NOON)) == read(content)


def test_what_was_first_seen_later_than_it_came_there_is_a_dead_letter_with_its_bytes():
    content = seen_at(datetime(2031, 1, 1, tzinfo=UTC))
    found = read_line(Line(content=content, origin="kafka:t/0@7", logged=NOON))
    assert isinstance(found, DeadLetter)
    assert (found.stage, found.code, found.origin) == ("decode", "first-seen-ahead", "kafka:t/0@7")
    assert "2031-01-01" in found.reason
    assert "2024-07-29T12:00:00" in found.reason


def test_what_is_not_from_the_log_is_believed():
    assert isinstance(read_line(Line(content=seen_at(datetime(2031, 1, 1, tzinfo=UTC)))), Article)


near = st.timedeltas(-timedelta(days=3), timedelta(days=3))


@given(near)
def test_a_day_is_the_most_that_clocks_and_zones_may_differ(after):
    found = read_line(Line(content=seen_at(NOON + after), logged=NOON))
    assert isinstance(found, DeadLetter) == (after > AHEAD)
