"""Segments are sealed while others write, and whoever else does it or is killed does no harm."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import Engine, select

from store import bloom
from store.bloom import Hashes
from store.engine import reading
from store.memory import SqlMemory
from store.tables import memory_segment
from tests.memories import TIME_TO_LIVE, an_article, prose, show
from tests.store.test_segments import bands, numbered, one_by_one, segments
from tocsin.memory import Part, Seen


def between(monkeypatch: pytest.MonkeyPatch, happens: Callable[[], object]) -> None:
    """Have something happen while a filter is made: once, before it is kept."""
    waiting = [happens]

    def filter_of(hashes: Hashes) -> bytes:
        if waiting:
            waiting.pop()()
        return bloom.filter_of(hashes)

    monkeypatch.setattr("store.segments.filter_of", filter_of)


def test_others_write_while_a_segment_is_sealed(
    empty_store: Callable[[], Engine], monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = empty_store()
    other, late = SqlMemory(engine, TIME_TO_LIVE, segment=2), an_article("late", prose(9), 9)
    between(monkeypatch, lambda: show(other, [late]))
    one_by_one(SqlMemory(engine, TIME_TO_LIVE, segment=2), numbered(3))
    with reading(engine) as connection:
        assert segments(connection) == [(0, 1, True), (1, 3, True), (2, 5, False)]
        assert len(bands(connection, 1)) == len(bands(connection, 0))


def filters(engine: Engine) -> list[bytes | None]:
    query = select(memory_segment.c.filter).order_by(memory_segment.c.segment)
    with reading(engine) as connection:
        return list(connection.scalars(query))


def test_of_two_who_seal_at_once_the_first_ones_filter_stays(
    empty_store: Callable[[], Engine], monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = empty_store()
    articles, moved = numbered(4), an_article("site0", prose(100), -1)
    memory, other = (SqlMemory(engine, TIME_TO_LIVE, segment=3) for _ in range(2))
    found: list[list[bytes | None]] = []

    def the_other_seals_it() -> None:
        show(other, [moved])  # and takes an article out of it before
        found.append(filters(engine))

    between(monkeypatch, the_other_seals_it)
    one_by_one(memory, articles)
    assert [each is not None for each in found[0]] == [True, False]
    assert filters(engine) == found[0]
    for original, seed in zip([moved, *articles[1:]], [100, 1, 2, 3], strict=True):
        copy = an_article("copy", prose(seed), 10, path=f"story{seed}")
        show(memory, [copy])
        assert memory.roots([copy.id]) == {copy.id: original.id}


def test_what_is_sealed_and_forgotten_meanwhile_is_left_alone(
    empty_store: Callable[[], Engine], monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = empty_store()
    articles, memory = numbered(2), SqlMemory(engine, TIME_TO_LIVE, segment=2)

    def the_other_forgets_it() -> None:
        show(SqlMemory(engine, TIME_TO_LIVE, segment=2), articles)
        memory.forget(articles[-1].first_seen + timedelta(days=9), 100, Part(0))

    between(monkeypatch, the_other_forgets_it)
    memory.remember(articles)
    with reading(engine) as connection:
        assert segments(connection) == [(1, 3, False)]


def test_a_segment_whose_sealing_was_killed_is_sealed_by_the_next_batch(
    empty_store: Callable[[], Engine], monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = empty_store()
    articles = numbered(3)

    def killed() -> None:
        raise KeyboardInterrupt

    between(monkeypatch, killed)
    with pytest.raises(KeyboardInterrupt):
        one_by_one(SqlMemory(engine, TIME_TO_LIVE, segment=2), articles[:2])
    memory = SqlMemory(engine, TIME_TO_LIVE, segment=2)
    with reading(engine) as connection:
        assert segments(connection) == [(0, 1, False), (1, 3, False)]
    assert memory.remember(articles[1:]) == [Seen.DUPLICATE, Seen.NEW]
    with reading(engine) as connection:
        assert segments(connection) == [(0, 1, True), (1, 3, False)]
