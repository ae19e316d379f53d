import pytest
from sqlalchemy import Connection

from schemas import Coverage
from store import coverage

A, B = "https://a.example.org/feed", "https://b.example.org/feed"


def test_counts_of_a_day_add_up(connection: Connection) -> None:
    coverage.add(connection, A, "2026-03-01", polled=1, new=1, entries=3, pages_failed=1)
    coverage.add(connection, A, "2026-03-01", polled=1, unchanged=1)
    coverage.add(connection, B, "2026-03-01", polled=1, failed=1)
    coverage.add(connection, A, "2026-03-02", polled=1, refused=1, truncated=1)
    first = Coverage(
        feed=A, day="2026-03-01", polled=2, new=1, unchanged=1, entries=3, pages_failed=1
    )
    last = Coverage(feed=A, day="2026-03-02", polled=1, refused=1, truncated=1)
    assert coverage.read(connection, "2026-03-01") == [
        first,
        Coverage(feed=B, day="2026-03-01", polled=1, failed=1),
        last,
    ]
    assert coverage.read(connection, "2026-03-02") == [last]


def test_silence_is_marked_whether_or_not_the_feed_was_polled(connection: Connection) -> None:
    coverage.add(connection, A, "2026-03-01", polled=1, unchanged=1)
    coverage.mark_silent(connection, "2026-03-01", [A, B])
    coverage.mark_silent(connection, "2026-03-01", [])
    coverage.add(connection, A, "2026-03-01", polled=1, unchanged=1)
    assert coverage.read(connection, "2026-03-01") == [
        Coverage(feed=A, day="2026-03-01", polled=2, unchanged=2, silent=True),
        Coverage(feed=B, day="2026-03-01", silent=True),
    ]


def test_a_count_of_another_name_is_a_mistake(connection: Connection) -> None:
    with pytest.raises(TypeError, match="silence"):
        coverage.add(connection, A, "2026-03-01", silence=1)
