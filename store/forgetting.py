"""Forgetting over SQL: whole stories go, once their last article is old, so that memory stays small.

What is left answers as before: nothing that goes is above or below anything that stays. A story of which
some part has not finished a version waits for that part.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, Row, bindparam, delete, insert, select, text, tuple_

from store.aliases import keep_aliases
from store.bands import hashes_in
from store.bulk import delete_rows
from store.engine import reading, writing
from store.ordinals import State, instant, microseconds
from store.segments import forget_empty
from store.tables import (
    memory_article,
    memory_band,
    memory_horizon,
    memory_name,
    memory_reopened,
    memory_version,
)
from store.trees import TREE
from tocsin.memory import Part

PAGE = 500
"""Roots that are looked at together."""

PIECE = 500
"""Articles that are dropped in one transaction: other writers wait no longer than that takes."""

MOST_WAITING = 5_000
"""Stories that wait for a part at which a search ends: behind them mostly more of them wait, and a part
that is behind for long would let each search go through millions."""

# A root that got a parent since it was found is none any more: its story is younger than it looks.
_OLD = text(
    TREE.replace("seq IN :roots", "seq IN :roots AND parent IS NULL")  # noqa: S608  # glued of constants
    + " SELECT tree.root AS root, count(*) AS size"
    " FROM tree JOIN memory_article a ON a.seq = tree.seq GROUP BY tree.root"
    " HAVING max(a.seen) < :before AND max(abs(a.state - :linked)) = 0"
).bindparams(bindparam("roots", expanding=True))

_WAITING = text(
    TREE  # noqa: S608  # glued of constants
    + " SELECT DISTINCT tree.root FROM tree JOIN memory_article a ON a.seq = tree.seq"
    " JOIN memory_version v ON v.article = a.id WHERE (v.finished & :parts) <> :parts"
).bindparams(bindparam("roots", expanding=True))

# The latest go first: no article loses its parent before it goes itself. They are gathered before they
# are sorted, or databases walk through all articles by the index of that order in search of the few.
_LATEST = text(
    TREE  # noqa: S608  # glued of constants
    + ", gone AS MATERIALIZED (SELECT a.seq, a.id, a.seen, a.ordinal, a.segment, a.bands"
    " FROM tree JOIN memory_article a ON a.seq = tree.seq)"
    " SELECT seq, id, ordinal, segment, bands FROM gone ORDER BY seen DESC, id DESC LIMIT :piece"
).bindparams(bindparam("roots", expanding=True))


_COUNT = text(
    "INSERT INTO memory_count (name, number) VALUES (:name, :number)"
    " ON CONFLICT (name) DO UPDATE SET number = memory_count.number + excluded.number"
)


def forget_stories(engine: Engine, before: datetime, limit: int, parts: Part) -> int:
    """See `Memory.forget`. Searches as a reader and drops in short transactions."""
    dropped = sum(
        _drop(engine, roots, microseconds(before), parts)
        for roots in _old_stories(engine, microseconds(before), limit, parts)
    )
    if dropped:
        with writing(engine) as connection:
            forget_empty(connection)
    return dropped


def horizon_of(connection: Connection) -> datetime | None:
    """See `Memory.horizon`."""
    known = connection.scalar(select(memory_horizon.c.since))
    return None if known is None else instant(known)


def count(connection: Connection, articles: int, versions: int) -> None:
    """Add to the numbers of articles and versions that are remembered."""
    if articles or versions:
        added = {"articles": articles, "versions": versions}
        connection.execute(_COUNT, [{"name": name, "number": added[name]} for name in added])


def _old_stories(engine: Engine, before: int, limit: int, parts: Part) -> Iterator[list[int]]:
    """Find the roots of old stories, the oldest first, as many at a time as make a piece."""
    columns = memory_article.c
    order = (columns.seen, columns.id)
    query = select(columns.seq, *order).order_by(*order).limit(PAGE)
    query = query.where(columns.parent.is_(None), columns.seen < before)
    rest, waiting = query, 0
    while limit > 0 and waiting < MOST_WAITING:
        with reading(engine) as connection:
            page = connection.execute(rest).all()
            sizes = _old(connection, [row.seq for row in page], before)
            wait = _waiting(connection, sorted(sizes), parts)
        if not page:
            return
        rest = query.where(tuple_(*order) > (page[-1].seen, page[-1].id))
        waiting += len(wait)
        old = [row.seq for row in page if row.seq in sizes.keys() - wait][:limit]
        limit -= len(old)
        yield from _pieces(old, sizes)


def _pieces(roots: Sequence[int], sizes: Mapping[int, int]) -> Iterator[list[int]]:
    piece: list[int] = []
    for root in roots:
        piece.append(root)
        if sum(sizes[each] for each in piece) >= PIECE:
            yield piece
            piece = []
    if piece:
        yield piece


def _old(connection: Connection, roots: Sequence[int], before: int) -> dict[int, int]:
    """Choose the roots whose stories are old and have nobody who waits to be linked; with their sizes."""
    if not roots:
        return {}
    rows = connection.execute(
        _OLD, {"roots": roots, "before": before, "linked": State.LINKED.value}
    )
    return {row.root: row.size for row in rows}


def _waiting(connection: Connection, roots: Sequence[int], parts: Part) -> set[int]:
    """Choose the roots of whose stories one of these parts has not finished a version."""
    if not roots or not parts:
        return set()
    return set(connection.scalars(_WAITING, {"roots": roots, "parts": parts.value}))


def _drop(engine: Engine, roots: Sequence[int], before: int, parts: Part) -> int:
    """Drop stories, unless one has grown young again since; return how many."""
    dropped = 0
    while True:
        with writing(engine) as connection:
            old = set(_old(connection, roots, before))
            old -= _waiting(connection, sorted(old), parts)
            if not old:
                return dropped
            _move_horizon(connection, before)
            keep_aliases(connection, sorted(old))
            latest = {"roots": sorted(old), "piece": PIECE}
            gone = connection.execute(_LATEST, latest).all()
            _drop_articles(connection, gone)
        dropped += len(old & {row.seq for row in gone})


def _drop_articles(connection: Connection, gone: Sequence[Row[Any]]) -> None:
    """Drop all that is known of some articles."""
    bands = [
        (row.segment, band, row.ordinal, row.seq)
        for row in gone
        for band in hashes_in(bytes(row.bands))
    ]
    key = ("segment", "hash", "ordinal", "article")
    delete_rows(connection, memory_band, key, sorted(bands))
    ids = [row.id for row in gone]
    for table in (memory_name, memory_reopened):
        connection.execute(delete(table).where(table.c.article.in_(ids)))
    versions = delete(memory_version).where(memory_version.c.article.in_(ids))
    lost = connection.execute(versions).rowcount
    seqs = [row.seq for row in gone]
    connection.execute(delete(memory_article).where(memory_article.c.seq.in_(seqs)))
    count(connection, -len(gone), -lost)


def _move_horizon(connection: Connection, before: int) -> None:
    known = connection.scalar(select(memory_horizon.c.since))
    if known is None or known < before:
        connection.execute(delete(memory_horizon))
        connection.execute(insert(memory_horizon).values(since=before))
