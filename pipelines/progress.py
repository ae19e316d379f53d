"""How far a bounded run is: the transforms report, whoever runs the pipeline may listen.

Beam copies its DoFns, so the listener is kept here, in the process. With a runner that works in
other processes nobody hears, and nothing breaks.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum


class Step(StrEnum):
    """The passes of a replay."""

    READ = "read"
    ENRICH = "enrich"
    WRITE = "write"


Listener = Callable[[Step, int, int], None]
"""Called with the pass, by how much it moved on, and its whole size where known (else 0).

READ counts bytes, ENRICH article versions, WRITE files.
"""

_listeners: list[Listener] = []


@contextmanager
def listening(listener: Listener | None) -> Iterator[None]:
    """Call `listener` on every report made inside the block."""
    if listener is None:
        yield
        return
    _listeners.append(listener)
    try:
        yield
    finally:
        _listeners.remove(listener)


def report(step: Step, amount: int, total: int = 0) -> None:
    """Tell the listeners that `step` moved on by `amount`."""
    for listener in _listeners:
        listener(step, amount, total)
