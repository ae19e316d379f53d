"""What a digest says of the feeds that were to be read."""

from datetime import UTC, datetime, timedelta

from schemas import Coverage, FeedState
from tocsin.receipts import receipt, unread
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


def test_a_feed_that_answered_early_in_the_day_and_fails_since_is_named_with_when() -> None:
    midnight = datetime(2024, 7, 29, tzinfo=UTC)
    rows = [
        Coverage(feed="https://a.example/f", day=DAY, polled=5, new=1, failed=4),
        Coverage(feed="https://b.example/f", day=DAY, polled=3, new=1, refused=2),
        Coverage(feed="https://c.example/f", day=DAY, polled=3, new=1, failed=2),
    ]
    early, failing = midnight + timedelta(minutes=10), midnight + timedelta(minutes=40)
    states = [
        FeedState(url="https://a.example/f", last_success=early, error_since=failing),
        FeedState(url="https://b.example/f", last_success=early, error_since=failing),
        FeedState(url="https://c.example/f", last_success=early),
    ]
    since, until = midnight + timedelta(hours=11), midnight + timedelta(hours=12)
    assert receipt(rows, (), unread(states, since, until)) == Receipt(
        feeds=3,
        failed=("https://a.example/f: 4 polls failed, last read 2024-07-29 00:10 UTC",),
        refused=("https://b.example/f: 2 refusals, last read 2024-07-29 00:10 UTC",),
    )


def test_only_what_fails_and_was_not_read_within_the_time_is_unread() -> None:
    since = datetime(2024, 7, 29, 11, tzinfo=UTC)
    until, minute = since + timedelta(hours=1), timedelta(minutes=1)
    never = FeedState(url="never", error_since=since)
    states = [
        never,
        FeedState(url="well"),
        FeedState(url="read within", last_success=since, error_since=since + minute),
        FeedState(url="fails since", last_success=since - minute, error_since=until),
    ]
    assert unread(states, since, until) == (never,)


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
