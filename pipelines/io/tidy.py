"""Tidying: what no later article can need is forgotten, in the background of a worker.

Event time decides what is old: the newest article against the time to live. The clock only says how often
that is looked at, and that no article is newer than now; nothing depends on whether a worker does it late,
twice or never.
"""

import logging
import threading
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from pipelines.memory import MemoryAt, engine_at
from pipelines.metrics import MEMORY_ROWS
from schemas import Unavailable
from store import results
from store.engine import writing
from tocsin.memory import Part

EVERY_SECONDS = 30.0
PIECE = 200
"""Stories, or articles' results, that are dropped in one go, so that nobody waits long."""

BEHIND = 2
"""Times to live that are kept: an article may copy one that is as old as that when it comes late.

What a part has not finished is kept as long again, so that a part that was given up does not keep it for ever.
"""


@lru_cache(maxsize=8)
def begin(memory: MemoryAt, keep: timedelta) -> None:
    """Start tidying in this process, once; it ends with it."""
    thread = threading.Thread(target=_tidy_for_ever, args=(memory, keep), daemon=True)
    thread.start()


def tidy(memory: MemoryAt, keep: timedelta) -> None:
    """Forget what is old by now. Raises `Unavailable`."""
    opened = memory.open()
    newest = opened.newest()
    if newest is not None:
        newest = min(newest, datetime.now(UTC))  # one record from the future makes nothing old
        kept = BEHIND * memory.time_to_live
        for before, parts in ((newest - 2 * kept, Part(0)), (newest - kept, opened.parts())):
            while opened.forget(before, PIECE, parts) >= PIECE:
                pass
        engine, old = engine_at(memory.url), newest - keep
        dropped = PIECE
        while dropped >= PIECE:
            with writing(engine) as connection:
                dropped = results.forget(connection, old, PIECE)
    for table, rows in opened.rows().items():
        MEMORY_ROWS.labels(table).set(rows)


def _tidy_for_ever(memory: MemoryAt, keep: timedelta) -> None:
    wait = threading.Event()
    while not wait.wait(EVERY_SECONDS):
        try:
            tidy(memory, keep)
        except Unavailable as error:
            logging.getLogger(__name__).warning("not tidied: %s", error)
