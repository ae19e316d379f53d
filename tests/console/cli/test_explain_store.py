"""Explaining what the stream did, out of its store, and what is asked of one that is not there."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine, text

from console.cli import cli
from console.rules import load_rule_set
from schemas import EPOCH, Alert, Article, ArticleVersion, RuleSet, TocsinError, freeze
from store import results, rules
from store.engine import open_engine, writing
from store.ledger import ring
from store.memory import SqlMemory
from tocsin import articles
from tocsin.alerting import alerts_for, rings_for
from tocsin.matcher import matcher_for
from tocsin.memory import Part

SEEN = datetime(2023, 8, 10, 12, tzinfo=UTC)
TEXT = " ".join(f"Wagner Group fighters left camp {n} near Gao on Friday." for n in range(12))
SHIPPED = load_rule_set(None, None)


@pytest.fixture
def engine(tmp_path) -> Iterator[Engine]:
    opened = open_engine(f"sqlite:///{tmp_path / 'store.db'}")
    with writing(opened) as connection:
        rules.publish(connection, SHIPPED, EPOCH)
    yield opened
    opened.dispose()


@pytest.fixture
def explain(engine) -> Callable[..., Result]:
    def run(*arguments: str) -> Result:
        environment = {"TOCSIN_STORE_URL": str(engine.url)}
        return CliRunner().invoke(cli, ["explain", *arguments], env=environment)

    return run


def an_article(n: int, *, minutes: int = 0, text: str = TEXT) -> Article:
    seen = SEEN + timedelta(minutes=minutes)
    return articles.complete(
        url=f"https://a{n}.example/", text=text, language="en", first_seen=seen
    )


def streamed(
    engine: Engine,
    article: Article,
    rule_set: RuleSet = SHIPPED,
    channels: tuple[str, ...] = (),
) -> list[Alert]:
    """Do to an article what the stream does; give the alerts that are new."""
    memory = SqlMemory(engine)
    memory.remember([article])
    memory.link([article.id])
    story = memory.roots([article.id])[article.id]
    mentions, near = matcher_for(rule_set).find(article, language="en", story=story)
    rings = rings_for(rule_set)
    version = ArticleVersion(article=article, story=story, language="en", mentions=mentions)
    found = alerts_for(
        rings.queries, rings.subscriptions, version, story=story, rule_set=rule_set.id
    )
    with writing(engine) as connection:
        results.write(connection, "articles", [article])
        results.write(connection, "mentions", mentions)
        results.write(connection, "near-misses", near)
        rung = ring(connection, found, lambda _: channels, article.first_seen)
        results.write(connection, "alerts", rung)
    return rung


def rang(result: Result) -> dict[str, bool]:
    assert result.exit_code == 0, result.output
    return {row["subscription"]: row["rang"] for row in map(json.loads, result.stdout.splitlines())}


def test_an_alert_of_the_stream_is_explained_by_its_evidence(engine, explain):
    (alert,) = streamed(engine, an_article(1))
    shown = explain(alert.id[:10])
    assert shown.exit_code == 0, shown.output
    assert "[Wagner Group] fighters left camp 0 near Gao" in shown.stdout


def test_an_article_is_explained_for_every_subscription(engine, explain):
    streamed(engine, an_article(1))
    found = rang(explain(an_article(1).id, "--json"))
    assert {name for name, is_rung in found.items() if is_rung} == {"wagner-group"}
    assert set(found) == {each.id for each in SHIPPED.subscriptions}


def test_a_copy_is_explained_by_the_alert_of_its_story_whatever_its_root_was_then(engine, explain):
    (alert,) = streamed(engine, an_article(1))
    assert streamed(engine, an_article(2, minutes=-5)) == []  # earlier: the root, from now on
    assert streamed(engine, an_article(3, minutes=5)) == []
    for n in (1, 2, 3):
        rows = list(map(json.loads, explain(an_article(n).id, "--json").stdout.splitlines()))
        assert {row["alert"] for row in rows if row["rang"]} == {alert.id}, n


def test_the_rules_are_those_that_were_in_force_at_first_seen(engine, explain):
    other = replace(SHIPPED.subscriptions[0], id="mine", query="actor:wagner")
    later = freeze(SHIPPED.watch_lists, (other,))
    with writing(engine) as connection:
        rules.publish(connection, later, SEEN + timedelta(hours=1))
    streamed(engine, an_article(1))
    streamed(engine, an_article(2, minutes=90, text="The Wagner Group is gone."), later)
    assert set(rang(explain(an_article(1).id, "--json"))) > {"russia"}
    two = an_article(2, minutes=90, text="The Wagner Group is gone.").id
    assert rang(explain(two, "--json")) == {"mine": True}


def test_a_subscription_that_came_later_is_said_to_have_come_later(engine, explain, tmp_path):
    other = replace(SHIPPED.subscriptions[0], id="mine", query="actor:wagner")
    with writing(engine) as connection:
        later = freeze(SHIPPED.watch_lists, (other,))
        rules.publish(connection, later, SEEN + timedelta(hours=1))
    streamed(engine, an_article(1))
    refused = explain(an_article(1).id, "--subscription", "mine").exception
    assert isinstance(refused, TocsinError)
    assert "mine was not there yet when this article was first seen" in str(refused)
    assert "since 2023-08-10 13:00:00" in str(refused)
    file = tmp_path / "mine.toml"
    file.write_text("[[subscription]]\nid = 'mine'\nquery = 'actor:wagner'\n")
    tried = explain(an_article(1).id, "--subscriptions", str(file), "--subscription", "mine")
    assert tried.exit_code == 0, tried.output
    refused = explain(an_article(1).id, "--subscription", "yours").exception
    assert str(refused) == "There is no subscription yours."


def test_a_version_that_came_after_a_subscription_is_explained_by_it(engine, explain):
    other = replace(SHIPPED.subscriptions[0], id="mine", query="actor:wagner")
    later = freeze(SHIPPED.watch_lists, (other,))
    with writing(engine) as connection:
        rules.publish(connection, later, SEEN + timedelta(hours=1))
    streamed(engine, an_article(1))
    streamed(engine, an_article(1, minutes=90, text="The Wagner Group is gone."), later)
    assert set(rang(explain(an_article(1).id, "--json", "--subscription", "mine"))) == {"mine"}


def test_what_is_not_there_is_said_with_where_else_to_look(engine, explain):
    refused = explain("abc").exception
    assert isinstance(refused, TocsinError)
    assert "no alert and no article abc in the store" in str(refused)
    assert "--out" in refused.hint
    assert explain("abc", "--out", ".", "--store", str(engine.url)).exit_code == 2


def test_where_there_is_no_store_none_is_made(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    refused = CliRunner().invoke(cli, ["explain", "abc"]).exception
    assert isinstance(refused, TocsinError)
    assert str(refused) == "There is no store sqlite:///tocsin.db."
    assert "tocsin run" in refused.hint
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "words", [["explain", ""], ["dead-letters", "show", " "], ["dead-letters", "redrive", "a", ""]]
)
def test_an_id_of_no_character_is_wrong_usage(words):
    found = CliRunner().invoke(cli, words)
    assert found.exit_code == 2
    assert "has a character at least" in found.stderr


def test_what_became_of_an_alert_is_told_channel_by_channel(engine, explain):
    (alert,) = streamed(engine, an_article(1), channels=("kafka", "desk"))
    muted = (text("UPDATE delivery SET state = 'suppressed', reason = 'the story was muted'"),)
    with writing(engine) as connection:
        connection.execute(*muted)
    shown = explain(alert.id)
    assert "desk: sent to nobody: the story was muted" in shown.stdout
    (row,) = map(json.loads, explain(alert.id, "--json").stdout.splitlines())
    assert {each["channel"]: each["state"] for each in row["deliveries"]} == {
        "kafka": "suppressed",
        "desk": "suppressed",
    }


def test_an_alert_without_a_channel_is_said_to_have_gone_to_nobody(engine, explain):
    (alert,) = streamed(engine, an_article(1), channels=("kafka",))
    shown = explain(alert.id).stdout
    assert "had no channel when it rang" in shown
    assert "kafka: waits to be sent" in shown


def test_of_two_alerts_that_came_into_one_story_the_named_one_is_explained(engine, explain):
    (one,) = streamed(engine, an_article(1))
    two = an_article(2)
    other = replace(one, id="f" * 32, article=two.id, version=two.version)
    memory = SqlMemory(engine)
    memory.remember([an_article(2, minutes=1)])
    memory.link([an_article(2).id])
    with writing(engine) as connection:
        results.write(connection, "articles", [an_article(2)])
        results.write(connection, "alerts", [other])
    (row,) = map(json.loads, explain("ffff", "--json").stdout.splitlines())
    assert row["alert"] == other.id


def test_a_story_that_rang_and_was_forgotten_is_known_by_its_alert(engine, explain):
    (alert,) = streamed(engine, an_article(1))
    copy = an_article(2, minutes=5)
    assert streamed(engine, copy) == []
    SqlMemory(engine).forget(SEEN + timedelta(days=365), 100, Part(0))
    assert SqlMemory(engine).roots([copy.id]) == {copy.id: copy.id}
    rows = map(json.loads, explain(copy.id, "--json").stdout.splitlines())
    assert {row["alert"] for row in rows if row["rang"]} == {alert.id}
    assert f"another article of it: {alert.article}" in explain(copy.id).stdout
