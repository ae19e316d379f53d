"""Files of seeds that are being produced: when they were first seen, and how far each one is.

What a file gives is stamped once, with one instant, which is kept: whoever is killed half-way
produces the rest, and what he produces again, with the same stamp.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select, update

from store.bulk import insert_rows
from store.ordinals import instant, microseconds
from store.tables import seed_file


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a file is: the first-seen of all in it, and how many of its records are done."""

    stamp: datetime
    records: int = 0
    is_finished: bool = False


def begin(connection: Connection, path: str, size: int, modified: int, at: datetime) -> Progress:
    """Begin a file, or go on with it: `at` is its stamp if it is new.

    A file of another `size` (bytes) or `modified` (nanoseconds since 1970) is another file, and
    begins at its first record with a stamp of its own.
    """
    row = connection.execute(select(seed_file).where(seed_file.c.path == path)).first()
    if row is not None and (row.size, row.modified) == (size, modified):
        return Progress(
            stamp=instant(row.stamp), records=row.records, is_finished=bool(row.finished)
        )
    stamp = microseconds(at)
    insert_rows(connection, seed_file, [(path, size, modified, stamp, 0, False)], replace=True)
    return Progress(stamp=instant(stamp))


def advance(connection: Connection, path: str, records: int) -> None:
    """Note that so many records of a file, from its first on, are done."""
    connection.execute(update(seed_file).where(seed_file.c.path == path).values(records=records))


def finish(connection: Connection, path: str) -> None:
    """Note that a file is done."""
    connection.execute(update(seed_file).where(seed_file.c.path == path).values(finished=True))
