from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection

from store import seeds
from store.seeds import Progress

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
LATER = NOON + timedelta(hours=1)


def test_a_file_keeps_its_stamp_and_its_place(connection: Connection) -> None:
    assert seeds.begin(connection, "a.jsonl", 10, 5, NOON) == Progress(stamp=NOON)
    seeds.advance(connection, "a.jsonl", 7, "d7")
    again = seeds.begin(connection, "a.jsonl", 10, 5, LATER, is_backfill=False)
    assert again == Progress(stamp=NOON, records=7, digest="d7")
    seeds.finish(connection, "a.jsonl")
    assert seeds.begin(connection, "a.jsonl", 10, 5, LATER).is_finished
    assert seeds.begin(connection, "b.jsonl", 10, 5, LATER) == Progress(stamp=LATER)


def test_a_file_that_changed_has_a_stamp_of_its_own_and_what_was_done_of_it(
    connection: Connection,
) -> None:
    seeds.begin(connection, "a.jsonl", 10, 5, NOON)
    seeds.advance(connection, "a.jsonl", 7, "d7")
    seeds.finish(connection, "a.jsonl")
    for size, modified in ((11, 5), (11, 6)):
        changed = seeds.begin(connection, "a.jsonl", size, modified, LATER, is_backfill=False)
        assert changed == Progress(stamp=LATER, is_backfill=False, records=7, digest="d7")
        seeds.finish(connection, "a.jsonl")


def test_a_file_begun_anew_keeps_its_stamp(connection: Connection) -> None:
    seeds.begin(connection, "a.jsonl", 10, 5, NOON)
    seeds.advance(connection, "a.jsonl", 7, "d7")
    seeds.finish(connection, "a.jsonl")
    seeds.restart(connection, "a.jsonl")
    assert seeds.begin(connection, "a.jsonl", 10, 5, LATER) == Progress(stamp=NOON)
