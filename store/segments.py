"""Segments: bands are filed by the time when they came, so that those of long ago are seldom read.

The hash of a band says nothing about its place: filed by hash alone, each of an article's bands lies on
another page of the disk, and with millions of articles hardly one of these pages is in the machine's
memory. So new articles go into the open segment, which is small enough to be there. When it is full, the
next one is opened, and it is sealed: a Bloom filter of its hashes is kept beside it, and it is read only
for hashes that the filter lets through (as log-structured stores do: O'Neil and others 1996).

A segment that is sealed gets no new bands. Those of an article that moves go from its own segment into the
open one.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from sqlalchemy import Connection, Engine, delete, exists, func, insert, select, update

from store.bloom import Filter, Hashes, filter_of, may_hold
from store.engine import reading, writing
from store.tables import memory_article, memory_band, memory_segment

SIZE = 50_000
"""Articles in a segment: 100 MB of bands, and a filter of 3 MB."""

_COLUMNS = memory_segment.c


class Open(NamedTuple):
    """The segment that new articles go into, and the least `seq` that they may get."""

    segment: int
    first: int


class Sealed(NamedTuple):
    """A sealed segment, and the ordinals between which all of its bands lie."""

    segment: int
    least: int
    greatest: int


class Asked(NamedTuple):
    """Hashes that are looked for, and the ordinals between which they matter, each as one array."""

    hashes: Hashes
    least: Hashes
    greatest: Hashes


@dataclass(frozen=True, slots=True)
class Filters:
    """The filters of sealed segments that this process has read: some 53 bytes an article.

    Kept by the number of the segment and its bounds: a store that was put back to an earlier state may
    have sealed another segment of this number.
    """

    known: dict[Sealed, Filter] = field(default_factory=dict)


def open_segment(connection: Connection) -> Open:
    """Find the open segment; begin the first one where there is none. Call it within `writing`."""
    newest = select(_COLUMNS.segment, _COLUMNS.first).order_by(_COLUMNS.segment.desc()).limit(1)
    row = connection.execute(newest).one_or_none()
    if row is None:
        connection.execute(insert(memory_segment).values(segment=0, first=1))
        return Open(0, 1)
    return Open(row.segment, row.first)


def grow(connection: Connection, opened: Open, size: int, following: int, moved: int) -> None:
    """Open the next segment where the open one has got so many articles, `following` being the next `seq`.

    `moved` articles went into it with this batch that have a `seq` of before. Call it within `writing`.
    """
    segment, first = opened
    came = following - first
    if moved:
        filed = select(func.count()).where(memory_article.c.segment == segment)
        came = max(came, connection.scalar(filed) or 0)
    if came >= size:
        connection.execute(insert(memory_segment).values(segment=segment + 1, first=following))


def oldest_full(connection: Connection) -> int | None:
    """Find the oldest segment that will get no more articles and has no filter yet."""
    newest = select(func.max(_COLUMNS.segment)).scalar_subquery()
    query = select(_COLUMNS.segment).where(_COLUMNS.filter.is_(None), _COLUMNS.segment < newest)
    return connection.scalar(query.order_by(_COLUMNS.segment).limit(1))


def seal(engine: Engine, segment: int) -> None:
    """Keep the filter of a full segment.

    It is made while others write, which takes seconds, and kept in a transaction of its own. Whoever is
    killed before leaves the segment as it was; of several who seal it at once the first one's stays.
    """
    articles = memory_article.c
    query = select(articles.ordinal, articles.bands).where(articles.segment == segment)
    with reading(engine) as connection:
        rows = connection.execute(query).all()
    ordinals = [row.ordinal for row in rows]
    bands = b"".join(row.bands for row in rows)
    # What leaves the segment meanwhile does not matter: a filter may let more through than is there.
    sealed = update(memory_segment).values(
        least=min(ordinals, default=0),
        greatest=max(ordinals, default=0),
        filter=filter_of(np.frombuffer(bands, dtype="<i8")),
    )
    with writing(engine) as connection:
        connection.execute(sealed.where(_COLUMNS.segment == segment, _COLUMNS.filter.is_(None)))


def places(
    connection: Connection, filters: Filters, asked: Asked
) -> Iterator[tuple[int, Sequence[int]]]:
    """Say where bands may be filed: (segment, which of the asked hashes), for each segment to be read."""
    everything = range(len(asked.hashes))
    query = select(_COLUMNS.segment, _COLUMNS.least, _COLUMNS.greatest)
    rows = connection.execute(query.order_by(_COLUMNS.segment)).all()
    _drop(filters, {Sealed(*row) for row in rows if row.least is not None})
    for segment, least, greatest in rows:
        if least is None:
            yield segment, everything
            continue
        within = np.flatnonzero((asked.least <= greatest) & (asked.greatest >= least))
        if len(within):
            sealed = Sealed(segment, least, greatest)
            held = may_hold(_filter(connection, filters, sealed), asked.hashes[within])
            if held.any():
                yield segment, within[held].tolist()


def forget_empty(connection: Connection) -> None:
    """Forget sealed segments of which no band is left. Call it within `writing`."""
    is_empty = ~exists().where(memory_band.c.segment == _COLUMNS.segment)
    connection.execute(delete(memory_segment).where(_COLUMNS.filter.is_not(None), is_empty))


def _filter(connection: Connection, filters: Filters, sealed: Sealed) -> Filter:
    """Read the filter of a segment, once in a process: it never changes."""
    if sealed not in filters.known:
        query = select(_COLUMNS.filter).where(_COLUMNS.segment == sealed.segment)
        filters.known[sealed] = np.frombuffer(connection.scalar(query) or b"", dtype=np.uint8)
    return filters.known[sealed]


def _drop(filters: Filters, left: Collection[Sealed]) -> None:
    for sealed in filters.known.keys() - left:
        del filters.known[sealed]
