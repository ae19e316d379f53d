"""Bands that are wanted: which articles share some with those of a batch, asked in one statement a batch.

What is asked for goes into a temporary table first; the database joins it with the bands of all segments
that may hold them.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Executable,
    Index,
    MetaData,
    Table,
    delete,
    text,
)
from sqlalchemy.schema import CreateIndex, CreateTable

from store.bulk import insert_rows
from store.ordinals import NONE_LATER
from store.segments import Asked, Filters, places


class Wish(NamedTuple):
    """A band of an article (`seq`) that is looked for.

    Earlier articles count from the ordinal `since` on up to its `own`; later ones up to `until`, and only
    where it `takes_over`.
    """

    article: int
    hash: int
    since: int
    own: int
    until: int
    takes_over: bool


_wanted = Table(
    "memory_wanted",
    MetaData(),
    *(
        Column(name, BigInteger)
        for name in ("article", "segment", "hash", "since", "own", "until", "takes_over")
    ),
    Index("memory_wanted_article", "article"),
    prefixes=["TEMPORARY"],
)
"""The bands that a batch asks for: a temporary table, each connection has its own.

Its index counts: PostgreSQL is told to go by indexes alone (`store.engine`), and where this table has none,
it walks through all bands that there are in the order of theirs.
"""

_CREATE: tuple[Executable, ...] = (
    CreateTable(_wanted, if_not_exists=True),
    *(CreateIndex(each, if_not_exists=True) for each in _wanted.indexes),
)

_EMPTY: dict[str, Executable] = {
    "sqlite": delete(_wanted),
    "postgresql": text("TRUNCATE memory_wanted"),  # what is deleted stays in it: nobody tidies it
}

_EARLIEST = text(
    "SELECT DISTINCT w.article, b.article FROM memory_wanted w CROSS JOIN memory_band b"
    " WHERE b.segment = w.segment AND b.hash = w.hash AND b.article <> w.article AND b.ordinal = ("
    "  SELECT c.ordinal FROM memory_band c WHERE c.segment = w.segment AND c.hash = w.hash"
    "  AND c.ordinal >= w.since AND c.ordinal <= w.own AND c.article <> w.article"
    "  ORDER BY c.ordinal LIMIT 1)"
)

_ALL_EARLIER = text(
    "SELECT DISTINCT b.ordinal, b.article FROM memory_wanted w CROSS JOIN memory_band b"
    " WHERE w.article = :article AND b.segment = w.segment AND b.hash = w.hash"
    " AND b.article <> w.article"
    " AND b.ordinal >= w.since AND b.ordinal <= w.own ORDER BY b.ordinal, b.article"
)

# Those without a parent and those with a later one are asked for apart: each is one range of the
# index on (segment, hash, until, ordinal).
_LATER = text(
    "SELECT w.article, b.article FROM memory_wanted w CROSS JOIN memory_band b"
    " WHERE w.takes_over = 1 AND b.segment = w.segment AND b.hash = w.hash"
    " AND b.until = :none_later"
    " AND b.ordinal >= w.own AND b.ordinal <= w.until AND b.article <> w.article"
    " UNION SELECT w.article, b.article FROM memory_wanted w CROSS JOIN memory_band b"
    " WHERE w.takes_over = 1 AND b.segment = w.segment AND b.hash = w.hash"
    " AND b.until >= w.own AND b.until < :none_later"
    " AND b.ordinal >= w.own AND b.ordinal <= w.until AND b.article <> w.article"
)


def want(connection: Connection, filters: Filters, wishes: Iterable[Wish]) -> None:
    """Write down which bands are asked for, in each segment where they may be filed."""
    for statement in _CREATE:
        connection.execute(statement)
    connection.execute(_EMPTY[connection.dialect.name])
    asked = list(wishes)
    numbers = np.array([(each.hash, each.since, each.until) for each in asked], dtype=np.int64)
    for segment, which in places(connection, filters, Asked(*numbers.T.copy())):
        insert_rows(connection, _wanted, [_row(asked[at], segment) for at in which])


def _row(wish: Wish, segment: int) -> tuple[int, ...]:
    article, *rest, takes_over = wish
    return (article, segment, *rest, int(takes_over))


def earliest(connection: Connection) -> Sequence[tuple[int, int]]:
    """Find, for each band that is wanted and each segment, the earliest other article: pairs of `seq`."""
    return [(article, other) for article, other in connection.execute(_EARLIEST)]


def all_earlier(connection: Connection, article: int) -> Sequence[tuple[int, int]]:
    """Find all earlier articles that share a band with one: (ordinal, `seq`), in that order."""
    rows = connection.execute(_ALL_EARLIER, {"article": article})
    return [(ordinal, other) for ordinal, other in rows]


def later(connection: Connection) -> Sequence[tuple[int, int]]:
    """Find (taker, child) where a later article shares a band with a taker, and has no earlier parent."""
    rows = connection.execute(_LATER, {"none_later": NONE_LATER})
    return [(taker, child) for taker, child in rows]
