"""Coverage in the store: by feed and day, what was seen and what was not."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, Row, select, text

from schemas import Coverage
from store.connector_tables import coverage

_COUNTS = tuple(
    column.name for column in coverage.columns if column.name not in ("feed", "day", "silent")
)
_ZEROS = dict.fromkeys(_COUNTS, 0)
_NAMES = ("feed", "day", "silent", *_COUNTS)
_INSERT = (
    f"INSERT INTO coverage ({', '.join(_NAMES)}) VALUES (:{', :'.join(_NAMES)})"  # noqa: S608  # names are ours
    " ON CONFLICT (feed, day) DO UPDATE SET "
)
_ADD = text(_INSERT + ", ".join(f"{name} = coverage.{name} + excluded.{name}" for name in _COUNTS))
_MARK = text(_INSERT + "silent = excluded.silent")
"""As text: one statement is built once, and there is one for every poll."""


def add(connection: Connection, feed: str, day: str, **counts: int) -> None:
    """Add to the counts of a feed's day (UTC, `YYYY-MM-DD`), by their names in `Coverage`."""
    unknown = sorted(set(counts) - set(_COUNTS))
    if unknown:
        raise TypeError(f"coverage has no count {', '.join(unknown)}")
    connection.execute(_ADD, {**_ZEROS, **counts, "feed": feed, "day": day, "silent": False})


def mark_silent(connection: Connection, day: str, feeds: Iterable[str]) -> None:
    """Note that feeds are silent on that day beyond their own habit."""
    rows = [{**_ZEROS, "feed": feed, "day": day, "silent": True} for feed in feeds]
    if rows:
        connection.execute(_MARK, rows)


def read(connection: Connection, since: str) -> list[Coverage]:
    """Read the coverage from a day on, by day and feed."""
    query = select(coverage).where(coverage.c.day >= since)
    rows = connection.execute(query.order_by(coverage.c.day, coverage.c.feed))
    return [_record(row) for row in rows]


def _record(row: Row[Any]) -> Coverage:
    return Coverage(**row._asdict())
