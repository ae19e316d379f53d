import threading
import time
from pathlib import Path

import pytest

from connectors.seeds import follow
from connectors.seeds.follow import Follower, Settling
from tests.connectors.seeds.test_produce import NOON, Bench

A, B = Path("a"), Path("b")


def test_a_file_is_complete_when_it_looks_the_same_twice():
    settling = Settling()
    assert settling.take({A: (1, 1)}) == []
    assert settling.is_waiting
    assert settling.take({A: (1, 1), B: (5, 1)}) == [A]
    assert settling.take({A: (1, 1), B: (5, 1)}) == [B]
    assert settling.take({A: (1, 1), B: (5, 1)}) == []
    assert not settling.is_waiting


def test_a_file_that_grows_is_waited_for():
    settling = Settling()
    for size in range(5):
        assert settling.take({A: (size, size)}) == []
    assert settling.take({A: (4, 4)}) == [A]


def test_a_file_that_changed_is_taken_again():
    settling = Settling()
    settling.take({A: (1, 1)})
    settling.take({A: (1, 1)})
    assert settling.take({A: (1, 2)}) == []
    assert settling.take({A: (1, 2)}) == [A]


def test_a_file_that_went_and_came_back_is_taken_again():
    settling = Settling()
    settling.take({A: (1, 1)})
    settling.take({A: (1, 1)})
    settling.take({})
    assert settling.take({A: (1, 1)}) == []
    assert settling.take({A: (1, 1)}) == [A]


def test_a_file_that_was_given_back_is_taken_at_the_next_look():
    settling = Settling()
    settling.take({A: (1, 1)})
    settling.take({A: (1, 1)})
    settling.give_back(A)
    assert settling.is_waiting
    assert settling.take({A: (1, 1)}) == [A]


@pytest.fixture
def bench(tmp_path, monkeypatch):
    monkeypatch.setattr(follow, "LOOK_SECONDS", 0.1)
    made = Bench(tmp_path)
    yield made
    made.engine.dispose()


def follow_until(bench: Bench, *titles: str, is_ringing: bool = False) -> None:
    """Follow the folder until articles with these titles have been sent."""
    follower = Follower([bench.folder], bench.producer, clock=lambda: NOON, stop=bench.stop)
    thread = threading.Thread(target=follower.run, kwargs={"is_ringing": is_ringing})
    bench.stop.clear()
    thread.start()
    deadline = time.monotonic() + 20
    while not set(titles) <= {each.title for each in bench.kept.articles}:
        assert thread.is_alive()
        assert time.monotonic() < deadline
        time.sleep(0.05)
    bench.stop.set()
    thread.join(10)
    assert not thread.is_alive()


def flags_of(bench: Bench) -> dict[str, tuple[str, ...]]:
    return {each.title: each.flags for each in bench.kept.articles}


def test_what_arrives_while_nobody_follows_is_no_backfill(bench):
    bench.write("a.jsonl", {"title": "There already"})
    follow_until(bench, "There already")
    bench.write("b.jsonl", {"title": "Arrived meanwhile"})
    follow_until(bench, "Arrived meanwhile")
    assert flags_of(bench) == {"There already": ("backfill",), "Arrived meanwhile": ()}


def test_what_was_there_rings_when_asked_to(bench):
    bench.write("a.jsonl", {"title": "There already"})
    follow_until(bench, "There already", is_ringing=True)
    assert flags_of(bench) == {"There already": ()}


def test_while_kafka_cannot_be_had_nothing_is_lost(bench, monkeypatch):
    monkeypatch.setattr(follow, "LONGEST_PAUSE", 0.1)
    bench.write("a.jsonl", {"title": "First"})
    bench.write("b.jsonl", {"title": "Second"})
    bench.kept.batches_until_failure = 0
    follow_until(bench, "First", "Second")
    assert len(bench.kept.messages) == 2
