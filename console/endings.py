"""Endings: a process that was told to stop is gone in time, whatever holds it up."""

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import structlog

LONGEST_END = 27.0
"""Seconds from the word to stop to the end. Those who start processes kill them after 30."""

_log = structlog.get_logger("ending")


def end_soon(status: int = 0) -> None:
    """Let this process be gone within `LONGEST_END`, with this exit status.

    Ending in order waits for locks of the store, for brokers, for parsers, and each of them takes its
    time. Being killed costs nothing: what was not noted is done again at the next start.
    """
    timer = threading.Timer(LONGEST_END, _end, (status,))
    timer.daemon = True
    timer.start()


@contextmanager
def until_told() -> Iterator[threading.Event]:
    """Give an event that SIGTERM and Ctrl-C set; from then on the process is gone soon, with status 0."""
    stop = threading.Event()

    def told(*_: object) -> None:
        stop.set()
        end_soon()

    before = {number: signal.signal(number, told) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _end(status: int) -> None:
    _log.warning("cut-short", reason="what is under way is done again at the next start")
    os._exit(status)
