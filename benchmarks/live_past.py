"""A past for the stream: millions of remembered articles, put into the tables of memory as bulk rows.

Going through the stream would take days. So rows are made: hashes of bands are random numbers, as those of
texts without copies are; every tenth article is a copy with all hashes of an earlier one; sketches, records
and addresses are those of real articles, again and again. What was first seen is spread over the time to
live, up to now, and both parts are done with all of it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlalchemy import Connection, Engine, Table, insert, text

from schemas import Article
from store import segments, tables
from store.bulk import insert_rows
from store.engine import reading, writing
from store.forgetting import count
from store.ordinals import NONE_LATER, State
from tocsin.fingerprint import BANDS, fingerprint
from tocsin.versions import keep

CHUNK = segments.SIZE
"""Articles made at once: a segment of bands, so that each is written in the order of its index."""

ROWS = 200_000
"""Bands written by one statement."""

COPIES = 10
TABLES = (tables.memory_article, tables.memory_version, tables.memory_band)


@dataclass(frozen=True, slots=True)
class Chunk:
    """Articles `first` and on: hashes (one row an article), first seen, ordinals, and parents."""

    first: int
    hashes: Any
    seen: Any
    ordinals: Any
    parents: Any


def remember_past(
    engine: Engine, number: int, sample: Sequence[Article], start: int, end: int
) -> None:
    """Remember so many articles first seen between two instants (microseconds)."""
    with writing(engine) as connection:
        for table in TABLES:
            for index in table.indexes:
                index.drop(connection)
    prints = [fingerprint(each.title, each.text).sketch for each in sample]
    records = [keep(each).record for each in sample]
    for segment, chunk in enumerate(chunks(number, start, end)):
        with writing(engine) as connection:
            write_articles(connection, segment, chunk, sample, prints, records)
            write_bands(connection, segment, chunk)
    with writing(engine) as connection:
        for table in TABLES:
            for index in table.indexes:
                index.create(connection)
        count(connection, number, number)
    while (full := _oldest_full(engine)) is not None:
        segments.seal(engine, full)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))  # as PostgreSQL does by itself after a while


def _oldest_full(engine: Engine) -> int | None:
    with reading(engine) as connection:
        return segments.oldest_full(connection)


def chunks(number: int, start: int, end: int) -> Iterator[Chunk]:
    """Make the articles, the same ones every time."""
    for first in range(0, number, CHUNK):
        size = min(CHUNK, number - first)
        chance = np.random.default_rng(first)
        hashes = chance.integers(1, 2**63 - 1, size=(size, BANDS + 1))
        places = np.arange(size)
        copies = places[places % COPIES == COPIES - 1]
        parents = np.full(size, -1)
        parents[copies] = copies - COPIES + 1
        hashes[copies, :BANDS] = hashes[parents[copies], :BANDS]
        seen = start + (first + places) * (end - start) // number
        ordinals = (seen << 9) | chance.integers(0, 512, size=size)
        yield Chunk(first + 1, hashes, seen, ordinals, parents)


def write_articles(
    connection: Connection,
    segment: int,
    chunk: Chunk,
    sample: Sequence[Article],
    prints: Sequence[bytes],
    records: Sequence[bytes],
) -> None:
    """Write the rows of articles and their versions, and that of their segment."""
    articles, versions = [], []
    for place in range(len(chunk.seen)):
        seq = chunk.first + place
        which = seq % len(sample)
        # An id begins with the bits that its ordinal ends with.
        id = f"{int(chunk.ordinals[place] & 511) << 3:03x}{seq:029x}"
        seen = int(chunk.seen[place])
        parent = int(chunk.parents[place])
        link = (None, 0.0) if parent < 0 else (chunk.first + parent, 1.0)
        page = sample[which]
        where = (seq, id, seen, int(chunk.ordinals[place]), page.version, page.url, page.publisher)
        bands = chunk.hashes[place].astype("<i8").tobytes()
        articles.append((*where, bands, prints[which], *link, State.LINKED, segment))
        versions.append((id, page.version, seen, True, 3, False, records[which]))
    insert_rows(connection, tables.memory_article, articles)
    insert_rows(connection, tables.memory_version, versions)
    opened = insert(tables.memory_segment).values(segment=segment, first=chunk.first)
    connection.execute(opened)


def write_bands(connection: Connection, segment: int, chunk: Chunk) -> None:
    """Write the rows of the bands of a segment, in the order of their index."""
    articles, _ = np.nonzero(chunk.hashes)
    until = np.where(chunk.parents < 0, NONE_LATER, chunk.ordinals[chunk.parents])
    where = np.full(len(articles), segment)
    columns = (where, chunk.hashes.ravel(), chunk.ordinals[articles], articles + chunk.first)
    rows = np.stack((*columns, until[articles]))
    rows = rows[:, np.lexsort((rows[3], rows[2], rows[1]))]
    for first in range(0, rows.shape[1], ROWS):
        copy(connection, tables.memory_band, rows[:, first : first + ROWS].T.tolist())


def copy(connection: Connection, table: Table, rows: Sequence[Sequence[int]]) -> None:
    """Write many rows of numbers by the quickest way there is."""
    if connection.dialect.name == "sqlite":
        insert_rows(connection, table, [tuple(row) for row in rows])
        return
    cursor = connection.connection.cursor()
    with cursor.copy(f"COPY {table.name} FROM STDIN") as opened:
        opened.write("".join("\t".join(map(str, row)) + "\n" for row in rows))
