"""The habits of SQLite: how a connection is set up, who waits for whom, and that the file is still there.

A file that is removed, or replaced by another one, stays open for whoever has it: all that is written
goes into what nobody can find any more. So every transaction begins with a look at the file's name.
"""

import sqlite3
import time
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, event

from schemas import StoreLost

BUSY_SECONDS = 30
"""How long a writer waits for another one."""

CACHE_MB = 8
"""MB of pages that a connection keeps, once it has read so many: what a process grows by at most."""

LARGE_CACHE_MB = 64
"""The same for who works on memory: a batch writes thousands of pages, and reads most of them before."""


def prepare(engine: Engine, cache_mb: int) -> None:
    """Give an engine of SQLite these habits.

    From its first connection on, whoever connects or begins a transaction gets `StoreLost` where the
    file is not there any more, or is another one.
    """
    event.listen(engine, "connect", partial(_set_up, cache_mb=cache_mb))
    name = engine.url.database or ""
    if name not in ("", ":memory:") and not name.startswith("file:"):
        file = _File(Path(name).absolute())
        event.listen(engine, "do_connect", file.check)
        event.listen(engine, "connect", file.note)
        event.listen(engine, "begin", file.check)
    event.listen(engine, "begin", _begin)


class _File:
    """The file of a store, and which one it was when it was first opened."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._opened: tuple[int, int] | None = None

    def note(self, *_: object) -> None:
        """Remember which file it is that was opened first."""
        self._opened = self._opened or self._found()

    def check(self, *_: object) -> None:
        """Raise `StoreLost` where it is not the file that was opened first."""
        found = self._found()
        if self._opened in (None, found):
            return
        raise StoreLost(
            f"the store {self._path} was {'replaced by another file' if found else 'removed'}"
            " while it was open",
            hint="Stop what works on it, put the file back, and start again."
            " Where it is not put back, a new and empty store is begun.",
        )

    def _found(self) -> tuple[int, int] | None:
        """Tell which file has the name now; `None` for none."""
        try:
            found = self._path.stat()
        except FileNotFoundError:
            return None
        return (found.st_dev, found.st_ino)


def _set_up(connection: Any, _: object, *, cache_mb: int) -> None:
    """Set what SQLite keeps per connection.

    A machine without power may cost the last seconds (`synchronous = NORMAL`), and with them rows of
    the ledger; a process that is killed costs nothing. Memory could be built again from the log.
    """
    connection.isolation_level = None  # we say BEGIN ourselves
    cursor = connection.cursor()
    for pragma in (
        f"busy_timeout = {BUSY_SECONDS * 1000}",
        "synchronous = NORMAL",
        "wal_autocheckpoint = 8192",
        "foreign_keys = ON",
        f"cache_size = -{cache_mb * 1024}",
        "temp_store = FILE",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    _write_ahead(cursor)
    cursor.close()


def _write_ahead(cursor: Any) -> None:
    """Turn on the write-ahead log. Of many who do so at once SQLite refuses some without waiting."""
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            cursor.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            is_busy = error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY
            if not is_busy or time.monotonic() > deadline:
                raise
            time.sleep(0.02)
        else:
            return


def _begin(connection: Connection) -> None:
    """Writers take the lock at once: a reader that turns writer half-way would be refused."""
    writes = connection.get_execution_options().get("tocsin_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
