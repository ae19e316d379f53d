"""What must be remembered between articles, as a protocol: versions seen, copies, roots.

The store implements it over SQL, `ProcessMemory` (below) in process for tests and small replays.
Every verb takes a batch and is idempotent: doing an article again changes nothing. What memory
answers is a function of the *set* of articles that it was shown, never of their order.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from schemas import Article, Story, StoryName


class Seen(StrEnum):
    """What memory says of an article that it is shown."""

    NEW = "new"
    EDIT = "edit"
    DUPLICATE = "duplicate"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parent:
    """The earliest similar article, which this one copies. `similarity` is rounded to 4 places."""

    article: str
    parent: str
    similarity: float


class Memory(Protocol):
    """Remembers articles and which of them are copies of which."""

    def remember(self, articles: Sequence[Article]) -> list[Seen]:
        """Insert a batch of article versions; say of each, in order, what it was.

        NEW: first version of its article. EDIT: another version of a known article. DUPLICATE: a
        version known already (the least (first_seen, canonical bytes) is kept; a record that is not
        backfill clears `backfill`). Repeats inside the batch count.
        """

    def link(self, articles: Collection[str]) -> list[Parent]:
        """Find the parents of these articles and correct those whose parent they turn out to be.

        Call it after `remember` has returned for all of them. Returns the links that changed.
        """

    def roots(self, articles: Collection[str]) -> dict[str, str]:
        """Resolve each article to the root of its story (itself, where it copies none)."""

    def note_names(self, names: Sequence[tuple[str, str, StoryName]]) -> None:
        """Keep (article, version, name): the entities of each article version, for its story."""

    def articles(self) -> Iterator[Article]:
        """Yield all remembered article versions, sorted by (first seen, id, version)."""

    def stories(self) -> Iterator[Story]:
        """Yield all stories, sorted by (first seen, id) of their roots, copies and names inside."""

    def counts(self) -> dict[str, int]:
        """Count what is remembered: `articles`, `versions`, `stories`."""

    def close(self) -> None:
        """Give back what it holds."""
