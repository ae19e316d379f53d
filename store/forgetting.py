"""Forgetting over SQL: whole stories go, once their last article is old, so that memory stays small.

What is left answers as before: nothing that goes is above or below anything that stays.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, Row, bindparam, delete, insert, select, text, tuple_

from store.bands import hashes_in
from store.bulk import delete_rows
from store.engine import reading, writing
from store.ordinals import State, microseconds
from store.tables import (
    memory_article,
    memory_band,
    memory_horizon,
    memory_name,
    memory_reopened,
    memory_version,
)
from store.trees import TREE

PAGE = 500
"""Roots that are looked at together."""

PIECE = 500
"""Articles that are dropped in one transaction: other writers wait no longer than that takes."""

_OLD = text(
    TREE  # noqa: S608  # glued of constants
    + " SELECT tree.root AS root, count(*) AS size"
    " FROM tree JOIN memory_article a ON a.seq = tree.seq GROUP BY tree.root"
    " HAVING max(a.seen) < :before AND max(abs(a.state - :linked)) = 0"
).bindparams(bindparam("roots", expanding=True))

# The latest go first: no article loses its parent before it goes itself. They are gathered before they
# are sorted, or databases walk through all articles by the index of that order in search of the few.
_LATEST = text(
    TREE  # noqa: S608  # glued of constants
    + ", gone AS MATERIALIZED (SELECT a.seq, a.id, a.seen, a.ordinal, a.bands"
    " FROM tree JOIN memory_article a ON a.seq = tree.seq)"
    " SELECT seq, id, ordinal, bands FROM gone ORDER BY seen DESC, id DESC LIMIT :piece"
).bindparams(bindparam("roots", expanding=True))


_COUNT = text(
    "INSERT INTO memory_count (name, number) VALUES (:name, :number)"
    " ON CONFLICT (name) DO UPDATE SET number = memory_count.number + excluded.number"
)


def forget_stories(engine: Engine, before: datetime, limit: int) -> int:
    """See `Memory.forget`. Searches as a reader and drops in short transactions."""
    return sum(
        _drop(engine, roots, microseconds(before))
        for roots in _old_stories(engine, microseconds(before), limit)
    )


def count(connection: Connection, articles: int, versions: int) -> None:
    """Add to the numbers of articles and versions that are remembered."""
    if articles or versions:
        added = {"articles": articles, "versions": versions}
        connection.execute(_COUNT, [{"name": name, "number": added[name]} for name in added])


def _old_stories(engine: Engine, before: int, limit: int) -> Iterator[list[int]]:
    """Find the roots of old stories, the oldest first, as many at a time as make a piece."""
    columns = memory_article.c
    order = (columns.seen, columns.id)
    query = select(columns.seq, *order).order_by(*order).limit(PAGE)
    query = query.where(columns.parent.is_(None), columns.seen < before)
    rest = query
    while limit > 0:
        with reading(engine) as connection:
            page = connection.execute(rest).all()
            sizes = _old(connection, [row.seq for row in page], before)
        if not page:
            return
        rest = query.where(tuple_(*order) > (page[-1].seen, page[-1].id))
        old = [row.seq for row in page if row.seq in sizes][:limit]
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


def _drop(engine: Engine, roots: Sequence[int], before: int) -> int:
    """Drop stories, unless one has grown young again since; return how many."""
    dropped = 0
    while True:
        with writing(engine) as connection:
            old = _old(connection, roots, before)
            if not old:
                return dropped
            _move_horizon(connection, before)
            latest = {"roots": list(old), "piece": PIECE}
            gone = connection.execute(_LATEST, latest).all()
            _drop_articles(connection, gone)
        dropped += len(old.keys() & {row.seq for row in gone})


def _drop_articles(connection: Connection, gone: Sequence[Row[Any]]) -> None:
    """Drop all that is known of some articles."""
    bands = [(band, row.ordinal, row.seq) for row in gone for band in hashes_in(bytes(row.bands))]
    delete_rows(connection, memory_band, ("hash", "ordinal", "article"), sorted(bands))
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
