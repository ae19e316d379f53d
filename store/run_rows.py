"""Records as rows of the tables of runs: what the columns repeat of a record, and its line."""

from collections.abc import Iterable
from typing import Any

import msgspec
from sqlalchemy import Connection, Table

from schemas import Rejected
from store.bulk import insert_rows

LIVE = "live"
"""The run of the stream; a replay may not take its name."""


def row(table: Table, run: str, line: bytes) -> tuple[Any, ...]:
    """Read a line as a row of its table: the run, what the columns repeat, and the line.

    Raises `Rejected` for a line that is no such record.
    """
    columns = [column.name for column in table.columns if column.name not in ("run", "record")]
    try:
        fields = msgspec.json.decode(line, type=dict[str, Any])
        return (run, *(_plain(fields[name]) for name in columns), line)
    except (msgspec.MsgspecError, KeyError) as error:
        raise Rejected("invalid-record", repr(error)) from error


def put(connection: Connection, table: Table, rows: Iterable[tuple[Any, ...]]) -> None:
    """Put rows in the place of those with their keys; of several with one key the last stands."""
    names = [column.name for column in table.columns]
    places = [names.index(column.name) for column in table.primary_key.columns]
    by_key = {tuple(each[place] for place in places): each for each in rows}
    insert_rows(connection, table, list(by_key.values()), replace=True)


def _plain(value: Any) -> Any:
    """Take out NUL, which PostgreSQL keeps in no text; the record beside the column still has it."""
    return value.replace("\0", "") if isinstance(value, str) else value
