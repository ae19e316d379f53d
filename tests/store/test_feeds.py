from dataclasses import replace
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection

from schemas import FeedState, FeedStatus
from store import feeds, outbox
from store.outbox import OutboxRow

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
A, B, C = (f"https://{name}.example.org/feed" for name in "abc")


def state(url: str, *, due: datetime | None = None, **fields: object) -> FeedState:
    return FeedState(url=url, next_poll=due, **fields)


def message(entry: str, fingerprint: str, value: bytes = b"{}", feed: str = A) -> OutboxRow:
    return OutboxRow(
        topic="t", key=entry, value=value, feed=feed, entry=entry, fingerprint=fingerprint
    )


def urls(states: list[FeedState]) -> list[str]:
    return [each.url for each in states]


def test_a_feed_is_read_as_it_was_added(connection: Connection) -> None:
    whole = FeedState(
        url=A, title="Новости", site="https://a.example.org", tags=("mali", "west africa"),
        kind="rss", added=NOON, status=FeedStatus.RESTING, status_reason="gone", next_poll=NOON + HOUR,
        interval=3600.5, last_polled=NOON, last_success=NOON, last_new=NOON, etag='W/"x"',
        last_modified="Sun, 01 Mar 2026 12:00:00 GMT", body_hash="0" * 64, etag_lies=True, polls=7,
        errors=2, error="no answer", error_since=NOON, gone=1, gone_since=NOON, moved_to=B,
        moved_since=NOON, entries_per_day=12.25, hub="https://hub.example", hub_topic=A,
    )  # fmt: skip
    assert feeds.add(connection, [whole]) == 1
    assert feeds.get(connection, A) == whole
    assert feeds.get(connection, B) is None


def test_a_feed_that_is_there_stays_as_it_is(connection: Connection) -> None:
    assert feeds.add(connection, [state(A, title="first"), state(B)]) == 2
    assert feeds.add(connection, [state(A, title="second"), state(C), state(C)]) == 1
    assert [(each.url, each.title) for each in feeds.all(connection)] == [
        (A, "first"),
        (B, ""),
        (C, ""),
    ]


def test_feeds_are_due_in_the_order_of_their_delay(connection: Connection) -> None:
    feeds.add(connection, [state(A, due=NOON), state(B), state(C, due=NOON + HOUR)])
    assert urls(feeds.due(connection, NOON, 10)) == [B, A]
    assert urls(feeds.due(connection, NOON, 1)) == [B]
    assert urls(feeds.due(connection, NOON + HOUR, 10)) == [B, A, C]


def test_feeds_are_read_by_name_as_far_as_they_are_there(connection: Connection) -> None:
    feeds.add(connection, [state(B), state(A), state(C)])
    assert urls(feeds.named(connection, {B, A, "https://gone.example/feed"})) == [A, B]
    assert feeds.named(connection, ()) == []


def test_a_feed_is_overdue_that_was_known_and_due_and_is_not_asked(connection: Connection) -> None:
    new = state(C, added=NOON + HOUR)
    feeds.add(connection, [state(A, due=NOON, added=NOON - HOUR), state(B, added=NOON), new])
    assert urls(feeds.overdue(connection, NOON - HOUR / 2)) == []
    assert urls(feeds.overdue(connection, NOON)) == [A, B]
    assert urls(feeds.overdue(connection, NOON + HOUR)) == [A, B, C]


def test_the_next_poll_is_known(connection: Connection) -> None:
    assert feeds.next_due(connection) is None
    feeds.add(connection, [state(A, due=NOON + HOUR), state(B, due=NOON)])
    assert feeds.next_due(connection) == NOON


def test_a_poll_is_saved_and_leaves_the_tags_to_the_user(connection: Connection) -> None:
    before = state(A, due=NOON, tags=("old",))
    feeds.add(connection, [before])
    feeds.retag(connection, A, ["sahel", "fr", "sahel"])
    assert feeds.save_poll(connection, A, replace(before, next_poll=NOON + HOUR, polls=1))
    assert feeds.get(connection, A) == replace(
        before, next_poll=NOON + HOUR, polls=1, tags=("fr", "sahel")
    )


def test_a_feed_that_was_removed_does_not_come_back(connection: Connection) -> None:
    feeds.add(connection, [state(A)])
    assert feeds.remove(connection, A)
    assert not feeds.remove(connection, A)
    assert not feeds.save_poll(connection, A, state(A, polls=1))
    assert not feeds.save_poll(connection, A, state(B, polls=1))
    assert feeds.all(connection) == []


def test_a_feed_that_moved_takes_its_entries_along(connection: Connection) -> None:
    feeds.add(connection, [state(A, tags=("mali",))])
    feeds.remember(connection, A, {"one": "1"}, NOON)
    outbox.put(connection, [message("two", "2")])
    assert feeds.save_poll(connection, A, state(B, polls=9))
    assert feeds.all(connection) == [state(B, polls=9, tags=("mali",))]
    assert feeds.known(connection, B, ["one", "two"]) == {"one": "1", "two": "2"}
    assert feeds.known(connection, A, ["one", "two"]) == {}


def test_a_feed_that_moved_to_one_that_is_there_ends_in_it(connection: Connection) -> None:
    feeds.add(connection, [state(A, tags=("a",)), state(B, tags=("b",))])
    feeds.remember(connection, A, {"one": "old", "two": "2"}, NOON)
    feeds.remember(connection, B, {"one": "1"}, NOON)
    assert feeds.save_poll(connection, A, state(B, polls=9))
    assert feeds.all(connection) == [state(B, polls=9, tags=("b",))]
    assert feeds.known(connection, B, ["one", "two"]) == {"one": "1", "two": "2"}


def test_entries_are_known_once_they_are_done_or_wait(connection: Connection) -> None:
    feeds.remember(connection, A, {"seen": "1", "edited": "1"}, NOON)
    outbox.put(connection, [message("edited", "2"), message("new", "1")])
    outbox.put(connection, [message("edited", "3", b"later")])
    assert feeds.known(connection, A, ["seen", "edited", "new", "other"]) == {
        "seen": "1",
        "edited": "3",
        "new": "1",
    }
    assert feeds.known(connection, B, ["seen", "edited", "new"]) == {}


def test_very_many_entries_are_looked_for_at_once(connection: Connection) -> None:
    marks = {f"entry {number}": str(number) for number in range(25_000)}
    feeds.remember(connection, A, marks, NOON)
    assert feeds.known(connection, A, list(marks)) == marks


def test_entries_that_are_no_longer_listed_are_forgotten_in_time(connection: Connection) -> None:
    feeds.remember(connection, A, {"listed": "1", "gone": "1", "touched": "1"}, NOON)
    feeds.remember(connection, A, {"late": "1"}, NOON + HOUR)
    feeds.remember(connection, B, {"gone": "1"}, NOON)
    feeds.touch_entries(connection, A, ["touched"], NOON + HOUR)
    assert feeds.forget_entries(connection, A, ["listed"], NOON) == 0
    assert feeds.forget_entries(connection, A, ["listed"], NOON + HOUR) == 1
    assert set(feeds.known(connection, A, ["listed", "gone", "late", "touched"])) == {
        "listed",
        "late",
        "touched",
    }
    assert feeds.known(connection, B, ["gone"]) == {"gone": "1"}
