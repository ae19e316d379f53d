from datetime import UTC, datetime

from sqlalchemy import Connection

from store import feeds, outbox
from store.outbox import OutboxRow, Waiting

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
FEED = "https://example.org/feed"


def message(entry: str, *, fingerprint: str = "1", value: bytes = b"{}") -> OutboxRow:
    return OutboxRow(
        topic="tocsin.articles",
        key=entry,
        value=value,
        headers=(("ce_id", entry.encode()), ("ce_id", b"\xff\0")),
        feed=FEED,
        entry=entry,
        fingerprint=fingerprint,
    )


def waiting(connection: Connection, after: int = 0) -> list[Waiting]:
    return outbox.waiting(connection, after, 100)


def test_what_was_put_in_waits_in_its_order(connection: Connection) -> None:
    rows = [message("two"), message("one"), message("three")]
    ids = outbox.put(connection, rows)
    found = waiting(connection)
    assert [row.id for row in found] == ids == sorted(ids)
    assert [row.key for row in found] == ["two", "one", "three"]
    assert (found[1].topic, found[1].value, found[1].headers) == (
        "tocsin.articles",
        b"{}",
        rows[1].headers,
    )
    assert [row.key for row in waiting(connection, ids[1])] == ["three"]
    assert [row.key for row in outbox.waiting(connection, 0, 2)] == ["two", "one"]
    assert outbox.size(connection) == 3


def test_an_equal_message_that_waits_is_not_doubled(connection: Connection) -> None:
    one, other = message("one"), message("one", value=b"edited")
    first = outbox.put(connection, [one, other, one])
    assert first[0] == first[2] != first[1]
    assert outbox.put(connection, [other, one]) == [first[1], first[0]]
    assert outbox.size(connection) == 2
    assert outbox.put(connection, []) == []


def test_a_message_that_was_acknowledged_may_come_again(connection: Connection) -> None:
    (first,) = outbox.put(connection, [message("one")])
    outbox.acked(connection, [first], NOON)
    (second,) = outbox.put(connection, [message("one")])
    assert second > first


def test_an_acknowledged_message_is_out_and_its_entry_known(connection: Connection) -> None:
    ids = outbox.put(connection, [message("one"), message("two")])
    outbox.acked(connection, ids[:1], NOON)
    assert [row.key for row in waiting(connection)] == ["two"]
    outbox.acked(connection, ids, NOON)
    assert outbox.size(connection) == 0
    assert feeds.known(connection, FEED, ["one", "two"]) == {"one": "1", "two": "1"}


def test_of_two_edits_acknowledged_together_the_later_is_known(connection: Connection) -> None:
    ids = outbox.put(connection, [message("one"), message("one", value=b"2", fingerprint="2")])
    outbox.acked(connection, ids[::-1], NOON)
    assert feeds.known(connection, FEED, ["one"]) == {"one": "2"}


def test_a_message_about_no_entry_leaves_no_memory(connection: Connection) -> None:
    ids = outbox.put(connection, [OutboxRow(topic="t", key="k", value=b"v")])
    outbox.acked(connection, ids, NOON)
    assert feeds.known(connection, "", [""]) == {}
    assert outbox.size(connection) == 0


def test_very_many_messages_pass_at_once(connection: Connection) -> None:
    ids = outbox.put(connection, [message(f"{n}", value=b"%d" % n) for n in range(12_000)])
    assert len(set(ids)) == 12_000
    outbox.acked(connection, ids, NOON)
    assert outbox.size(connection) == 0
