"""How far a bounded run is: the transforms report, whoever runs the pipeline may listen.

Beam copies its DoFns, so the listener is kept here, in the process. With a runner that works in
other processes nobody hears, and nothing breaks.
"""

from collections.abc import Callable

Listener = Callable[[str, int], None]
"""Called with the name of the pass and by how much it moved on (bytes or articles)."""

_listeners: list[Listener] = []


def listen(listener: Listener) -> Callable[[], None]:
    """Call `listener` on every report; returns a function that stops it."""
    _listeners.append(listener)
    return lambda: _listeners.remove(listener)


def report(step: str, amount: int) -> None:
    """Tell the listeners that `step` moved on by `amount`."""
    for listener in _listeners:
        listener(step, amount)
