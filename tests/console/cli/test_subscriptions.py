"""Subscriptions that are kept in the store, and what owners hold, as the commands are called."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine

from console.cli import cli
from schemas import (
    Action,
    Change,
    Digest,
    QueryError,
    QuietHours,
    Subscription,
    TocsinError,
)
from store import changes
from store.engine import open_engine, reading, writing
from store.results import write
from tests.console.cli.test_explain_store import an_article, streamed

CHANNELS = """[[channel]]
id = "desk"
kind = "email"
to = "desk@example.org"

[[channel]]
id = "chat"
kind = "apprise"
"""
MINE = '[[subscription]]\nid = "mali"\nquery = "actor:wagner AND mali"\nname = "Mali"\n'
Called = Callable[..., Result]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with settings, channels, and subscriptions of its own."""
    (tmp_path / "channels.toml").write_text(CHANNELS)
    (tmp_path / "mine.toml").write_text(MINE)
    (tmp_path / "tocsin.toml").write_text(
        '[store]\nurl = "sqlite:///store.db"\n[rules]\nsubscriptions = "mine.toml"\n'
        '[delivery]\nchannels = "channels.toml"\n'
    )
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def called(folder: Path) -> Called:
    def run(*arguments: str) -> Result:
        return CliRunner().invoke(cli, ["subscriptions", *arguments], env={"LOGNAME": "ada"})

    return run


@pytest.fixture
def done(called: Called) -> Called:
    """A command that has to go well."""

    def run(*arguments: str) -> Result:
        result = called(*arguments)
        assert result.exit_code == 0, (result.output, result.exception)
        return result

    return run


@pytest.fixture
def engine(folder: Path) -> Iterator[Engine]:
    opened = open_engine(f"sqlite:///{folder / 'store.db'}")
    yield opened
    opened.dispose()


def kept(engine: Engine) -> dict[str, Subscription]:
    with reading(engine) as connection:
        return changes.kept(connection)


def history(engine: Engine, name: str) -> list[Change]:
    with reading(engine) as connection:
        return changes.history(connection, name)


def refused(result: Result) -> str:
    """Give the error of a command, and its hint, in words."""
    assert result.exit_code == 1
    assert isinstance(result.exception, TocsinError), result.output
    return f"{result.exception} {result.exception.hint}"


def misused(result: Result) -> str:
    assert result.exit_code == 2, (result.output, result.exception)
    return result.stderr


def test_one_that_is_added_is_kept_with_all_that_was_said_of_it(
    done: Called, engine: Engine
) -> None:
    result = done(
        *("add", "niger", "--query", "actor:wagner AND place:Niger", "--channel", "desk"),
        *("--quiet", "22:00-07:00", "--timezone", "Europe/Paris", "--throttle", "5"),
        *("--language", "fr", "--language", "en", "--publisher", "press.example", "--edits"),
        *("--grows-past", "5", "--grows-past", "20", "--owner", "desk", "--name", "Niger"),
        *("--why", "a new desk"),
    )
    assert result.stdout.startswith("Saved niger.")
    wanted = Subscription(
        id="niger",
        query="actor:wagner AND place:Niger",
        name="Niger",
        owner="desk",
        languages=("fr", "en"),
        publishers=("press.example",),
        channels=("desk",),
        throttle=5,
        quiet=QuietHours(start="22:00", end="07:00", timezone="Europe/Paris"),
        grows_past=(5, 20),
        edits=True,
    )
    assert kept(engine) == {"niger": wanted}
    (change,) = history(engine, "niger")
    assert (change.action, change.by, change.why) == (Action.SAVE, "ada", "a new desk")


def test_actors_and_a_digest_instead_of_a_query(done: Called, engine: Engine) -> None:
    done("add", "region", "--actor", "russia", "--actor", "wagner", "--digest", "0 7 * * *")
    found = kept(engine)["region"]
    assert found.query == "actor:russia OR actor:wagner"
    assert found.digest == Digest(cron="0 7 * * *")


def test_how_often_it_would_have_rung_is_said_where_articles_are_stored(
    done: Called, engine: Engine
) -> None:
    assert "alerts a day" not in done("add", "one", "--query", "mali").stdout
    with writing(engine) as connection:
        write(connection, "articles", [an_article(1, text="Mali closed the road.")])
    assert "About 24 alerts a day" in done("add", "two", "--query", "mali").stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("niger", "--query", "mali", "--channel", "dsk"), "did you mean desk?"),
        (("Niger", "--query", "mali"), "id 'Niger': only a-z"),
        (("niger", "--query", "mali", "--channel", "kafka"), "goes there already"),
        (("niger", "--query", "mali", "--digest", "daily"), "minute, hour, day"),
        (("niger", "--query", "mali", "--quiet", "22-7"), "is not HH:MM"),
        (("niger", "--query", "mali", "--grows-past", "0"), "must be over 0"),
        (
            ("niger", "--query", "mali", "--throttle", "5", "--digest", "0 7 * * *"),
            "throttle stands beside a digest",
        ),
        (("niger", "--query", "mali", "--min-confidence", "1.5"), "must be a number from 0 to 1"),
        (("niger", "--actor", "wagnr"), "Did you mean actor:wagner"),
        (("mali", "--query", "mali"), "mali stands in the files already"),
    ],
)
def test_what_is_wrong_is_refused_and_not_kept(
    called: Called, engine: Engine, arguments: tuple[str, ...], said: str
) -> None:
    assert said in refused(called("add", *arguments))
    assert kept(engine) == {}


def test_a_query_that_is_wrong_is_shown_with_its_column(called: Called) -> None:
    error = called("add", "niger", "--query", "mali AND").exception
    assert isinstance(error, QueryError)
    assert error.column == 6


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "give a --query"),
        (("--query", "mali", "--actor", "russia"), "give a --query"),
        (("--query", "mali", "--timezone", "UTC"), "--timezone is that of"),
        (("--query", "mali", "--even-empty"), "--even-empty is of a --digest"),
        (("--query", "mali", "--quiet", "22:00"), "22:00-07:00"),
    ],
)
def test_options_that_do_not_go_together_are_wrong_usage(
    called: Called, arguments: tuple[str, ...], said: str
) -> None:
    assert said in misused(called("add", "niger", *arguments))


def test_what_is_odd_is_warned_of_and_kept(done: Called, engine: Engine) -> None:
    assert "can never match" in done("add", "odd", "--query", "mali NOT mali").stderr
    assert list(kept(engine)) == ["odd"]


def test_one_of_the_same_id_is_replaced_only_when_that_is_meant(
    called: Called, done: Called, engine: Engine
) -> None:
    done("add", "niger", "--query", "niger")
    assert "--replace" in refused(called("add", "niger", "--query", "niamey"))
    done("add", "niger", "--query", "niamey", "--replace")
    assert kept(engine)["niger"].query == "niamey"


def test_one_that_is_removed_is_gone_and_has_its_history(
    called: Called, done: Called, engine: Engine
) -> None:
    done("add", "niger", "--query", "niger")
    done("remove", "niger", "--by", "bob", "--why", "moved on")
    assert kept(engine) == {}
    first, *lines = done("show", "niger").stdout.splitlines()
    assert first == "niger: removed"
    assert [line.split("UTC  ")[1] for line in lines] == [
        "ada  save niger",
        "bob  remove: moved on",
    ]
    assert "Did you mean mali?" in refused(called("remove", "maly"))
    assert "Take it out there" in refused(called("remove", "mali"))


def test_the_history_tells_what_was_changed_beside_the_query(called: Called, done: Called) -> None:
    done("add", "niger", "--query", "niger", "--owner", "zoe")
    done("add", "niger", "--query", "niger", "--throttle", "5", "--replace")
    done("remove", "niger")
    done("add", "niger", "--query", "niamey")
    lines = done("show", "niger").stdout.splitlines()
    assert [line.split("UTC  ")[1] for line in lines if "UTC" in line] == [
        'ada  save niger (owner = "zoe")',
        'ada  save niger (owner = "", throttle = 5)',
        "ada  remove",
        "ada  save niamey",
    ]
    assert "say who it is" in called("pause", "niger", "--by", " ").stderr


def test_both_places_are_listed_with_what_is_held(done: Called) -> None:
    assert done("list").stdout == "mali                 actor:wagner AND mali   # Mali\n"
    done("add", "niger", "--query", "niger")
    done("pause", "mali")
    done("snooze", "niger", "--until", "2090-01-01")
    assert done("list").stdout.splitlines() == [
        "mali                 actor:wagner AND mali  [paused]   # Mali",
        "niger                niger  (kept in the store)  [snoozed until 2090-01-01 00:00 UTC]",
    ]
    rows = [json.loads(line) for line in done("list", "--json").stdout.splitlines()]
    assert [(row["id"], row["place"]) for row in rows] == [("mali", "files"), ("niger", "store")]
    assert rows[1]["states"] == ["snoozed until 2090-01-01 00:00 UTC"]


def test_one_that_stands_in_both_is_told_to_be_left_out(folder: Path, done: Called) -> None:
    done("add", "niger", "--query", "niger")
    (folder / "mine.toml").write_text(MINE + MINE.replace('"mali"', '"niger"'))
    (line,) = [each for each in done("list").stdout.splitlines() if each.startswith("niger")]
    assert "actor:wagner AND mali" in line
    assert "the one in the store is left out: it stands in the files, too" in line
    done("remove", "niger")
    assert "left out" not in done("list").stdout


def test_show_tells_the_keys_the_holds_and_who_changed_what(done: Called, engine: Engine) -> None:
    done("add", "niger", "--query", "niger", "--channel", "desk", "--digest", "0 7 * * *")
    with writing(engine) as connection:
        gone = Change(
            subscription="niger",
            action=Action.DISABLE,
            at=datetime(2026, 1, 1, tzinfo=UTC),
            by="tocsin",
            subject="desk",
        )
        changes.add(connection, gone)
    assert done("show", "niger").stdout.splitlines()[:5] == [
        "niger: kept in the store",
        "  query          niger",
        '  channels       ["desk"]',
        '  digest         { cron = "0 7 * * *", timezone = "UTC", even_empty = false }',
        "  held           channel disabled: desk",
    ]
    assert done("show", "niger").stdout.splitlines()[-1] == (
        "  2026-01-01 00:00 UTC  tocsin  disable desk"
    )
    found = json.loads(done("show", "niger", "--json").stdout)
    assert (found["subscription"]["id"], found["place"]) == ("niger", "store")
    assert [each["action"] for each in found["history"]] == ["save", "disable"]
    done("enable", "niger", "desk", "--by", "bob")
    assert json.loads(done("show", "niger", "--json").stdout)["states"] == []


def test_a_subscription_of_the_files_is_held_by_changes_in_the_store(
    done: Called, engine: Engine
) -> None:
    done("pause", "mali", "--why", "elections are over")
    assert done("pause", "mali").stdout == "mali is paused already.\n"
    done("resume", "mali")
    assert done("resume", "mali").stdout == "mali is neither paused nor snoozed.\n"
    before = datetime.now(UTC)
    done("snooze", "mali", "--for", "8h")
    found = history(engine, "mali")
    assert [each.action for each in found] == [Action.PAUSE, Action.RESUME, Action.SNOOZE]
    assert [each.why for each in found] == ["elections are over", "", ""]
    until = found[-1].until
    assert until is not None
    assert timedelta() <= until - before - timedelta(hours=8) < timedelta(minutes=1)
    assert kept(engine) == {}


def test_an_actor_is_muted_by_any_of_its_names_and_unmuted(done: Called, engine: Engine) -> None:
    done("mute", "mali", "--actor", "wagner")
    assert "muted: wagner-group" in done("show", "mali").stdout
    done("unmute", "mali", "--actor", "wagner-group")
    assert "muted" not in done("show", "mali").stdout.partition("\n  2")[0]
    assert [each.subject for each in history(engine, "mali")] == ["wagner-group"] * 2


def test_a_story_is_muted_by_the_beginning_of_its_alert(
    called: Called, done: Called, engine: Engine
) -> None:
    (alert, *_) = [
        each for each in streamed(engine, an_article(1)) if each.subscription == "wagner-group"
    ]
    done("add", "wagner-group", "--actor", "wagner")
    done("mute", "wagner-group", "--story", alert.id[:12], "--for", "7d")
    change = history(engine, "wagner-group")[-1]
    assert (change.action, change.subject) == (Action.MUTE, alert.story)
    assert "begins with ffff" in refused(called("mute", "wagner-group", "--story", "ffffffffffff"))
    assert "is not muted" in refused(called("unmute", "wagner-group", "--story", "ffffffffffff"))
    done("unmute", "wagner-group", "--story", alert.story[:12])
    assert history(engine, "wagner-group")[-1].subject == alert.story


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("pause", "maly"), "Did you mean mali?"),
        (("show", "maly"), "Did you mean mali?"),
        (("mute", "mali", "--actor", "wagnr"), "Did you mean wagner?"),
        (("unmute", "mali", "--actor", "wagner"), "mali: wagner-group is not muted"),
        (("enable", "mali", "desk"), "mali: channel desk is not disabled"),
    ],
)
def test_what_nobody_knows_is_told_with_the_nearest(
    called: Called, arguments: tuple[str, ...], said: str
) -> None:
    assert said in refused(called(*arguments))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("snooze", "mali"), "--for how long"),
        (("snooze", "mali", "--for", "8h", "--until", "2090-01-01"), "not both"),
        (("snooze", "mali", "--until", "2001-01-01"), "over already"),
        (("snooze", "mali", "--for", "999999w"), "longer than there are years"),
        (("snooze", "mali", "--for", "0h"), "no span"),
        (("mute", "mali"), "--story or an --actor"),
    ],
)
def test_wrong_usage_changes_nothing(
    called: Called, engine: Engine, arguments: tuple[str, ...], said: str
) -> None:
    assert said in misused(called(*arguments))
    assert history(engine, "mali") == []


def test_while_the_files_are_wrong_what_is_in_force_can_be_held(
    folder: Path, called: Called, engine: Engine
) -> None:
    (folder / "mine.toml").write_text(MINE + "colour = 1\n")
    assert "mine.toml:5: unknown key" in refused(called("pause", "mali"))
    (folder / "mine.toml").write_text(MINE)
    assert CliRunner().invoke(cli, ["rules", "publish"]).exit_code == 0
    (folder / "mine.toml").write_text(MINE + "colour = 1\n")
    result = called("pause", "mali")
    assert (result.exit_code, result.stdout) == (0, "Paused mali.\n")
    assert "mine.toml:5: unknown key" in result.stderr
    assert [each.action for each in history(engine, "mali")] == [Action.PAUSE]
