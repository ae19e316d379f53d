"""What must be remembered between articles, as a protocol: versions seen, copies, roots.

The store implements it over SQL, `ProcessMemory` (below) in process for tests and small replays.
Every verb takes a batch and is idempotent: doing an article again changes nothing. What memory
answers is a function of the *set* of articles that it was shown, never of their order.
"""

from bisect import bisect_left, bisect_right, insort
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from schemas import Article, Story, StoryMember, StoryName
from tocsin.fingerprint import fingerprint
from tocsin.stories import (
    TIME_TO_LIVE,
    Candidate,
    copied,
    earliest_parent,
    merge_names,
    page_of,
    story_of,
)
from tocsin.versions import Kept, article_of, keep, merge


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
        backfill clears `backfill`). Repeats inside the batch count.
        """

    def link(self, articles: Collection[str]) -> list[Parent]:
        """Find the parents of these articles and correct those whose parent they turn out to be.

        Call it after `remember` has returned for all of them. Returns the links that changed, sorted
        by article.
        """

    def roots(self, articles: Collection[str]) -> dict[str, str]:
        """Resolve each article to the root of its story (itself, where it copies none)."""

    def copies(self, roots: Collection[str]) -> dict[str, int]:
        """Count the copies in the story of each root, itself left out."""

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


Order = tuple[datetime, str]


@dataclass(slots=True, eq=False, kw_only=True)
class _Known:
    """An article in process memory: where it stands, and whom it copies."""

    candidate: Candidate
    version: str
    bands: tuple[int, ...]
    parent: str = ""
    similarity: float = 0.0
    is_linked: bool = False
    moved_from: bool = False


class ProcessMemory:
    """Memory in process: the same answers as the store's, for tests and small sets."""

    def __init__(self, time_to_live: timedelta = TIME_TO_LIVE) -> None:
        self._time_to_live = time_to_live
        self._versions: dict[str, dict[str, Kept]] = {}
        self._known: dict[str, _Known] = {}
        self._buckets: defaultdict[int, list[Order]] = defaultdict(list)
        self._names: dict[tuple[str, str], dict[tuple[str, str], StoryName]] = {}

    def remember(self, articles: Sequence[Article]) -> list[Seen]:
        """See `Memory.remember`."""
        return [self._remember(article) for article in articles]

    def link(self, articles: Collection[str]) -> list[Parent]:
        """See `Memory.link`."""
        waiting = {each for each in articles if each in self._known}
        waiting = {each for each in waiting if not self._known[each].is_linked}
        moved = {each for each in waiting if self._known[each].moved_from}
        orphans = {each for each, known in self._known.items() if moved and known.parent in moved}
        before = {each: known.parent for each, known in self._known.items()}
        for each in waiting | orphans:
            self._find_parent(self._known[each])
        for each in waiting:
            self._take_over(self._known[each])
            self._known[each].is_linked, self._known[each].moved_from = True, False
        return [
            Parent(article=each, parent=known.parent or each, similarity=known.similarity or 1.0)
            for each, known in sorted(self._known.items())
            if known.parent != before[each]
        ]

    def roots(self, articles: Collection[str]) -> dict[str, str]:
        """See `Memory.roots`."""
        return {each: self._root(each) for each in articles}

    def copies(self, roots: Collection[str]) -> dict[str, int]:
        """See `Memory.copies`."""
        found = Counter(self._root(each) for each in self._known)
        return {root: found[root] - 1 for root in roots}

    def note_names(self, names: Sequence[tuple[str, str, StoryName]]) -> None:
        """See `Memory.note_names`."""
        for article, version, name in names:
            self._names.setdefault((article, version), {})[(name.type.value, name.name)] = name

    def articles(self) -> Iterator[Article]:
        """See `Memory.articles`."""
        kept = [each for versions in self._versions.values() for each in versions.values()]
        yield from sorted(map(article_of, kept), key=lambda article: article.order)

    def stories(self) -> Iterator[Story]:
        """See `Memory.stories`."""
        members: defaultdict[str, list[str]] = defaultdict(list)
        for article in self._known:
            members[self._root(article)].append(article)
        for root in sorted(members, key=lambda each: self._known[each].candidate.order):
            names = [
                name
                for (article, _), noted in self._names.items()
                if article in members[root]
                for name in noted.values()
            ]
            yield story_of(
                self._earliest(root),
                self._known[root].candidate.first_seen,
                [self._member(each) for each in members[root] if each != root],
                merge_names(names),
            )

    def counts(self) -> dict[str, int]:
        """See `Memory.counts`."""
        return {
            "articles": len(self._known),
            "versions": sum(map(len, self._versions.values())),
            "stories": sum(not known.parent for known in self._known.values()),
        }

    def close(self) -> None:
        """See `Memory.close`."""

    def _remember(self, article: Article) -> Seen:
        versions = self._versions.setdefault(article.id, {})
        seen = Seen.EDIT if versions else Seen.NEW
        kept = keep(article)
        if article.version in versions:
            seen = Seen.DUPLICATE
            kept = merge(versions[article.version], kept)
        versions[article.version] = kept
        self._place(article.id)
        return seen

    def _place(self, article: str) -> None:
        """Put an article where its earliest version stands; one that moves must be linked anew."""
        versions = self._versions[article]
        version = min(versions, key=lambda each: (versions[each].first_seen, each))
        first_seen = versions[version].first_seen
        known = self._known.get(article)
        content = article_of(versions[version])
        page = page_of(content)
        place = (first_seen, version, page)
        if known and (known.candidate.first_seen, known.version, known.candidate.page) == place:
            return
        taken = fingerprint(content.title, content.text)
        bands = (*taken.bands, page) if page else taken.bands
        candidate = Candidate(
            article=article, first_seen=first_seen, sketch=taken.sketch, page=page
        )
        placed = _Known(candidate=candidate, version=version, bands=bands)
        if known:
            for band in known.bands:
                self._buckets[band].remove(known.candidate.order)
            placed.parent, placed.similarity = known.parent, known.similarity
            placed.moved_from = True
        self._known[article] = placed
        for band in placed.bands:
            insort(self._buckets[band], candidate.order)

    def _find_parent(self, known: _Known) -> None:
        """Walk all earlier articles that share a band."""
        order = known.candidate.order
        since = (order[0] - self._time_to_live, "")
        earlier = {
            each
            for band in known.bands
            for each in self._buckets[band][
                bisect_left(self._buckets[band], since) : bisect_left(self._buckets[band], order)
            ]
        }
        walked = (self._known[article].candidate for _, article in sorted(earlier))
        found = earliest_parent(known.candidate, walked, self._time_to_live)
        known.parent = found[0].article if found else ""
        known.similarity = found[1] if found else 0.0

    def _take_over(self, known: _Known) -> None:
        """Become the parent of the later copies that have none, or a later one."""
        order = known.candidate.order
        later = {
            article
            for band in known.bands
            for _, article in self._buckets[band][bisect_right(self._buckets[band], order) :]
        }
        for child in (self._known[article] for article in later):
            if child.parent and self._known[child.parent].candidate.order <= order:
                continue
            similarity = copied(child.candidate, known.candidate, self._time_to_live)
            if similarity:
                child.parent, child.similarity = known.candidate.article, similarity

    def _root(self, article: str) -> str:
        while article in self._known and self._known[article].parent:
            article = self._known[article].parent
        return article

    def _earliest(self, article: str) -> Article:
        return article_of(self._versions[article][self._known[article].version])

    def _member(self, article: str) -> StoryMember:
        known, content = self._known[article], self._earliest(article)
        return StoryMember(
            article=article,
            url=content.url,
            publisher=content.publisher,
            first_seen=known.candidate.first_seen,
            similarity=known.similarity,
        )
