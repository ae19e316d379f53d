"""What serves people stands beside what serves Kafka: both end together, and neither fails unseen."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from click.testing import CliRunner

from console.cli import cli
from console.people import beside
from tests.contracts.tree import ROOT
from tests.system.hooks import running_hooks
from tests.system.subscribers import Subscribers, spread
from tests.tls import Authority


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


def test_over_tls_only_whose_certificate_is_right_gets_alerts(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    with running_hooks(
        tmp_path, 1, seconds=0.0, certificate=authority.issued("localhost")
    ) as hooks:
        (port,) = hooks.kinds
        names = {"right": "localhost", "wrong": "127.0.0.1"}
        those = Subscribers(
            tmp_path, {each: f"https://{host}:{port}/{each}" for each, host in names.items()}
        )
        those.prepare()
        those.ring("story")
        subprocess.run(
            [sys.executable, "-m", "console", "deliver", "--once"],
            cwd=ROOT,
            env=os.environ | those.environment | {"SSL_CERT_FILE": str(authority.file)},
            check=True,
        )
        assert [each.path for each in hooks.posts()] == ["/right"]
    assert sorted(those.states()) == [("right", "delivered", 1), ("wrong", "ready", 1)]


def test_a_channel_that_is_wrong_is_told_before_anything_is_sent(tmp_path: Path) -> None:
    those = Subscribers(tmp_path, {"s": "https://hooks.example.org/x"})
    those.prepare()
    environment = those.environment | {"TOCSIN_CHANNEL_S_SECRET": "hush"}
    result = CliRunner().invoke(cli, ["deliver", "--once"], env=environment)
    assert result.exit_code == 1
    assert "TOCSIN_CHANNEL_S_SECRET" in str(result.exception)
    assert "hush" not in str(result.exception)
