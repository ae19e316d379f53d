"""Deliveries on the command line: what failed is listed, shown and sent again."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from console.cli import cli
from schemas import Ended, Outcome
from store.engine import open_engine
from tests.connectors.delivery.stand import Stand, an_alert

REFUSED = Outcome(ended=Ended.REFUSED, status=400, reason="no such room")


@pytest.fixture
def stand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stand]:
    """One alert that is dead, and one that was delivered."""
    url = f"sqlite:///{tmp_path / 'store.db'}"
    monkeypatch.setenv("TOCSIN_STORE_URL", url)
    monkeypatch.chdir(tmp_path)
    engine = open_engine(url)
    made = Stand(engine)
    made.ring(an_alert(1))
    made.post.answers["hook"] = REFUSED
    made.drain()
    made.post.answers.clear()
    made.ring(an_alert(2))
    made.drain()
    yield made
    engine.dispose()


def called(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["deliveries", *arguments])


def test_what_failed_is_listed_with_its_reason(stand: Stand) -> None:
    result = called("list")
    assert result.exit_code == 0, result.output
    (line,) = result.stdout.splitlines()
    assert an_alert(1).id[:12] in line
    assert line.endswith("1x  400: no such room")
    assert "1 delivery." in result.stderr


def test_all_states_are_listed_when_asked_for(stand: Stand) -> None:
    assert len(called("list", "--state", "all").stdout.splitlines()) == 2
    assert "0 deliveries." in called("list", "--state", "ready").stderr
    result = called("list", "--state", "delivered", "--json")
    assert result.exit_code == 0, result.exception
    (line,) = result.stdout.splitlines()
    assert json.loads(line)["state"] == "delivered"


def test_one_is_shown_with_what_is_sent(stand: Stand) -> None:
    result = called("show", an_alert(1).id[:6], "hook")
    assert result.exit_code == 0, result.output
    assert "400: no such room" in result.stdout
    assert "Bridge 1" in result.stdout
    found = json.loads(called("show", an_alert(1).id, "hook", "--json").stdout)
    assert found["delivery"]["channel"] == "hook"
    assert found["sent"]["id"] == an_alert(1).id


def test_one_that_there_is_not_says_where_to_look(stand: Stand) -> None:
    result = called("show", "ffff", "hook")
    assert result.exit_code == 1
    assert "No message to hook begins with ffff." in str(result.exception)
    assert called("redrive", "", "hook").exit_code == 1  # though one alone failed


@pytest.mark.parametrize("named", [(an_alert(1).id[:9], "hook"), ("--channel", "hook"), ("--all",)])
def test_what_failed_is_sent_again(stand: Stand, named: tuple[str, ...]) -> None:
    dry = called("redrive", *named, "--dry-run")
    assert an_alert(1).id[:12] in dry.stdout
    assert len(stand.post.sent) == 2
    result = called("redrive", *named)
    assert "1 delivery made ready." in result.stderr
    stand.clock.now = datetime.now(UTC)  # by which the command has made it due
    assert stand.drain() == 1
    assert stand.post.sent[0] == stand.post.sent[2]


def test_what_was_delivered_is_not_sent_again(stand: Stand) -> None:
    result = called("redrive", an_alert(2).id, "hook")
    assert result.exit_code == 1
    assert "is delivered: it did not fail" in str(result.exception)
    assert called("redrive", "--all", "--state", "delivered").exit_code == 2


@pytest.mark.parametrize("wrong", [(), ("abc",), ("abc", "hook", "--all")])
def test_it_has_to_be_said_which(stand: Stand, wrong: tuple[str, ...]) -> None:
    assert called("redrive", *wrong).exit_code == 2
