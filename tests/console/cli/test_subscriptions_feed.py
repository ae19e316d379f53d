"""The feed of a subscription comes out of the store, and as a file it is replaced whole."""

from collections.abc import Callable, Iterator
from pathlib import Path

import feedparser
import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine

from console.cli import cli
from console.rules import load_rule_set
from schemas import EPOCH, freeze
from store import rules
from store.engine import open_engine, writing
from tests.console.cli.test_explain_store import an_article, streamed

SHIPPED = load_rule_set(None, None)


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    opened = open_engine(f"sqlite:///{tmp_path / 'store.db'}")
    with writing(opened) as connection:
        rules.publish(connection, SHIPPED, EPOCH)
    yield opened
    opened.dispose()


@pytest.fixture
def feed(engine: Engine) -> Callable[..., Result]:
    def run(*arguments: str) -> Result:
        environment = {"TOCSIN_STORE_URL": str(engine.url)}
        return CliRunner().invoke(cli, ["subscriptions", "feed", *arguments], env=environment)

    return run


def test_a_feed_shows_what_rang_and_names_actors(engine, feed):
    streamed(engine, an_article(1), channels=("desk",))
    result = feed("wagner-group")
    assert result.exit_code == 0, result.output
    (entry,) = feedparser.parse(result.stdout.encode()).entries
    assert entry.link == "https://a1.example/"
    assert "Wagner Group" in entry.title
    assert feed("wagner-group").stdout == result.stdout


def test_a_feed_is_written_to_a_file(engine, feed, tmp_path):
    out = tmp_path / "feed.xml"
    out.write_text("old")
    result = feed("russia", "--out", str(out))
    assert result.exit_code == 0, result.output
    assert result.stdout == ""
    assert feedparser.parse(out.read_bytes()).entries == []
    assert [each.name for each in tmp_path.glob("*.part")] == []


def test_a_subscription_that_was_removed_still_has_its_feed(engine, feed):
    streamed(engine, an_article(1))
    with writing(engine) as connection:
        rest = [each for each in SHIPPED.subscriptions if each.id != "wagner-group"]
        later = freeze(SHIPPED.watch_lists, tuple(rest), SHIPPED.versions)
        rules.publish(connection, later, EPOCH.replace(year=2024))
    assert len(feedparser.parse(feed("wagner-group").stdout.encode()).entries) == 1


def test_a_name_that_nobody_has_is_told_with_the_nearest(feed):
    result = feed("wagner-grup")
    assert result.exit_code == 1
    assert "There is no subscription 'wagner-grup'" in str(result.exception or result.output)
