"""What must be remembered between articles, as a protocol: versions seen, copies, roots.

The store implements it over SQL, `tocsin.process_memory` in process for tests and small sets.
Every verb takes a batch and is idempotent: doing an article again changes nothing. What memory
answers is a function of the *set* of articles that it was shown, never of their order.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntFlag, StrEnum
from typing import Protocol

from schemas import Article, Story, StoryName

Key = tuple[str, str]
"""An article version: the ids of the article and of the version."""


class Part(IntFlag):
    """A part of the stream that does articles by itself, each in its own time."""

    ALERTS = 1
    ENTITIES = 2


WHOLE = Part.ALERTS | Part.ENTITIES
"""Both parts of the work in one graph: a replay, or a stream without entity models."""


class Seen(StrEnum):
    """What memory says of an article that it is shown."""

    NEW = "new"
    EDIT = "edit"
    DUPLICATE = "duplicate"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parent:
    """The earliest similar article, which this one copies. `similarity` is rounded to 4 places.

    An article that copies none any more (another version of it turned out to be the earliest) is its
    own parent, with similarity 1.
    """

    article: str
    parent: str
    similarity: float


class Memory(Protocol):
    """Remembers articles and which of them are copies of which."""

    def remember(self, articles: Sequence[Article]) -> list[Seen]:
        """Insert a batch of article versions; say of each, in order, what it was.

        NEW: first version of its article. EDIT: another version of a known article. DUPLICATE: a
        version known already (the least (first_seen, canonical bytes) is kept; a record that is not
        backfill clears `backfill`, and no part is done with that version any more). Repeats inside
        the batch count.

        A version that is not known is noted as late where what it might copy may have been forgotten
        (`horizon`). That stands from then on: whoever is given the version is given it as `late`.
        """

    def link(self, articles: Collection[str]) -> list[Parent]:
        """Find the parents of these articles and correct those whose parent they turn out to be.

        Call it after `remember` has returned for all of them. Returns the links that changed, sorted
        by article. Where one changes of an article that was linked before, parts do again what they
        have finished of it and of all that copies it (`reopened`).
        """

    def unfinished(self, articles: Sequence[Article], part: Part) -> dict[Key, Article]:
        """Choose the versions that a part is not done with; give of each the record that is kept.

        One that memory does not know (any more) is given as it came, and late where it would be
        noted as late now.
        """

    def reopened(self, part: Part, limit: int = 1000) -> list[Article]:
        """Read at most so many article versions that a part must do again, by (first seen, id, version).

        Their story is another one than when they were done. They are given until they are finished.
        """

    def finish(
        self, keys: Collection[Key], part: Part, stories: Mapping[str, str] | None = None
    ) -> None:
        """Note that a part is done with these versions.

        `stories` says by article under which root that was done: where it is another one by now, the
        version is reopened at once.
        """

    def park(self, keys: Collection[Key], part: Part) -> None:
        """Note that a part has failed over these versions: it is not done with them, nor given them.

        They are not `reopened` for it any more. They are `unfinished`, should they come again.
        """

    def begin(self, part: Part) -> None:
        """Note that a part works on this memory."""

    def parts(self) -> Part:
        """Name the parts that have ever begun to work on this memory."""

    def roots(self, articles: Collection[str]) -> dict[str, str]:
        """Resolve each article to the root of its story (itself, where it copies none)."""

    def copies(self, roots: Collection[str]) -> dict[str, int]:
        """Count the copies in the story of each root, itself left out."""

    def done(self, roots: Collection[str], part: Part) -> dict[str, int]:
        """Count the articles in the story of each root of which a part has finished some version."""

    def note_names(self, names: Sequence[tuple[str, str, StoryName]]) -> None:
        """Keep (article, version, name): the entities of each article version, for its story."""

    def articles(self) -> Iterator[Article]:
        """Yield all remembered article versions, sorted by (first seen, id, version)."""

    def stories(self) -> Iterator[Story]:
        """Yield all stories, sorted by (first seen, id) of their roots, copies and names inside."""

    def stories_of(self, roots: Collection[str]) -> list[Story]:
        """Gather the stories of these roots, sorted like `stories`; what is no root is left out."""

    def versions_of(self, roots: Collection[str]) -> list[Article]:
        """Read all versions of all articles in the stories of these roots, in the order of `articles`."""

    def counts(self) -> dict[str, int]:
        """Count what is remembered: `articles`, `versions`, `stories`."""

    def rows(self) -> dict[str, int]:
        """Count `articles`, `versions` and `reopened`, without going through all of them."""

    def newest(self) -> datetime | None:
        """Tell when the last article was first seen, None where nothing is remembered."""

    def horizon(self) -> datetime | None:
        """Tell since when nothing was forgotten by first seen, None where nothing ever was."""

    def forget(self, before: datetime, limit: int, parts: Part) -> int:
        """Forget stories whose last article was first seen before an instant; return how many.

        Only those of which each of these parts is done with every version, so that the slower part
        finds what it works on. Whole stories only, at most `limit` of them, those with the oldest
        roots first. The results stay, and so does the ledger, which keeps in mind what was a member
        of the stories that rang.
        """

    def close(self) -> None:
        """Give back what it holds."""
