"""Memory in process: the same answers as the store's, for tests and small sets."""

from bisect import bisect_left, bisect_right, insort
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from schemas import Article, Story, StoryMember, StoryName
from tocsin.fingerprint import fingerprint
from tocsin.memory import Key, Parent, Part, Seen
from tocsin.stories import (
    TIME_TO_LIVE,
    Candidate,
    copied,
    earliest_parent,
    is_late,
    merge_names,
    page_of,
    story_of,
)
from tocsin.versions import Kept, article_of, keep, merge

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
    """The `Memory` protocol in dictionaries; what a process remembers ends with it."""

    def __init__(self, time_to_live: timedelta = TIME_TO_LIVE) -> None:
        self._time_to_live = time_to_live
        self._versions: dict[str, dict[str, Kept]] = {}
        self._known: dict[str, _Known] = {}
        self._buckets: defaultdict[int, list[Order]] = defaultdict(list)
        self._names: dict[Key, dict[tuple[str, str], StoryName]] = {}
        self._finished: defaultdict[Key, Part] = defaultdict(lambda: Part(0))
        self._reopened: defaultdict[Key, Part] = defaultdict(lambda: Part(0))
        self._parts = Part(0)
        self._horizon: datetime | None = None

    def remember(self, articles: Sequence[Article]) -> list[Seen]:
        """See `Memory.remember`."""
        return [self._remember(article) for article in articles]

    def link(self, articles: Collection[str]) -> list[Parent]:
        """See `Memory.link`."""
        waiting = {each for each in articles if each in self._known}
        waiting = {each for each in waiting if not self._known[each].is_linked}
        settled = {
            each for each, known in self._known.items() if known.is_linked or known.moved_from
        }
        moved = {each for each in waiting if self._known[each].moved_from}
        orphans = {each for each, known in self._known.items() if moved and known.parent in moved}
        before = {each: known.parent for each, known in self._known.items()}
        for each in waiting | orphans:
            self._find_parent(self._known[each])
        for each in waiting:
            self._take_over(self._known[each])
            self._known[each].is_linked, self._known[each].moved_from = True, False
        changed = [each for each, known in self._known.items() if known.parent != before[each]]
        self._reopen(settled.intersection(changed))
        return [
            Parent(
                article=each,
                parent=self._known[each].parent or each,
                similarity=self._known[each].similarity or 1.0,
            )
            for each in sorted(changed)
        ]

    def unfinished(self, articles: Sequence[Article], part: Part) -> dict[Key, Article]:
        """See `Memory.unfinished`."""
        return {
            key: self._kept(key) or article_of(keep(article, late=self._is_late(article)))
            for article in articles
            if part & ~self._finished.get(key := (article.id, article.version), Part(0))
        }

    def reopened(self, part: Part, limit: int = 1000) -> list[Article]:
        """See `Memory.reopened`."""
        keys = sorted(key for key, parts in self._reopened.items() if part & parts)[:limit]
        found = filter(None, map(self._kept, keys))
        return sorted(found, key=lambda article: article.order)

    def finish(
        self, keys: Collection[Key], part: Part, stories: Mapping[str, str] | None = None
    ) -> None:
        """See `Memory.finish`."""
        for key in keys:
            if key[1] not in self._versions.get(key[0], {}):
                continue
            self._finished[key] |= part
            self._reopened[key] &= ~part
            if stories and stories.get(key[0], self._root(key[0])) != self._root(key[0]):
                self._reopened[key] |= part

    def park(self, keys: Collection[Key], part: Part) -> None:
        """See `Memory.park`."""
        for key in keys:
            self._finished[key] &= ~part
            self._reopened[key] &= ~part

    def begin(self, part: Part) -> None:
        """See `Memory.begin`."""
        self._parts |= part

    def parts(self) -> Part:
        """See `Memory.parts`."""
        return self._parts

    def roots(self, articles: Collection[str]) -> dict[str, str]:
        """See `Memory.roots`."""
        return {each: self._root(each) for each in articles}

    def copies(self, roots: Collection[str]) -> dict[str, int]:
        """See `Memory.copies`."""
        found = Counter(self._root(each) for each in self._known)
        return {root: found[root] - 1 for root in roots}

    def done(self, roots: Collection[str], part: Part) -> dict[str, int]:
        """See `Memory.done`."""
        articles = {key[0] for key, parts in self._finished.items() if part & parts == part}
        found = Counter(self._root(each) for each in articles if each in self._known)
        return {root: found[root] for root in roots}

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
        yield from self.stories_of(self._known)

    def stories_of(self, roots: Collection[str]) -> list[Story]:
        """See `Memory.stories_of`."""
        members: defaultdict[str, list[str]] = defaultdict(list)
        for article in self._known:
            members[self._root(article)].append(article)
        wanted = members.keys() & set(roots)
        return [
            self._story(root, members[root])
            for root in sorted(wanted, key=lambda each: self._known[each].candidate.order)
        ]

    def versions_of(self, roots: Collection[str]) -> list[Article]:
        """See `Memory.versions_of`."""
        return [article for article in self.articles() if self._root(article.id) in roots]

    def counts(self) -> dict[str, int]:
        """See `Memory.counts`."""
        return {
            "articles": len(self._known),
            "versions": sum(map(len, self._versions.values())),
            "stories": sum(not known.parent for known in self._known.values()),
        }

    def rows(self) -> dict[str, int]:
        """See `Memory.rows`."""
        counts = self.counts()
        reopened = sum(bool(parts) for parts in self._reopened.values())
        return {
            "articles": counts["articles"],
            "versions": counts["versions"],
            "reopened": reopened,
        }

    def newest(self) -> datetime | None:
        """See `Memory.newest`."""
        return max((known.candidate.first_seen for known in self._known.values()), default=None)

    def horizon(self) -> datetime | None:
        """See `Memory.horizon`."""
        return self._horizon

    def forget(self, before: datetime, limit: int, parts: Part) -> int:
        """See `Memory.forget`."""
        trees: defaultdict[str, list[_Known]] = defaultdict(list)
        for article, known in self._known.items():
            trees[self._root(article)].append(known)
        old = [
            root
            for root, tree in trees.items()
            if all(each.is_linked and each.candidate.first_seen < before for each in tree)
            and all(self._is_done(each.candidate.article, parts) for each in tree)
        ]
        old.sort(key=lambda root: self._known[root].candidate.order)
        for root in old[:limit]:
            for known in trees[root]:
                self._drop(known)
        if old[:limit]:
            self._horizon = max(self._horizon or before, before)
        return len(old[:limit])

    def close(self) -> None:
        """See `Memory.close`."""

    def _kept(self, key: Key) -> Article | None:
        kept = self._versions.get(key[0], {}).get(key[1])
        return article_of(kept) if kept else None

    def _is_late(self, article: Article) -> bool:
        return is_late(article.first_seen, self._horizon, self._time_to_live)

    def _is_done(self, article: str, parts: Part) -> bool:
        """Tell whether each of these parts has finished every version of an article."""
        done = (self._finished.get((article, it), Part(0)) for it in self._versions[article])
        return not any(parts & ~each for each in done)

    def _reopen(self, articles: Collection[str]) -> None:
        """Let parts do again what they finished of these articles and of all that copy them."""
        below = {each for each in self._known if not self._line(each).isdisjoint(articles)}
        for key, parts in self._finished.items():
            if key[0] in below:
                self._reopened[key] |= parts

    def _line(self, article: str) -> set[str]:
        """Name an article and all above it."""
        line = {article}
        while self._known[article].parent:
            article = self._known[article].parent
            line.add(article)
        return line

    def _drop(self, known: _Known) -> None:
        article = known.candidate.article
        for band in known.bands:
            self._buckets[band].remove(known.candidate.order)
        for version in self._versions.pop(article):
            for noted in (self._names, self._finished, self._reopened):
                noted.pop((article, version), None)
        del self._known[article]

    def _remember(self, article: Article) -> Seen:
        versions = self._versions.setdefault(article.id, {})
        seen = Seen.EDIT if versions else Seen.NEW
        if article.version not in versions:
            kept = keep(article, late=self._is_late(article))
        else:
            seen = Seen.DUPLICATE
            before = versions[article.version]
            kept = merge(before, keep(article))
            if kept.rings and not before.rings:
                self._finished.pop((article.id, article.version), None)
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

    def _story(self, root: str, members: Collection[str]) -> Story:
        names = [
            name
            for (article, _), noted in self._names.items()
            if article in members
            for name in noted.values()
        ]
        return story_of(
            self._earliest(root),
            self._known[root].candidate.first_seen,
            [self._member(each) for each in members if each != root],
            merge_names(names),
        )

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
