"""Careful reading: which record kills the worker is found out by trying one after the other.

A worker that ended out of order may have been killed by a record that it was reading. The next one
therefore begins record by record, and notes each in the store before it tries: what has been tried
twice like that, and once in the dark before, is tried no more. So it does with what comes out of memory
to be done again: that has every other bundle to itself, one version each.
"""

import atexit
import threading
from dataclasses import dataclass, field

from pipelines.memory import engine_at
from schemas import DeadLetter, StoreLost, Unavailable, dead_letter
from store import parts, readers
from store.engine import writing
from tocsin.memory import Key

MOST_ATTEMPTS = 3
"""Times that a record may kill the worker; the first one is not seen."""

REOPENED_AT_ONCE = 100
"""Versions that are done again with one batch: what entity models take in some ten seconds."""

STAGE = "worker"
DEADLY = "killed-worker"
"""Stage and code of the dead letter of a record over which the worker died."""


@dataclass(slots=True)
class Careful:
    """How a reader (its `name` stays the same over restarts) reads in this process.

    `left` are the records that it still reads one by one, `again` the bundles that it still leaves to
    memory.
    """

    store: str
    name: str
    left: int = 0
    trying: tuple[int, int] | None = None
    again: int = 0
    is_memorys: bool = False
    trying_again: Key | None = None
    deadly: set[Key] = field(default_factory=set)

    @classmethod
    def begin(cls, store: str, name: str, at_once: int) -> "Careful":
        """Start reading; careful for as many records as may have been in work before."""
        with writing(engine_at(store)) as connection:
            was_in_order = readers.begin(connection, name)
        reader = cls(store, name)
        if not was_in_order:
            reader.left, reader.again = at_once, REOPENED_AT_ONCE
        _reading.append(reader)
        return reader

    def begin_bundle(self) -> None:
        """Note that the worker is still there, and that what this thread does next is this reader's."""
        self.survived()
        _here.reader = self

    def limit(self, at_once: int) -> int:
        """Say how many records the next bundle may have; none where it is memory's."""
        self.is_memorys = bool(self.again) and not self.is_memorys
        if self.is_memorys:
            self.again -= 1
            return 0
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

    def is_deadly_again(self, key: Key) -> bool:
        """Note that a reopened version is tried now; tell whether it has killed too often to be."""
        with writing(engine_at(self.store)) as connection:
            attempts = parts.attempt(connection, key)
        self.trying_again = key
        if attempts >= MOST_ATTEMPTS:
            self.deadly.add(key)
        return key in self.deadly

    def survived(self) -> None:
        """Note that the worker is still there."""
        if self.trying_again is not None:
            with writing(engine_at(self.store)) as connection:
                parts.survived(connection, self.trying_again)
            self.trying_again = None
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
_here = threading.local()


def here() -> Careful | None:
    """Get the reader whose bundle this thread works on, where it is careful."""
    reader: Careful | None = getattr(_here, "reader", None)
    return reader if reader and (reader.left or reader.again) else None


def deadly_letter(content: bytes, origin: str = "") -> DeadLetter:
    """Make the dead letter of a record that is tried no more."""
    reason = f"the worker died over it, or hung, {MOST_ATTEMPTS} times"
    return dead_letter(STAGE, DEADLY, reason, content, origin=origin)


def end_out_of_order() -> None:
    """Say of all readers nothing: whatever was being read may have ended this process."""
    _reading.clear()


@atexit.register
def end_in_order() -> None:
    """Say of all readers of this process that nothing killed it; whatever ends it may be our own wish."""
    while _reading:
        _reading.pop().end()
