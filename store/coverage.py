"""Coverage in the store: by feed and day, what was seen and what was not."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, Row, select
from sqlalchemy.dialects import postgresql, sqlite

from schemas import Coverage
from store.tables import coverage

_COUNTS = tuple(
    column.name for column in coverage.columns if column.name not in ("feed", "day", "silent")
)


def add(connection: Connection, feed: str, day: str, **counts: int) -> None:
    """Add to the counts of a feed's day (UTC, `YYYY-MM-DD`), by their names in `Coverage`."""
    unknown = sorted(set(counts) - set(_COUNTS))
    if unknown:
        raise TypeError(f"coverage has no count {', '.join(unknown)}")
    row = {"feed": feed, "day": day, "silent": False, **dict.fromkeys(_COUNTS, 0), **counts}
    insert = _insert(connection).values(row)
    sums = {name: coverage.c[name] + insert.excluded[name] for name in _COUNTS}
    connection.execute(insert.on_conflict_do_update(index_elements=["feed", "day"], set_=sums))


def mark_silent(connection: Connection, day: str, feeds: Iterable[str]) -> None:
    """Note that feeds are silent on that day beyond their own habit."""
    zeros = dict.fromkeys(_COUNTS, 0)
    rows = [{"feed": feed, "day": day, "silent": True, **zeros} for feed in feeds]
    if not rows:
        return
    insert = _insert(connection)
    silent = {"silent": insert.excluded.silent}
    statement = insert.on_conflict_do_update(index_elements=["feed", "day"], set_=silent)
    connection.execute(statement, rows)


def read(connection: Connection, since: str) -> list[Coverage]:
    """Read the coverage from a day on, by day and feed."""
    query = select(coverage).where(coverage.c.day >= since)
    rows = connection.execute(query.order_by(coverage.c.day, coverage.c.feed))
    return [_record(row) for row in rows]


def _record(row: Row[Any]) -> Coverage:
    return Coverage(**row._asdict())


def _insert(connection: Connection) -> "sqlite.Insert | postgresql.Insert":
    """Begin an insert that may meet a row of the same key."""
    if connection.dialect.name == "postgresql":
        return postgresql.insert(coverage)
    return sqlite.insert(coverage)
