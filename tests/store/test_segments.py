from collections.abc import Callable
from datetime import timedelta

import numpy as np
import pytest
from sqlalchemy import Connection, Engine, select

from schemas import Article
from store.engine import reading, writing
from store.memory import SqlMemory
from store.segments import Asked, Filters, forget_empty, open_segment, places
from store.tables import memory_article, memory_band, memory_segment, memory_version
from tests.memories import TIME_TO_LIVE, an_article, prose, show
from tocsin.fingerprint import fingerprint
from tocsin.memory import WHOLE

FAR = 2**62

ELSEWHERE = fingerprint("", prose(999)).bands[0]
"""A hash of an article that was never shown."""


def numbered(count: int) -> list[Article]:
    """Articles that have nothing in common, an hour apart."""
    return [an_article(f"site{at}", prose(at), at) for at in range(count)]


def one_by_one(memory: SqlMemory, articles: list[Article]) -> None:
    for each in articles:
        show(memory, [each])


def asked(hashes: list[int], least: int = 0, greatest: int = FAR) -> Asked:
    def same(number: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        return np.full(len(hashes), number, dtype=np.int64)

    return Asked(np.array(hashes, dtype=np.int64), same(least), same(greatest))


def bands(connection: Connection, segment: int) -> list[int]:
    query = select(memory_band.c.hash).where(memory_band.c.segment == segment)
    return list(connection.scalars(query.order_by(memory_band.c.hash)))


def hashes_of(seed: int) -> list[int]:
    """The hashes of the bands of a text."""
    return sorted(set(fingerprint("", prose(seed)).bands))


def segments(connection: Connection) -> list[tuple[int, int, bool]]:
    """Each segment, its first `seq`, and whether it is sealed."""
    columns = memory_segment.c
    query = select(columns.segment, columns.first, columns.filter.is_not(None))
    return [tuple(row) for row in connection.execute(query.order_by(columns.segment))]


def test_a_full_segment_is_sealed_and_the_next_one_opened(
    empty_store: Callable[[], Engine],
) -> None:
    engine = empty_store()
    one_by_one(SqlMemory(engine, TIME_TO_LIVE, segment=2), numbered(5))
    with reading(engine) as connection:
        assert segments(connection) == [(0, 1, True), (1, 3, True), (2, 5, False)]
        filed = select(memory_article.c.segment).order_by(memory_article.c.seq)
        assert list(connection.scalars(filed)) == [0, 0, 1, 1, 2]


def test_a_sealed_segment_is_read_only_for_what_it_may_hold(
    empty_store: Callable[[], Engine],
) -> None:
    engine = empty_store()
    one_by_one(SqlMemory(engine, TIME_TO_LIVE, segment=2), numbered(5))
    with reading(engine) as connection:
        mine = bands(connection, 0)[:3]
        found = dict(places(connection, Filters(), asked([*mine, ELSEWHERE])))
        assert found.keys() == {0, 2}, "the open one is always read"
        assert list(found[0]) == [0, 1, 2]
        assert list(found[2]) == [0, 1, 2, 3]


def test_a_sealed_segment_is_not_read_for_another_time(empty_store: Callable[[], Engine]) -> None:
    engine = empty_store()
    one_by_one(SqlMemory(engine, TIME_TO_LIVE, segment=2), numbered(5))
    with reading(engine) as connection:
        ordinals = list(
            connection.scalars(select(memory_article.c.ordinal).order_by(memory_article.c.seq))
        )
        mine = bands(connection, 0)[:1]
        at_its_end = dict(places(connection, Filters(), asked(mine, ordinals[1])))
        behind = dict(places(connection, Filters(), asked(mine, ordinals[1] + 1)))
        before = dict(places(connection, Filters(), asked(mine, 0, ordinals[0] - 1)))
    assert (0 in at_its_end, 0 in behind, 0 in before) == (True, False, False)


def test_the_bands_of_an_article_that_moves_go_into_the_open_segment(
    empty_store: Callable[[], Engine],
) -> None:
    engine = empty_store()
    memory = SqlMemory(engine, TIME_TO_LIVE, segment=3)
    one_by_one(memory, numbered(4))
    earlier = an_article("site0", prose(100), -1)
    one_by_one(memory, [earlier])
    with reading(engine) as connection:
        assert len(bands(connection, 0)) == len(bands(connection, 1))
        assert set(hashes_of(100)) <= set(bands(connection, 1))
    copy = an_article("another", prose(100), 7)
    show(memory, [copy])
    assert memory.roots([copy.id]) == {copy.id: earlier.id}


def test_a_segment_that_is_full_of_what_moved_is_sealed_too(
    empty_store: Callable[[], Engine],
) -> None:
    """As when an archive tells of everything that it was there before."""
    engine = empty_store()
    memory = SqlMemory(engine, TIME_TO_LIVE, segment=2)
    one_by_one(memory, numbered(4))
    moved = [an_article(f"site{at}", prose(100 + at), at - 9) for at in range(4)]
    one_by_one(memory, moved)
    with reading(engine) as connection:
        assert segments(connection) == [
            *((0, 1, True), (1, 3, True)),
            *((2, 5, True), (3, 5, True), (4, 5, False)),
        ]
        assert dict(places(connection, Filters(), asked([ELSEWHERE]))).keys() == {4}
        for at in range(4):
            mine = hashes_of(100 + at)
            found = dict(places(connection, Filters(), asked(mine)))
            assert list(found[2 + at // 2]) == list(range(len(mine)))
    for at, each in enumerate(moved):
        copy = an_article("copy", prose(100 + at), 10, path=f"story{at}")
        show(memory, [copy])
        assert memory.roots([copy.id]) == {copy.id: each.id}


def test_a_sealed_segment_that_is_empty_is_forgotten_and_its_number_never_used_again(
    empty_store: Callable[[], Engine],
) -> None:
    engine = empty_store()
    memory = SqlMemory(engine, TIME_TO_LIVE, segment=2)
    articles = numbered(6)
    one_by_one(memory, articles)
    memory.finish([(each.id, each.version) for each in articles], WHOLE)
    memory.forget(articles[-1].first_seen + timedelta(days=1), 100, WHOLE)
    assert memory.counts()["articles"] == 0
    with reading(engine) as connection:
        assert segments(connection) == [(3, 7, False)]
    again = numbered(1)
    show(memory, again)
    with reading(engine) as connection:
        assert connection.execute(select(memory_article.c.seq, memory_article.c.segment)).all() == [
            (7, 3)
        ]


def test_a_segment_that_holds_something_stays(empty_store: Callable[[], Engine]) -> None:
    engine = empty_store()
    one_by_one(SqlMemory(engine, TIME_TO_LIVE, segment=2), numbered(4))
    with writing(engine) as connection:
        before = segments(connection)
        forget_empty(connection)
        assert segments(connection) == before


def test_what_is_not_sealed_yet_is_sealed_one_at_a_time(empty_store: Callable[[], Engine]) -> None:
    """A store of an older release has many segments without a filter."""
    engine = empty_store()
    memory = SqlMemory(engine, TIME_TO_LIVE, segment=2)
    articles = numbered(5)
    one_by_one(memory, articles)
    with writing(engine) as connection:
        connection.execute(memory_segment.update().values(least=None, greatest=None, filter=None))
    copy = an_article("copy", prose(0), 10)
    show(memory, [copy])
    assert memory.roots([copy.id]) == {copy.id: articles[0].id}
    with reading(engine) as connection:
        assert [sealed for *_, sealed in segments(connection)] == [True, False, False, False]


def test_segments_may_have_gaps_in_their_numbers(empty_store: Callable[[], Engine]) -> None:
    """A store of an older release was filed by numbers of articles, of which many were forgotten."""
    engine = empty_store()
    memory = SqlMemory(engine, TIME_TO_LIVE, segment=2)
    articles = numbered(3)
    one_by_one(memory, articles)
    with writing(engine) as connection:
        connection.execute(memory_segment.update().values(least=None, greatest=None, filter=None))
        for table in (memory_segment, memory_article, memory_band):
            behind = table.c.segment == 1
            connection.execute(table.update().where(behind).values(segment=7))
    copy = an_article("copy", prose(0), 10)
    show(memory, [copy])
    assert memory.roots([copy.id]) == {copy.id: articles[0].id}
    with reading(engine) as connection:
        assert segments(connection) == [(0, 1, True), (7, 3, False), (8, 5, False)]


def test_a_store_that_was_put_back_is_asked_for_its_own_filters(
    empty_store: Callable[[], Engine],
) -> None:
    engine = empty_store()
    memory = SqlMemory(engine, TIME_TO_LIVE, segment=2)
    one_by_one(memory, numbered(4))
    with writing(engine) as connection:
        for table in (memory_segment, memory_article, memory_band, memory_version):
            connection.execute(table.delete())
    others = [an_article(f"other{at}", prose(50 + at), at) for at in range(4)]
    one_by_one(SqlMemory(engine, TIME_TO_LIVE, segment=2), others)
    copy = an_article("copy", prose(50), 10)
    show(memory, [copy])
    assert memory.roots([copy.id]) == {copy.id: others[0].id}


@pytest.mark.parametrize("size", [1, 2, 5])
def test_copies_are_found_whatever_segments_they_lie_in(
    empty_store: Callable[[], Engine], size: int
) -> None:
    memory = SqlMemory(empty_store(), TIME_TO_LIVE, segment=size)
    articles = [an_article(f"site{at}", prose(at % 3), at) for at in range(9)]
    one_by_one(memory, articles[3:] + articles[:3])
    roots = memory.roots([each.id for each in articles])
    assert [roots[each.id] for each in articles] == [each.id for each in articles[:3]] * 3


def test_the_first_article_begins_the_first_segment(connection: Connection) -> None:
    assert open_segment(connection) == (0, 1)
    assert segments(connection) == [(0, 1, False)]
