from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection

from store import seeds
from store.seeds import Progress

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
LATER = NOON + timedelta(hours=1)


def test_a_file_keeps_its_stamp_and_its_place(connection: Connection) -> None:
    assert seeds.begin(connection, "a.jsonl", 10, 5, NOON) == Progress(stamp=NOON)
    seeds.advance(connection, "a.jsonl", 7)
    assert seeds.begin(connection, "a.jsonl", 10, 5, LATER) == Progress(stamp=NOON, records=7)
    seeds.finish(connection, "a.jsonl")
    assert seeds.begin(connection, "a.jsonl", 10, 5, LATER).is_finished
    assert seeds.begin(connection, "b.jsonl", 10, 5, LATER) == Progress(stamp=LATER)


def test_a_file_that_changed_is_another_file(connection: Connection) -> None:
    for size, modified in ((10, 5), (11, 5), (11, 6)):
        assert seeds.begin(connection, "a.jsonl", size, modified, NOON) == Progress(stamp=NOON)
        seeds.advance(connection, "a.jsonl", 7)
        seeds.finish(connection, "a.jsonl")
