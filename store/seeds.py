"""Files of seeds that are being produced: when they were first seen, and how far each one is.

What a file gives is stamped once, with one instant, which is kept: whoever is killed half-way
produces the rest, and what he produces again, with the same stamp.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select, update

from store.bulk import insert_rows
from store.connector_tables import seed_file
from store.ordinals import instant, microseconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a file is: the first-seen of all in it, and how many of its records are done.

    `digest` is that of the done records, as whoever reads them makes it; `is_backfill` says that
    what is in the file rings nobody.
    """

    stamp: datetime
    is_backfill: bool = True
    records: int = 0
    digest: str = ""
    is_finished: bool = False


def begin(
    connection: Connection,
    path: str,
    size: int,
    modified: int,
    at: datetime,
    *,
    is_backfill: bool = True,
) -> Progress:
    """Begin a file, or go on with it: `at` and `is_backfill` hold if it is new or has changed.

    A file has changed when its `size` (bytes) or `modified` (nanoseconds since 1970) has. What was
    done of it stays noted: it may have grown at its end.
    """
    row = connection.execute(select(seed_file).where(seed_file.c.path == path)).first()
    if row is not None and (row.size, row.modified) == (size, modified):
        return Progress(
            stamp=instant(row.stamp),
            is_backfill=bool(row.backfill),
            records=row.records,
            digest=row.digest,
            is_finished=bool(row.finished),
        )
    stamp = microseconds(at)
    done = (0, "") if row is None else (row.records, row.digest)
    values = (path, size, modified, stamp, is_backfill, *done, False)
    insert_rows(connection, seed_file, [values], replace=True)
    return Progress(stamp=instant(stamp), is_backfill=is_backfill, records=done[0], digest=done[1])


def advance(connection: Connection, path: str, records: int, digest: str = "") -> None:
    """Note that so many records of a file, from its first on, are done, and their digest."""
    connection.execute(
        update(seed_file).where(seed_file.c.path == path).values(records=records, digest=digest)
    )


def finish(connection: Connection, path: str) -> None:
    """Note that a file is done."""
    connection.execute(update(seed_file).where(seed_file.c.path == path).values(finished=True))


def restart(connection: Connection, path: str) -> None:
    """Forget how far a file is, but not its stamp: it is produced again, with equal bytes."""
    connection.execute(
        update(seed_file)
        .where(seed_file.c.path == path)
        .values(records=0, digest="", finished=False)
    )
