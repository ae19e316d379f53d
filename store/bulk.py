"""Many rows at once: the one thing that SQLite and PostgreSQL want said differently."""

from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Connection,
    Float,
    LargeBinary,
    SmallInteger,
    String,
    Table,
    Text,
)

MOST_PARAMETERS = 10_000
"""Values in one `IN`; SQLite takes 32,766, PostgreSQL 65,535."""

_ARRAYS: dict[type, str] = {
    BigInteger: "bigint[]",
    SmallInteger: "smallint[]",
    String: "text[]",
    Text: "text[]",
    LargeBinary: "bytea[]",
    Float: "float8[]",
    Boolean: "boolean[]",
}


def insert_rows(
    connection: Connection, table: Table, rows: Sequence[tuple[Any, ...]], *, replace: bool = False
) -> None:
    """Insert rows whose values stand in the order of the table's columns.

    With `replace`, a row whose key is there already takes its place; without, it is an error.
    The key is the primary key, or the first unique index of a table that has none.
    """
    if not rows:
        return
    quote = connection.dialect.identifier_preparer.quote
    names = ", ".join(quote(column.name) for column in table.columns)
    conflict = _on_conflict(table, quote) if replace else ""
    if connection.dialect.name == "postgresql":
        arrays = ", ".join(f"%s::{_ARRAYS[type(column.type)]}" for column in table.columns)
        statement = f"INSERT INTO {table.name} ({names}) SELECT * FROM unnest({arrays}){conflict}"  # noqa: S608  # names are ours
        connection.exec_driver_sql(
            statement, tuple(list(values) for values in zip(*rows, strict=True))
        )
    else:
        marks = ", ".join("?" * len(table.columns))
        statement = f"INSERT INTO {table.name} ({names}) VALUES ({marks}){conflict}"  # noqa: S608  # names are ours
        connection.exec_driver_sql(statement, list(rows))


def chunks(values: Collection[Any]) -> Iterator[list[Any]]:
    """Cut values into lists that fit into one statement."""
    listed = list(values)
    for start in range(0, len(listed), MOST_PARAMETERS):
        yield listed[start : start + MOST_PARAMETERS]


def _on_conflict(table: Table, quote: Callable[[str], str]) -> str:
    """Write the clause that lets the new row win."""
    key = [column.name for column in table.primary_key.columns]
    if not key:
        unique = next(index for index in sorted(table.indexes, key=_name) if index.unique)
        key = [column.name for column in unique.columns]
    rest = [quote(column.name) for column in table.columns if column.name not in key]
    changes = ", ".join(f"{name} = excluded.{name}" for name in rest)
    return f" ON CONFLICT ({', '.join(map(quote, key))}) DO UPDATE SET {changes}"


def _name(index: Any) -> str:
    return str(index.name)
