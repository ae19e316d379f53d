"""The watchdog: ends this process when a bundle hangs, even in C code that never lets go.

It is `faulthandler`'s timer, which needs no interpreter lock. The process is gone at once, with the
stack of every thread on standard error; whoever started it starts it again, and the record over which
it hung is found out by trying (`pipelines.io.careful`).
"""

import faulthandler
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

_lock = threading.Lock()
_deadlines: dict[str, float] = {}
_paused = 0


def arm(owner: str, seconds: float) -> None:
    """End this process unless `disarm(owner)` comes within so many seconds."""
    with _lock:
        _deadlines[owner] = time.monotonic() + seconds
        _set()


def disarm(owner: str) -> None:
    """Take back what was armed, if anything was."""
    with _lock:
        if _deadlines.pop(owner, None) is not None:
            _set()


def disarm_all() -> None:
    """Take back everything: what is left to do takes as long as it takes."""
    with _lock:
        _deadlines.clear()
        _set()


@contextmanager
def paused() -> Iterator[None]:
    """Stop the clocks meanwhile: waiting for a server is not hanging."""
    global _paused
    begun = time.monotonic()
    with _lock:
        _paused += 1
        _set()
    try:
        yield
    finally:
        with _lock:
            _paused -= 1
            for owner in _deadlines:
                _deadlines[owner] += time.monotonic() - begun
            _set()


def _set() -> None:
    """Set the one timer to the earliest deadline."""
    if _paused or not _deadlines:
        faulthandler.cancel_dump_traceback_later()
        return
    left = max(min(_deadlines.values()) - time.monotonic(), 0.001)
    faulthandler.dump_traceback_later(left, exit=True)
