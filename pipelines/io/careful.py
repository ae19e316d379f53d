"""Careful reading: which record kills the worker is found out by trying one after the other.

A worker that ended out of order may have been killed by a record that it was reading. The next one
therefore begins record by record, and notes each in the store before it tries: what has been tried
twice like that, and once in the dark before, is tried no more.
"""

import atexit
from dataclasses import dataclass

from pipelines.memory import engine_at
from schemas import StoreLost, Unavailable
from store import readers
from store.engine import writing

MOST_ATTEMPTS = 3
"""Times that a record may kill the worker; the first one is not seen."""


@dataclass(slots=True)
class Careful:
    """How a reader (its `name` stays the same over restarts) reads in this process."""

    store: str
    name: str
    left: int = 0
    trying: tuple[int, int] | None = None

    @classmethod
    def begin(cls, store: str, name: str, at_once: int) -> "Careful":
        """Start reading; careful for as many records as may have been in work before."""
        with writing(engine_at(store)) as connection:
            was_in_order = readers.begin(connection, name)
        reader = cls(store, name, 0 if was_in_order else at_once)
        _reading.append(reader)
        return reader

    def limit(self, at_once: int) -> int:
        """Say how many records the next bundle may have."""
        return 1 if self.left else at_once

    def is_deadly(self, partition: int, offset: int) -> bool:
        """Note that a record is tried now; tell whether it has killed too often to be."""
        if not self.left:
            return False
        self.left -= 1
        with writing(engine_at(self.store)) as connection:
            attempts = readers.attempt(connection, self.name, partition, offset)
        self.trying = (partition, offset)
        return attempts >= MOST_ATTEMPTS

    def survived(self) -> None:
        """Note that the worker is still there."""
        if self.trying is not None:
            with writing(engine_at(self.store)) as connection:
                readers.done(connection, self.name, *self.trying)
            self.trying = None

    def end(self) -> None:
        """Say that this process ends in order, whatever the reason: nothing killed it."""
        try:
            self.survived()
            with writing(engine_at(self.store)) as connection:
                readers.end(connection, self.name)
        except (StoreLost, Unavailable):
            pass  # the next one will be careful for nothing


_reading: list[Careful] = []


def end_out_of_order() -> None:
    """Say of all readers nothing: whatever was being read may have ended this process."""
    _reading.clear()


@atexit.register
def end_in_order() -> None:
    """Say of all readers of this process that nothing killed it; whatever ends it may be our own wish."""
    while _reading:
        _reading.pop().end()
