"""What a digest says of the feeds that were to be read."""

from datetime import UTC, datetime

from schemas import Coverage, FeedState
from tocsin.receipts import receipt
from tocsin.tidings import Receipt

DAY, NEXT = "2024-07-29", "2024-07-30"


def test_a_feed_that_was_read_is_counted_and_not_named() -> None:
    rows = [Coverage(feed="a", day=DAY, polled=2, new=1, failed=1)]
    assert receipt(rows) == Receipt(feeds=1)


def test_those_that_did_not_answer_are_named_without_secrets_and_with_the_reason() -> None:
    rows = [
        Coverage(feed="https://u:p@a.example/f?key=1", day=DAY, polled=1, failed=1),
        Coverage(feed="https://u:p@a.example/f?key=1", day=NEXT, polled=2, failed=2),
        Coverage(feed="https://b.example/f", day=DAY, polled=1, refused=1),
        Coverage(feed="https://c.example/f", day=DAY, polled=3, unchanged=3, silent=True),
    ]
    assert receipt(rows) == Receipt(
        feeds=3,
        failed=("https://a.example/f: 3 polls failed",),
        refused=("https://b.example/f: 1 refusal",),
        silent=("https://c.example/f: nothing for longer than is its habit",),
    )


def test_a_feed_that_was_read_on_another_day_did_answer() -> None:
    rows = [
        Coverage(feed="a", day=DAY, polled=1, failed=1),
        Coverage(feed="a", day=NEXT, polled=1, unchanged=1),
    ]
    assert receipt(rows) == Receipt(feeds=1)


def test_without_feeds_there_is_nothing_to_tell() -> None:
    assert receipt([]) == Receipt(feeds=0)


def test_a_feed_that_nobody_asked_any_more_is_told_as_failed_whatever_it_said_before() -> None:
    rows = [Coverage(feed="https://a.example/f", day=DAY, polled=1, new=1)]
    asked = datetime(2024, 7, 29, 8, 30, tzinfo=UTC)
    unasked = [
        FeedState(url="https://a.example/f", last_polled=asked),
        FeedState(url="https://u:p@b.example/f"),
    ]
    assert receipt(rows, unasked) == Receipt(
        feeds=2,
        failed=(
            "https://a.example/f: not asked since 2024-07-29 08:30 UTC, though it was due",
            "https://b.example/f: never asked, though it was due",
        ),
    )
