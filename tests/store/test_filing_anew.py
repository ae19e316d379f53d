"""A store of the time before segments is filed anew, and all but its last segment are sealed at once."""

from collections.abc import Callable
from importlib import import_module

import numpy as np
import pytest
from sqlalchemy import Connection, Engine, delete, select

from store.bloom import Filter, filter_of, may_hold
from store.engine import reading, writing
from store.memory import SqlMemory
from store.tables import memory_article, memory_band, memory_segment
from tests.memories import TIME_TO_LIVE, an_article, prose, show

MIGRATION = import_module("store.migrations.versions.0008_segments")

ARTICLES = [an_article(f"site{at}", prose(at), -at) for at in range(12)]


@pytest.fixture
def engine(empty_store: Callable[[], Engine], monkeypatch: pytest.MonkeyPatch) -> Engine:
    """A store of twelve articles, of which the middle ones are forgotten, filed in segments of three."""
    monkeypatch.setattr(MIGRATION, "SIZE", 3)
    engine = empty_store()
    memory = SqlMemory(engine, TIME_TO_LIVE)
    for each in ARTICLES:
        show(memory, [each])
    with writing(engine) as connection:
        for table in (memory_band, memory_segment):
            connection.execute(delete(table))
        connection.execute(delete(memory_article).where(memory_article.c.seq.between(5, 8)))
        MIGRATION._fill(connection)
        MIGRATION._seal(connection)
    return engine


def filter_read(connection: Connection, segment: int) -> Filter:
    query = select(memory_segment.c.filter).where(memory_segment.c.segment == segment)
    return np.frombuffer(connection.scalar(query) or b"", dtype=np.uint8)


def test_all_segments_but_the_last_are_sealed(engine: Engine) -> None:
    columns = memory_segment.c
    with reading(engine) as connection:
        query = select(columns.segment, columns.first, columns.filter.is_not(None))
        found = connection.execute(query.order_by(columns.segment)).all()
        assert found == [(0, 1, True), (1, 3, True), (3, 9, True), (4, 12, False)]


def test_their_filters_let_everything_through_that_they_hold(engine: Engine) -> None:
    columns = memory_band.c
    with reading(engine) as connection:
        for segment in (0, 1, 3):
            query = select(columns.hash, columns.ordinal).where(columns.segment == segment)
            hashes, ordinals = np.array(connection.execute(query).all(), dtype=np.int64).T
            assert may_hold(filter_read(connection, segment), hashes).all()
            bounds = select(memory_segment.c.least, memory_segment.c.greatest)
            bounds = bounds.where(memory_segment.c.segment == segment)
            assert connection.execute(bounds).one() == (min(ordinals), max(ordinals))


def test_copies_of_what_was_filed_anew_are_found(engine: Engine) -> None:
    memory = SqlMemory(engine, TIME_TO_LIVE, segment=3)
    for seed in (0, 3, 9, 11):
        copy = an_article("copy", prose(seed), 10, path=f"story{seed}")
        show(memory, [copy])
        assert memory.roots([copy.id]) == {copy.id: ARTICLES[seed].id}


def test_filters_are_made_as_the_stream_makes_them() -> None:
    """Until filters change: then a migration makes all of them anew, and this test goes."""
    hashes = np.random.default_rng(1).integers(-(2**63), 2**63 - 1, size=5_000)
    assert MIGRATION._filter(hashes) == filter_of(hashes)


def test_what_moved_before_goes_into_the_open_segment(empty_store: Callable[[], Engine]) -> None:
    engine = empty_store()
    memory = SqlMemory(engine, TIME_TO_LIVE, segment=3)
    for each in ARTICLES[:5]:
        show(memory, [each])
    with writing(engine) as connection:
        for column in (memory_article.c.seq, memory_band.c.article):
            moved = column.table.update().where(column == 2)
            connection.execute(moved.values(segment=-1))
        import_module("store.migrations.versions.0011_indexes")._file_moved(connection)
        query = select(memory_article.c.segment).order_by(memory_article.c.seq)
        assert list(connection.scalars(query)) == [0, 1, 0, 1, 1]
    for each in ARTICLES[5:7]:
        show(memory, [each])
    copy = an_article("copy", prose(1), 10)
    show(memory, [copy])
    assert memory.roots([copy.id]) == {copy.id: ARTICLES[1].id}
