"""Rules from files into a store, and what a store says of its rule sets."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from console.cli import cli
from console.rule_schedule import AHEAD, RuleFiles, publish
from console.rules import load_rule_set
from schemas import EPOCH, InvalidSetting
from store import rules
from store.engine import open_engine, reading
from tests.contracts.tree import ROOT

TOCSIN = [sys.executable, "-c", "from console.cli import main; main()"]
NOON = datetime(2024, 7, 29, 12, tzinfo=UTC)

LIST = """[[actor]]
id = "bridge"
name = "The bridge"

[[actor.alias]]
text = "{word}"
language = "en"
"""

SUBSCRIPTION = """[[subscription]]
id = "{id}"
query = "actor:bridge"
"""


@pytest.fixture
def url(tmp_path) -> str:
    return f"sqlite:///{tmp_path / 'store.db'}"


@pytest.fixture
def folder(tmp_path) -> Path:
    """Rules of one's own: a folder of lists and a file of subscriptions."""
    made = tmp_path / "rules"
    (made / "lists").mkdir(parents=True)
    (made / "lists" / "bridge.toml").write_text(LIST.format(word="bridge"))
    (made / "mine.toml").write_text(SUBSCRIPTION.format(id="bridges"))
    return made


@pytest.fixture
def environment(url, folder) -> dict[str, str]:
    return {
        "TOCSIN_STORE_URL": url,
        "TOCSIN_RULES_WATCH_LISTS": str(folder / "lists"),
        "TOCSIN_RULES_SUBSCRIPTIONS": str(folder / "mine.toml"),
    }


@pytest.fixture
def tocsin(environment) -> Callable[..., Result]:
    def run(*arguments: object) -> Result:
        return CliRunner().invoke(cli, [str(each) for each in arguments], env=environment)

    return run


def schedule(url: str) -> list[tuple[datetime, str]]:
    engine = open_engine(url)
    with reading(engine) as connection:
        found = rules.schedule(connection)
    engine.dispose()
    return found


def subscriptions(url: str) -> list[list[str]]:
    """Give the ids of the subscriptions of every rule set, in the order of their time."""
    engine = open_engine(url)
    with reading(engine) as connection:
        sets = [rules.read(connection, id) for _, id in rules.schedule(connection)]
    engine.dispose()
    return [[each.id for each in rule_set.subscriptions] for rule_set in sets]


def wait_until(
    check: Callable[[], bool], running: subprocess.Popen[bytes], seconds: float
) -> float:
    """Wait until something is so; give how long it took."""
    began = time.monotonic()
    while not check():
        assert running.poll() is None
        assert time.monotonic() - began < seconds
        time.sleep(0.05)
    return time.monotonic() - began


def test_the_first_rule_set_holds_for_everything_and_the_next_from_soon_on(url, folder):
    engine = open_engine(url)
    files = RuleFiles(watch_lists=folder / "lists", subscriptions=folder / "mine.toml")
    first = publish(engine, files.load(), lambda: NOON)
    assert (first.since, first.is_new) == (EPOCH, True)
    again = publish(engine, files.load(), lambda: NOON)
    assert (again.id, again.since, again.is_new) == (first.id, EPOCH, False)
    (folder / "mine.toml").write_text(SUBSCRIPTION.format(id="other"))
    second = publish(engine, files.load(), lambda: NOON)
    assert (second.since, second.is_new) == (NOON + AHEAD, True)
    (folder / "mine.toml").write_text(SUBSCRIPTION.format(id="bridges"))
    back = publish(engine, files.load(), lambda: NOON - timedelta(days=1))  # the clock was set back
    assert back.id == first.id
    assert back.since > second.since
    engine.dispose()


def test_what_is_published_is_what_a_replay_of_the_same_files_takes(url, tocsin, folder):
    from pipelines.models import recogniser

    for entities in (True, False):
        tocsin_files = RuleFiles(
            watch_lists=folder / "lists", subscriptions=folder / "mine.toml", entities=entities
        )
        wanted = load_rule_set(
            folder / "lists",
            folder / "mine.toml",
            recogniser=recogniser(enabled=entities).name,
        )
        assert tocsin_files.load() == wanted
    assert tocsin("rules", "publish").exit_code == 0
    assert [id for _, id in schedule(url)] == [
        RuleFiles(watch_lists=folder / "lists", subscriptions=folder / "mine.toml").load().id
    ]


def test_options_go_before_settings_and_settings_before_the_shipped_ones(url, tocsin, folder):
    other = folder / "other.toml"
    other.write_text(SUBSCRIPTION.format(id="other"))
    for arguments in ((), ("--subscriptions", other)):
        assert tocsin("rules", "publish", *arguments).exit_code == 0
    assert subscriptions(url) == [["bridges"], ["other"]]
    shipped = CliRunner().invoke(cli, ["rules", "publish"], env={"TOCSIN_STORE_URL": url})
    assert shipped.exit_code == 0
    assert len(subscriptions(url)[2]) > 1


def test_the_list_says_which_one_is_in_force(url, tocsin, folder):
    nothing = tocsin("rules", "list")
    assert (nothing.exit_code, nothing.stdout) == (0, "")
    assert "tocsin rules publish" in nothing.stderr
    assert not Path(url.removeprefix("sqlite:///")).exists()
    tocsin("rules", "publish")
    (folder / "mine.toml").write_text(SUBSCRIPTION.format(id="other"))
    tocsin("rules", "publish")
    rows = [json.loads(line) for line in tocsin("rules", "list", "--json").stdout.splitlines()]
    assert [row["state"] for row in rows] == ["in force", "soon"]
    assert [(row["actors"], row["subscriptions"]) for row in rows] == [(1, 1), (1, 1)]
    first, second = tocsin("rules", "list").stdout.splitlines()
    assert "the beginning" in first
    assert first.endswith("in force")
    assert second.startswith(rows[1]["id"])


def test_rules_that_are_wrong_are_not_published(url, tocsin, folder):
    (folder / "mine.toml").write_text(SUBSCRIPTION.format(id="bridges").replace("bridge", "nobody"))
    refused = tocsin("rules", "publish")
    assert isinstance(refused.exception, InvalidSetting)
    assert schedule(url) == []
    missing = tocsin("rules", "publish", "--watch-lists", folder / "nowhere")
    assert missing.exit_code == 2


def test_files_are_followed_and_wrong_ones_change_nothing(url, environment, folder, tmp_path):
    mine, log = folder / "mine.toml", tmp_path / "log"
    with log.open("wb") as stderr:
        following = subprocess.Popen(
            [*TOCSIN, "rules", "follow"], cwd=ROOT, env=os.environ | environment, stderr=stderr
        )
    try:
        wait_until(lambda: subscriptions(url) == [["bridges"]], following, 60)
        mine.write_text(SUBSCRIPTION.format(id="other"))
        taken = wait_until(lambda: len(subscriptions(url)) == 2, following, 10)
        assert taken < 2
        since = schedule(url)[1][0]
        assert timedelta(seconds=2) < since - datetime.now(UTC) < timedelta(seconds=6)
        mine.write_text("no rule at all")
        wait_until(lambda: '"invalid"' in log.read_text(), following, 10)
        # A file that is put in the place of another, and a folder in that of another.
        moved = folder / "moved.toml"
        moved.write_text(SUBSCRIPTION.format(id="third"))
        moved.replace(mine)
        wait_until(lambda: len(subscriptions(url)) == 3, following, 10)
        (folder / "lists").rename(folder / "old")
        (folder / "lists").mkdir()
        (folder / "lists" / "a.toml").write_text(LIST.format(word="ferry"))
        wait_until(lambda: len(subscriptions(url)) == 4, following, 10)
    finally:
        following.terminate()
        assert following.wait(30) == 0, log.read_text()
    told = [json.loads(line) for line in log.read_text().splitlines()]
    (fault,) = [each for each in told if each["event"] == "invalid" and "mine.toml" in str(each)]
    assert fault["faults"]
    assert subscriptions(url) == [["bridges"], ["other"], ["third"], ["third"]]
