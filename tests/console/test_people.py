"""What serves people stands beside what serves Kafka: both end together, and neither fails unseen."""

import threading
from pathlib import Path

import pytest
from click.testing import CliRunner

from console.cli import cli
from console.people import beside
from tests.system.hooks import running_hooks
from tests.system.subscribers import Subscribers, spread


def test_when_one_ends_the_other_is_told_to_stop() -> None:
    stop = threading.Event()
    with beside(lambda: None, stop):
        assert stop.wait(10)
    stop.clear()
    with beside(stop.wait, stop):
        pass
    assert stop.is_set()


def test_what_fails_in_the_thread_is_raised_where_it_is_seen() -> None:
    def failing() -> None:
        raise ZeroDivisionError

    stop = threading.Event()
    with pytest.raises(ZeroDivisionError), beside(failing, stop):
        stop.wait(10)


def test_deliver_once_serves_people_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with running_hooks(tmp_path, 1, seconds=0.0) as hooks:
        those = Subscribers(tmp_path, spread(list(hooks.kinds), 3))
        those.prepare()
        those.ring("story")
        result = CliRunner().invoke(cli, ["deliver", "--once"], env=those.environment)
        assert result.exit_code == 0, result.output
        assert "0 alerts delivered.\n3 messages delivered to people.\n" in result.stdout
        assert len(hooks.posts()) == 3
    assert {state for _, state, _ in those.states()} == {"delivered"}


def test_a_channel_that_is_wrong_is_told_before_anything_is_sent(tmp_path: Path) -> None:
    those = Subscribers(tmp_path, {"s": "https://hooks.example.org/x"})
    those.prepare()
    environment = those.environment | {"TOCSIN_CHANNEL_S_SECRET": "hush"}
    result = CliRunner().invoke(cli, ["deliver", "--once"], env=environment)
    assert result.exit_code == 1
    assert "TOCSIN_CHANNEL_S_SECRET" in str(result.exception)
    assert "hush" not in str(result.exception)
