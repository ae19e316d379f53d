"""Which record kills is found out by counting, and only after something has died."""

import threading
from pathlib import Path

import pytest

from pipelines.io import careful
from pipelines.io.careful import MOST_ATTEMPTS, REOPENED_AT_ONCE, Careful, end_in_order, here


@pytest.fixture
def store(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'tocsin.db'}"


@pytest.fixture(autouse=True)
def process(monkeypatch: pytest.MonkeyPatch) -> None:
    """What ends in order at the end of a process ends with the test."""
    monkeypatch.setattr(careful, "_reading", [])
    monkeypatch.setattr(careful, "_here", threading.local())


def started(store: str) -> Careful:
    return Careful.begin(store, "reader", 3)


def test_the_first_reader_and_one_after_an_end_in_order_do_not_count(store: str) -> None:
    first = started(store)
    assert first.limit(200) == 200
    assert not first.is_deadly(0, 7)
    end_in_order()
    assert started(store).limit(200) == 200


def test_after_a_death_as_many_are_read_one_by_one_as_may_have_been_in_work(store: str) -> None:
    started(store)  # and killed
    reader = started(store)
    for offset in range(3):
        assert (reader.limit(200), reader.limit(200)) == (0, 1)  # memory's, and its own
        assert not reader.is_deadly(0, offset)
        reader.survived()
    assert (reader.limit(200), reader.limit(200)) == (0, 200)


def test_the_record_at_which_readers_die_is_tried_no_more(store: str) -> None:
    started(store)  # dies in the dark
    for _ in range(MOST_ATTEMPTS - 1):
        reader = started(store)
        assert not reader.is_deadly(0, 7)  # dies over it
    assert started(store).is_deadly(0, 7)


def test_a_record_that_was_survived_begins_anew(store: str) -> None:
    for _ in range(2 * MOST_ATTEMPTS):
        reader = started(store)  # the one before was killed by something else, later
        assert not reader.is_deadly(0, 7)
        reader.survived()


def test_who_ends_in_order_at_a_record_was_not_killed_by_it(store: str) -> None:
    started(store)
    for _ in range(2 * MOST_ATTEMPTS):
        assert not started(store).is_deadly(0, 7)
        end_in_order()


def test_memory_has_so_many_bundles_to_itself_as_it_may_have_had_in_work(store: str) -> None:
    started(store)
    reader = started(store)
    limits = [reader.limit(200) for _ in range(2 * REOPENED_AT_ONCE)]
    assert limits == [0, 1] * REOPENED_AT_ONCE
    assert [reader.limit(200) for _ in range(2)] == [1, 1]


def test_the_reader_of_a_bundle_is_found_while_it_is_careful(store: str) -> None:
    first = started(store)
    first.begin_bundle()
    assert here() is None
    second = started(store)
    second.begin_bundle()
    assert here() is second
    second.left = second.again = 0
    assert here() is None
