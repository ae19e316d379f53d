"""Halting: nothing but dead letters stops this process, but not before what it wrote is committed.

Who has committed, halts; who would write more letters meanwhile, waits for that. Else the next start would
find the same records, write the same letters, and get no further. What another process commits is not
seen here: the wait is the time that it has.
"""

import threading
from collections.abc import Iterable, Mapping

from schemas import Halted, log_place
from tocsin.dead_letters import Limit

LONGEST_WAIT = 30.0
"""Seconds within which what is written is committed, unless something before it holds that up."""

_limit = Limit()
_written: dict[int, int] = {}  # by partition, before which offset letters are written
_committed: dict[int, int] = {}
_is_halted = threading.Event()


def note_good(records: int = 1) -> None:
    """Count records that are done, whatever was done with them, against the dead letters."""
    _limit.note(is_dead=False, records=records)


def note_dead(origins: Iterable[str]) -> None:
    """Count dead letters that are written, by where their records lay."""
    for origin in origins:
        _limit.note(is_dead=True)
        if place := log_place(origin):
            _, partition, offset = place
            _written[partition] = max(_written.get(partition, 0), offset + 1)


def note_committed(ends: Mapping[int, int]) -> None:
    """Note before which offsets all is committed. Raises `Halted` where that was too many dead letters."""
    _committed.update(ends)
    behind = all(_committed.get(each, 0) >= end for each, end in list(_written.items()))
    if behind:
        _halt_if_too_many()


def await_halt() -> None:
    """Before more letters are written: where they are too many, wait for the commit. Raises `Halted`."""
    if _limit.exceeded:
        _is_halted.wait(LONGEST_WAIT)
        _halt_if_too_many()


def _halt_if_too_many() -> None:
    if exceeded := _limit.exceeded:
        _is_halted.set()
        raise Halted(
            f"stopped: {exceeded}",
            hint="See `tocsin dead-letters list`; what is not read yet stays in the log.",
        )
