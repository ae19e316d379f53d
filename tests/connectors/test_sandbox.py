import functools
import math
import operator
import os
import signal
import threading
import time
from pathlib import Path

import pytest

from connectors.sandbox import Sandbox, shared_sandbox
from schemas import ParsedFeed, Rejected
from tests.connectors import strange
from tocsin.feeds import parse


@pytest.fixture(scope="module")
def sandbox():
    with Sandbox(size=2, wall_seconds=10, cpu_seconds=1) as made:
        yield made


def code_of(call) -> str:
    with pytest.raises(Rejected) as caught:
        call()
    return caught.value.code


def test_a_call_returns_what_the_function_returns(sandbox):
    assert sandbox.call(math.factorial, 20) == math.factorial(20)


def test_a_result_comes_back_as_the_type_it_is_annotated_with(sandbox):
    feed = sandbox.call(parse, b"<rss version='2.0'><channel><title>T</title></channel></rss>")
    assert isinstance(feed, ParsedFeed)
    assert feed.feed.title == "T"


def test_a_rejection_inside_is_the_same_rejection_outside(sandbox):
    assert code_of(lambda: sandbox.call(parse, b"no feed at all")) == "not-a-feed"


def test_a_child_serves_many_calls(sandbox):
    with Sandbox() as one:
        assert len({one.call(os.getpid) for _ in range(50)}) == 1


def test_a_call_that_spins_is_stopped_and_the_next_one_works(sandbox):
    began = time.monotonic()
    assert code_of(lambda: sandbox.call(math.factorial, 10**8)) == "timeout"
    assert time.monotonic() - began < 8
    assert sandbox.call(math.sqrt, 4.0) == 2.0


def test_a_call_that_waits_is_stopped_by_the_clock():
    with Sandbox(wall_seconds=0.3) as hasty:
        assert code_of(lambda: hasty.call(time.sleep, 60)) == "timeout"
        assert hasty.call(math.sqrt, 4.0) == 2.0


def test_a_call_that_takes_too_much_memory_is_refused(sandbox):
    assert code_of(lambda: sandbox.call(operator.mul, b"x", 10**9)) == "memory"
    assert sandbox.call(math.sqrt, 4.0) == 2.0


@pytest.mark.parametrize("way", [functools.partial(os._exit, 3), os.abort])
def test_a_child_that_dies_is_a_crash_and_is_replaced(sandbox, way):
    function, arguments = (way.func, way.args) if isinstance(way, functools.partial) else (way, ())
    assert code_of(lambda: sandbox.call(function, *arguments)) == "crash"
    assert sandbox.call(math.sqrt, 4.0) == 2.0


def test_a_child_killed_while_idle_costs_no_record():
    with Sandbox() as one:
        child = one.call(os.getpid)
        os.kill(child, signal.SIGKILL)
        os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
        assert one.call(math.sqrt, 4.0) == 2.0


def test_a_result_that_is_too_large_is_refused(sandbox):
    assert code_of(lambda: sandbox.call(operator.mul, b"x", 65 << 20)) == "too-large"


def test_text_that_is_no_unicode_is_refused_before_it_is_sent(sandbox):
    assert code_of(lambda: sandbox.call(len, "\ud800")) == "not-text"


def test_what_a_function_prints_is_no_answer(sandbox):
    assert sandbox.call(strange.print_and_return, "loud") == "loud"


def test_a_function_that_does_not_exist_is_a_bug_and_no_bad_record(sandbox):
    with pytest.raises(RuntimeError, match="absent"):
        sandbox.call(strange.named_like_nothing)


@pytest.mark.parametrize("attempt", [strange.connect, strange.start_program, strange.write_file])
def test_a_child_can_neither_connect_nor_start_programs_nor_write(sandbox, attempt, tmp_path):
    target = tmp_path / "written"
    assert code_of(lambda: sandbox.call(attempt, str(target))) == "crash"
    assert not target.exists()


def test_a_child_has_no_environment_and_no_open_files_of_its_parent(sandbox, monkeypatch, tmp_path):
    monkeypatch.setenv("TOCSIN_SECRET", "hush")
    with (tmp_path / "open").open("w"), Sandbox() as fresh:
        assert "TOCSIN_SECRET" not in fresh.call(strange.environment)
        assert str(tmp_path) not in " ".join(fresh.call(strange.open_files))


def test_many_threads_share_the_children():
    sandbox = shared_sandbox()
    results: list[float] = []
    threads = [
        threading.Thread(target=lambda n=n: results.append(sandbox.call(math.sqrt, float(n))))
        for n in range(20)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == sorted(math.sqrt(n) for n in range(20))


def test_the_shared_sandbox_is_one():
    assert shared_sandbox() is shared_sandbox()


def test_map_keeps_the_order_of_its_items(sandbox):
    given = [0.05, 0.0, 0.03, 0.0, 0.0, 0.01]
    assert list(sandbox.map(lambda each: sandbox.call(strange.wait, each), given)) == given


def test_closing_ends_the_children():
    with Sandbox() as one:
        child = one.call(os.getpid)
    assert not Path(f"/proc/{child}").exists()


def test_a_call_costs_less_than_a_millisecond():
    with Sandbox() as one:
        one.call(math.sqrt, 4.0)
        began = time.perf_counter()
        for _ in range(300):
            one.call(math.sqrt, 4.0)
        assert (time.perf_counter() - began) / 300 < 0.005  # 0.06 ms on an idle machine
