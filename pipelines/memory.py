"""The memory that a worker works with: named by a plain value, opened once a process."""

from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

from pipelines.secrets import looked_up
from store.engine import open_engine
from store.memory import SqlMemory
from store.sqlite import LARGE_CACHE_MB
from tocsin.memory import Memory
from tocsin.stories import TIME_TO_LIVE

if TYPE_CHECKING:
    from sqlalchemy import Engine


@dataclass(frozen=True)
class MemoryAt:
    """Where memory is kept. Travels to workers in place of the memory itself.

    `url` is that of a store, or names the variable that holds it (`pipelines.secrets`).
    """

    url: str
    time_to_live: timedelta = TIME_TO_LIVE

    def open(self) -> Memory:
        """Get the process's memory at this URL."""
        return _opened(self)

    def close(self) -> None:
        """Give back what this process holds of it."""
        _opened(self).close()
        _opened.cache_clear()
        engine_at.cache_clear()


@lru_cache(maxsize=8)
def _opened(memory: MemoryAt) -> Memory:
    return SqlMemory(engine_at(memory.url), memory.time_to_live)


@lru_cache(maxsize=8)
def engine_at(url: str) -> "Engine":
    """Get the process's engine for a store: opened, and brought up to date, once."""
    return open_engine(looked_up(url), cache_mb=LARGE_CACHE_MB)
