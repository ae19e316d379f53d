"""The memory that a worker works with: named by a plain value, opened once a process."""

from dataclasses import dataclass
from functools import lru_cache

from store.engine import open_engine
from store.memory import SqlMemory
from tocsin.memory import Memory


@dataclass(frozen=True)
class MemoryAt:
    """Where memory is kept: the URL of a store. Travels to workers in place of the memory itself."""

    url: str

    def open(self) -> Memory:
        """Get the process's memory at this URL."""
        return _opened(self.url)

    def close(self) -> None:
        """Give back what this process holds of it."""
        _opened(self.url).close()
        _opened.cache_clear()


@lru_cache(maxsize=8)
def _opened(url: str) -> Memory:
    return SqlMemory(open_engine(url))
