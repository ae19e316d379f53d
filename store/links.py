"""Links over SQL: finds the parents of articles, and the children that they take over.

Both searches ask the bands of an article in one statement a batch. An article seldom has candidates,
and where it has, the earliest is mostly its parent; so the first statement fetches only the earliest
of each band, and the whole list is walked, in order, only where that one turns out not to be similar.
The children whom a late arrival takes over are those whose parent is later than it: bands carry the
parent's ordinal, so that in a story of thousands of copies nobody else is looked at.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby
from typing import Any

from sqlalchemy import Column, Connection, Row, select, text, update

from store.bands import hashes_in, page_in
from store.bulk import chunks, insert_rows
from store.ordinals import NONE_LATER, State, greatest_ordinal, instant, least_ordinal, microseconds
from store.parts import reopen
from store.segments import Filters
from store.tables import memory_article, memory_band
from store.wanted import Wish, all_earlier, earliest, later, want
from tocsin.memory import Parent
from tocsin.stories import Candidate, copied, earliest_parent

WALK = 64
"""Candidates whose sketches are fetched at once on a walk."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Placed:
    """An article as the table holds it."""

    seq: int
    ordinal: int
    bands: bytes
    parent: int | None
    similarity: float
    state: int
    segment: int
    candidate: Candidate


@dataclass(frozen=True, slots=True, kw_only=True)
class _Link:
    """What the parent of an article is found to be; `None` where it copies nothing."""

    child: _Placed
    parent: _Placed | None
    similarity: float


def link_articles(
    connection: Connection,
    articles: Collection[str],
    time_to_live: timedelta,
    filters: Filters,
) -> list[Parent]:
    """Link those of these articles that are new or have moved; return the links that changed.

    What is below an article that was linked before, and now is otherwise, is reopened.
    """
    rows = _read(connection, memory_article.c.id, articles)
    waiting = [each for each in rows if each.state != State.LINKED]
    if not waiting:
        return []
    moved = [each.seq for each in waiting if each.state == State.MOVED]
    orphans = _read(connection, memory_article.c.parent, moved)
    searching = {each.seq: each for each in (*orphans, *waiting)}
    want(connection, filters, _wishes(searching.values(), waiting, time_to_live))
    found = _find_parents(connection, searching, time_to_live)
    _write(connection, found)
    taken = _take_over(connection, {each.seq: each for each in waiting}, time_to_live)
    _write(connection, taken)
    for seqs in chunks([each.seq for each in waiting]):
        linked = update(memory_article).where(memory_article.c.seq.in_(seqs))
        connection.execute(linked.values(state=State.LINKED))
    fresh = {each.seq for each in waiting if each.state == State.NEW}
    changed = _final(searching, [*found, *taken])
    reopen(connection, {link.child.seq for link in changed} - fresh)
    return sorted(map(_told, changed), key=lambda parent: parent.article)


def _read(connection: Connection, column: Column[Any], values: Iterable[Any]) -> list[_Placed]:
    """Read the articles where a column has one of these values."""
    found: list[_Placed] = []
    for chunk in chunks(list(values)):
        rows = connection.execute(select(memory_article).where(column.in_(chunk)))
        found.extend(map(_placed, rows))
    return found


def _placed(row: Row[Any]) -> _Placed:
    bands = bytes(row.bands)
    return _Placed(
        seq=row.seq,
        ordinal=row.ordinal,
        bands=bands,
        parent=row.parent,
        similarity=row.similarity,
        state=row.state,
        segment=row.segment,
        candidate=Candidate(
            article=row.id,
            first_seen=instant(row.seen),
            sketch=bytes(row.sketch),
            page=page_in(bands),
        ),
    )


def _hashes(article: _Placed) -> list[int]:
    """Return the distinct hashes under which an article is found."""
    return sorted(hashes_in(article.bands))


def _wishes(
    articles: Iterable[_Placed], takers: Iterable[_Placed], time_to_live: timedelta
) -> Iterator[Wish]:
    """Say which bands are asked for, and within which time."""
    taking = {each.seq for each in takers}
    for each in articles:
        first_seen = each.candidate.first_seen
        since = least_ordinal(microseconds(first_seen - time_to_live))
        until = greatest_ordinal(microseconds(first_seen + time_to_live))
        rest = (since, each.ordinal, until, each.seq in taking)
        yield from (Wish(each.seq, band, *rest) for band in _hashes(each))


def _find_parents(
    connection: Connection, searching: dict[int, _Placed], time_to_live: timedelta
) -> list[_Link]:
    """Find the earliest similar article of each; return where that differs from what is known."""
    heads: defaultdict[int, list[int]] = defaultdict(list)
    for seq, other in earliest(connection):
        heads[seq].append(other)
    others = {each.seq: each for each in _read_seqs(connection, heads.values())}
    links: list[_Link] = []
    for seq, article in sorted(searching.items()):
        link = _Link(child=article, parent=None, similarity=0.0)
        if heads[seq]:
            candidates = [others[other] for other in heads[seq]]
            least = min(candidate.ordinal for candidate in candidates)
            first = [each for each in candidates if each.ordinal == least]
            link = _choose(article, _in_order(first), time_to_live)
            if link.parent is None:
                link = _choose(article, _walk(connection, seq), time_to_live)
        parent = link.parent.seq if link.parent else None
        if (parent, link.similarity) != (article.parent, article.similarity):
            links.append(link)
    return links


def _choose(article: _Placed, walk: Iterable[_Placed], time_to_live: timedelta) -> _Link:
    """Take the first on the walk that is similar."""
    met: dict[str, _Placed] = {}

    def candidates() -> Iterator[Candidate]:
        for each in walk:
            met[each.candidate.article] = each
            yield each.candidate

    found = earliest_parent(article.candidate, candidates(), time_to_live)
    if found is None:
        return _Link(child=article, parent=None, similarity=0.0)
    return _Link(child=article, parent=met[found[0].article], similarity=found[1])


def _walk(connection: Connection, seq: int) -> Iterator[_Placed]:
    """Yield all earlier articles that share a band, in order, fetched a few at a time."""
    waiting: list[int] = []
    for _, same in groupby(all_earlier(connection, seq), key=lambda pair: pair[0]):
        waiting.extend(other for _, other in same)
        if len(waiting) >= WALK:
            yield from _in_order(_read(connection, memory_article.c.seq, waiting))
            waiting = []
    yield from _in_order(_read(connection, memory_article.c.seq, waiting))


def _in_order(articles: Iterable[_Placed]) -> list[_Placed]:
    return sorted(articles, key=lambda each: each.candidate.order)


def _read_seqs(connection: Connection, lists: Iterable[Sequence[int]]) -> list[_Placed]:
    return _read(connection, memory_article.c.seq, sorted({seq for seqs in lists for seq in seqs}))


def _take_over(
    connection: Connection, takers: dict[int, _Placed], time_to_live: timedelta
) -> list[_Link]:
    """Find the later copies of these articles that have no parent, or a later one."""
    offers: defaultdict[int, list[_Placed]] = defaultdict(list)
    for earlier, copy in later(connection):
        offers[copy].append(takers[earlier])
    children = _read_seqs(connection, [sorted(offers)])
    parents = {
        each.seq: each
        for each in _read_seqs(connection, [[each.parent for each in children if each.parent]])
    }
    links: list[_Link] = []
    for child in children:
        for taker in _in_order(offers[child.seq]):
            if child.parent and parents[child.parent].candidate.order <= taker.candidate.order:
                break
            similarity = copied(child.candidate, taker.candidate, time_to_live)
            if similarity:
                links.append(_Link(child=child, parent=taker, similarity=similarity))
                break
    return links


def _write(connection: Connection, links: Sequence[_Link]) -> None:
    """Store the parents, and their ordinals in the bands."""
    if not links:
        return
    statement = text(
        "UPDATE memory_article SET parent = :parent, similarity = :similarity WHERE seq = :seq"
    )
    connection.execute(
        statement,
        [
            {
                "seq": link.child.seq,
                "parent": link.parent.seq if link.parent else None,
                "similarity": link.similarity,
            }
            for link in links
        ],
    )
    rows = [
        (
            link.child.segment,
            band,
            link.child.ordinal,
            link.child.seq,
            link.parent.ordinal if link.parent else NONE_LATER,
        )
        for link in links
        for band in _hashes(link.child)
    ]
    insert_rows(connection, memory_band, sorted(rows), replace=True)


def _final(searching: dict[int, _Placed], links: Iterable[_Link]) -> list[_Link]:
    """Choose the links whose parents are others than before; of two of one child the latter holds."""
    last = {link.child.seq: link for link in links}
    return [
        link
        for seq, link in last.items()
        if searching.get(seq, link.child).parent != (link.parent.seq if link.parent else None)
    ]


def _told(link: _Link) -> Parent:
    child = link.child.candidate.article
    return Parent(
        article=child,
        parent=link.parent.candidate.article if link.parent else child,
        similarity=link.similarity if link.parent else 1.0,
    )
