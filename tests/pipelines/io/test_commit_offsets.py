"""Where a group goes on: behind what is done without a gap, in whatever order and however often that is told."""

import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.io import commit_offsets, halting
from pipelines.io.commit_offsets import CommitFn, JoinFn, chain_of, chained, joined
from pipelines.io.log import KafkaLog, Share
from schemas import Halted
from tocsin.dead_letters import LONGEST_RUN, Limit

LOG = KafkaLog.of({}, topic="articles", group="readers")

Stretch = tuple[int, int]

stretches = st.lists(
    st.tuples(st.integers(0, 60), st.integers(1, 9)).map(lambda it: (it[0], it[0] + it[1]))
)


def offsets(some: Sequence[Stretch]) -> set[int]:
    return {offset for start, end in some for offset in range(start, end)}


@given(stretches)
def test_joined_are_the_same_offsets_sorted_and_apart(some: list[Stretch]) -> None:
    found = joined(some)
    assert offsets(found) == offsets(some)
    assert all(end < start for (_, end), (start, _) in pairwise(found))


@given(st.integers(0, 30), stretches)
def test_a_chain_ends_at_the_first_gap(reached: int, some: list[Stretch]) -> None:
    end, rest = chained(reached, some)
    done = offsets(some) | set(range(reached))
    assert end == next(offset for offset in range(100) if offset not in done)
    assert offsets(rest) == {offset for offset in offsets(some) if offset > end}


@given(st.integers(0, 30), stretches, st.randoms(use_true_random=False))
def test_a_chain_does_not_depend_on_the_order_or_on_repeats(
    reached: int, some: list[Stretch], chance: random.Random
) -> None:
    wanted = chained(reached, some)
    shuffled = [*some, *some[:3]]
    chance.shuffle(shuffled)
    rest: list[Stretch] = []
    for each in shuffled:
        reached, rest = chained(reached, [*rest, each])
    assert (reached, rest) == wanted


class Cell:
    """State of a runner for one key: `end` and `waiting` as a DoFn is given them."""

    def __init__(self, end: int | None = None, waiting: Sequence[Stretch] = ()) -> None:
        self.end, self.waiting = end, list(waiting)

    def copy(self) -> "Cell":
        return Cell(self.end, self.waiting)


class End:
    def __init__(self, cell: Cell) -> None:
        self._cell = cell

    def read(self) -> int | None:
        return self._cell.end

    def write(self, end: int) -> None:
        self._cell.end = end


class Waiting:
    def __init__(self, cell: Cell) -> None:
        self._cell = cell

    def read(self) -> list[Stretch]:
        return list(self._cell.waiting)

    def clear(self) -> None:
        self._cell.waiting = []

    def add(self, each: Stretch) -> None:
        self._cell.waiting.append(each)


class Reader:
    """What stands where a broker would: the committed offset of one partition."""

    def __init__(self, committed: int) -> None:
        self.stands = committed
        self.history = [committed]

    def committed_in(self, partition: int) -> int:
        assert partition == 0
        return self.stands

    def commit(self, found: dict[int, int]) -> None:
        self.stands = found[0]
        self.history.append(self.stands)


@contextmanager
def reading(reader: Reader) -> Iterator[None]:
    """Let the DoFn meet this reader, in a process that knows of nothing yet."""

    @contextmanager
    def leased(log: KafkaLog, share: Share, purpose: str) -> Iterator[Reader]:
        yield reader

    chain_of.cache_clear()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(commit_offsets, "leased", leased)
        yield


def bundle(some: Sequence[Stretch], cell: Cell) -> CommitFn:
    """Work on a bundle up to its end, which is still to come."""
    dofn = CommitFn(LOG)
    dofn.start_bundle()
    for each in some:
        dofn.process((0, each), End(cell), Waiting(cell))
    return dofn


acks = st.integers(1, 40).flatmap(
    lambda size: st.tuples(
        st.just(size), st.lists(st.integers(0, size - 1), max_size=20), st.integers(1, 9)
    )
)


@given(st.integers(0, 50), acks, st.randoms(use_true_random=False))
def test_acks_shuffled_split_and_repeated_commit_the_same(
    begin: int, told: tuple[int, list[int], int], chance: random.Random
) -> None:
    size, again, pieces = told
    done = [(begin + each, begin + each + 1) for each in (*range(size), *again)]
    chance.shuffle(done)
    reader, cell = Reader(begin), Cell()
    with reading(reader):
        for start in range(0, len(done), pieces):
            bundle(done[start : start + pieces], cell).finish_bundle()
            missing = {begin + it for it in range(size)} - offsets(done[: start + pieces])
            assert reader.stands == min(missing, default=begin + size)
    assert reader.history == sorted(reader.history)


@given(st.integers(0, 50), acks, st.randoms(use_true_random=False))
def test_no_ack_is_forgotten_by_a_runner_that_lets_the_last_state_stand(
    begin: int, told: tuple[int, list[int], int], chance: random.Random
) -> None:
    size, again, pieces = told
    done = [(begin + each, begin + each + 1) for each in (*range(size), *again)]
    chance.shuffle(done)
    reader, cell, open_bundles = Reader(begin), Cell(), list[tuple[CommitFn, Cell]]()
    with reading(reader):
        for start in range(0, len(done), pieces):
            seen = cell.copy()  # state as it was before the bundles beside it
            open_bundles.append((bundle(done[start : start + pieces], seen), seen))
            while len(open_bundles) > chance.randrange(3):
                dofn, seen = open_bundles.pop(chance.randrange(len(open_bundles)))
                dofn.finish_bundle()
                cell = seen
        for dofn, _ in open_bundles:
            dofn.finish_bundle()
    assert reader.stands == begin + size
    assert reader.history == sorted(reader.history)


@given(acks, st.randoms(use_true_random=False))
def test_another_process_goes_on_with_what_the_runner_keeps(
    told: tuple[int, list[int], int], chance: random.Random
) -> None:
    size, _, pieces = told
    done = [(each, each + 1) for each in range(size)]
    chance.shuffle(done)
    reader, cell = Reader(0), Cell()
    for start in range(0, len(done), pieces):
        with reading(reader):
            bundle(done[start : start + pieces], cell).finish_bundle()
    assert reader.stands == size


def test_who_halts_over_dead_letters_has_committed_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(halting, "_limit", Limit())
    monkeypatch.setattr(halting, "_written", {})
    monkeypatch.setattr(halting, "_committed", {})
    end = LONGEST_RUN + 1
    halting.note_dead(f"kafka:articles/0@{offset}" for offset in range(end))
    reader, cell = Reader(0), Cell()
    with reading(reader):
        bundle([(0, 200)], cell).finish_bundle()
        with pytest.raises(Halted):
            bundle([(200, end)], cell).finish_bundle()
    assert reader.history == [0, 200, end]


def test_a_bundle_is_joined_by_partition() -> None:
    dofn = JoinFn()
    dofn.start_bundle()
    for each in [(0, (3, 4)), (1, (7, 8)), (0, (1, 2)), (0, (2, 3))]:
        dofn.process(each)
    found: list[Any] = [each.value for each in dofn.finish_bundle()]
    assert found == [(0, (1, 4)), (1, (7, 8))]
