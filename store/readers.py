"""Readers of the log: whether the one before ended in order, and which records it was at.

A record that kills its reader is known by this: it has been begun more often than others.
"""

from sqlalchemy import ColumnElement, Connection, delete, select

from store.bulk import insert_rows
from store.tables import attempt as _attempt
from store.tables import reader as _reader


def begin(connection: Connection, reader: str) -> bool:
    """Note that a reader runs; tell whether the one of this name before it ended in order."""
    was_running = connection.scalar(select(_reader.c.running).where(_reader.c.name == reader))
    insert_rows(connection, _reader, [(reader, True)], replace=True)
    return not was_running


def end(connection: Connection, reader: str) -> None:
    """Note that a reader has ended in order."""
    insert_rows(connection, _reader, [(reader, False)], replace=True)


def attempts(connection: Connection, reader: str) -> dict[tuple[int, int], int]:
    """Read how often each record, by (partition, offset), was begun that is not done."""
    columns = _attempt.c
    query = select(columns.partition, columns.offset, columns.attempts)
    rows = connection.execute(query.where(columns.reader == reader))
    return {(partition, offset): count for partition, offset, count in rows}


def attempt(connection: Connection, reader: str, partition: int, offset: int) -> int:
    """Note that a record is begun; return how often it has been, this time included."""
    columns = _attempt.c
    query = select(columns.attempts).where(*_place(reader, partition, offset))
    count = (connection.scalar(query) or 0) + 1
    insert_rows(connection, _attempt, [(reader, partition, offset, count)], replace=True)
    return count


def done(connection: Connection, reader: str, partition: int, offset: int) -> None:
    """Forget the attempts at a record that is done."""
    connection.execute(delete(_attempt).where(*_place(reader, partition, offset)))


def _place(reader: str, partition: int, offset: int) -> tuple[ColumnElement[bool], ...]:
    columns = _attempt.c
    return (columns.reader == reader, columns.partition == partition, columns.offset == offset)
