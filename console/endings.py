"""Endings: a process that was told to stop is gone in time, whatever holds it up."""

import os
import threading

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


def _end(status: int) -> None:
    _log.warning("cut-short", reason="what is under way is done again at the next start")
    os._exit(status)
