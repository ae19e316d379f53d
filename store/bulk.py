"""Many rows at once: the one thing that SQLite and PostgreSQL want said differently."""

from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
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
    quote = connection.dialect.identifier_preparer.quote
    _insert(
        connection, table, list(table.columns), rows, _on_conflict(table, quote) if replace else ""
    )


def insert_missing(
    connection: Connection, table: Table, rows: Sequence[tuple[Any, ...]], *, without: str = ""
) -> int:
    """Insert the rows whose key is not there yet, leave the others; return how many were inserted.

    `without` names a column that the database fills. Any unique index counts as a key.
    """
    columns = [column for column in table.columns if column.name != without]
    return _insert(connection, table, columns, rows, " ON CONFLICT DO NOTHING")


def delete_rows(
    connection: Connection, table: Table, names: Sequence[str], keys: Sequence[tuple[Any, ...]]
) -> None:
    """Delete the rows whose columns of these names hold one of these keys."""
    _change(connection, table, f"DELETE FROM {table.name}", "USING", names, keys)  # noqa: S608


def update_rows(
    connection: Connection,
    table: Table,
    change: str,
    names: Sequence[str],
    keys: Sequence[tuple[Any, ...]],
) -> None:
    """Change, as SQL's SET says it, the rows whose columns of these names hold one of these keys."""
    _change(connection, table, f"UPDATE {table.name} SET {change}", "FROM", names, keys)  # noqa: S608


def _change(
    connection: Connection,
    table: Table,
    what: str,
    beside: str,
    names: Sequence[str],
    keys: Sequence[tuple[Any, ...]],
) -> None:
    """Do something to the rows of some keys, in one statement."""
    if not keys:
        return
    quote = connection.dialect.identifier_preparer.quote
    columns = [quote(name) for name in names]
    if connection.dialect.name == "postgresql":
        arrays = ", ".join(f"%s::{_ARRAYS[type(table.columns[name].type)]}" for name in names)
        pairs = " AND ".join(f"{table.name}.{name} = wanted.{name}" for name in columns)
        connection.exec_driver_sql(
            f"{what} {beside} unnest({arrays}) AS wanted({', '.join(columns)}) WHERE {pairs}",
            tuple(list(values) for values in zip(*keys, strict=True)),
        )
    else:
        pairs = " AND ".join(f"{name} = ?" for name in columns)
        connection.exec_driver_sql(f"{what} WHERE {pairs}", list(keys))


def _insert(
    connection: Connection,
    table: Table,
    columns: Sequence[Column[Any]],
    rows: Sequence[tuple[Any, ...]],
    conflict: str,
) -> int:
    """Insert rows as one statement; return how many were inserted or replaced."""
    if not rows:
        return 0
    quote = connection.dialect.identifier_preparer.quote
    into = f"{table.name} ({', '.join(quote(column.name) for column in columns)})"
    if connection.dialect.name == "postgresql":
        arrays = ", ".join(f"%s::{_ARRAYS[type(column.type)]}" for column in columns)
        done = connection.exec_driver_sql(
            f"INSERT INTO {into} SELECT * FROM unnest({arrays}){conflict}",  # noqa: S608  # names are ours
            tuple(list(values) for values in zip(*rows, strict=True)),
        )
    else:
        marks = ", ".join("?" * len(columns))
        done = connection.exec_driver_sql(
            f"INSERT INTO {into} VALUES ({marks}){conflict}",  # noqa: S608  # names are ours
            list(rows),
        )
    return done.rowcount


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
