"""Other rules over the store of the stream, compared with those in force."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine

from console.cli import cli
from schemas import (
    EPOCH,
    Action,
    Article,
    Change,
    InvalidSetting,
    Subscription,
    TocsinError,
    encode,
    freeze,
)
from store import changes, results, rules
from store.engine import open_engine, writing
from store.memory import SqlMemory
from tests.memories import START, edited, prose
from tocsin.articles import complete
from tocsin.watchlists import shipped

WIRE = prose(1)
LISTS = shipped()
OLD = (
    Subscription(id="border", query="border"),
    Subscription(id="gold", query="gold"),
    Subscription(id="wagner", query="actor:wagner"),
)


def an_article(n: int, text: str, *, days: float = 0, publisher: str = "") -> Article:
    return complete(
        url=f"https://a{n}.example/",
        title=f"News {n}",
        text=text,
        language="en",
        first_seen=START + timedelta(days=days),
        publisher=publisher or f"a{n}.example",
    )


ARTICLES = [
    an_article(1, f"The border was closed on Monday. {WIRE}"),
    an_article(2, f"The border was closed on Monday. {edited(WIRE, 4)}", days=0.5),
    an_article(3, "Miners found gold near the border of Mali on Tuesday.", days=1),
    an_article(4, "The frontier was opened on Wednesday by the ministers.", days=2),
    an_article(5, "The Wagner Group left on Thursday, said the ministers.", days=3),
]


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    opened = open_engine(f"sqlite:///{tmp_path / 'store.db'}")
    memory = SqlMemory(opened)
    memory.remember(ARTICLES)
    memory.link([each.id for each in ARTICLES])
    with writing(opened) as connection:
        rules.publish(connection, freeze(LISTS, OLD), EPOCH)
        results.write(connection, "articles", ARTICLES)
    yield opened
    opened.dispose()


@pytest.fixture
def backtest(engine: Engine) -> Callable[..., Result]:
    def run(*arguments: object) -> Result:
        words = ["backtest", "--store", str(engine.url), *map(str, arguments)]
        return CliRunner().invoke(cli, words)

    return run


@pytest.fixture
def new(tmp_path: Path) -> Callable[..., Path]:
    """Write subscriptions: by id, their lines."""

    def write(**queries: str) -> Path:
        file = tmp_path / "new" / "subscriptions" / "mine.toml"
        file.parent.mkdir(parents=True, exist_ok=True)
        rows = [f"[[subscription]]\nid = '{id}'\n{lines}\n" for id, lines in queries.items()]
        file.write_text("\n".join(rows), encoding="utf-8")
        return file.parents[1]

    return write


def rows(result: Result) -> dict[str, dict[str, object]]:
    return {row["subscription"]: row for row in map(json.loads, result.stdout.splitlines())}


def test_what_is_kept_in_the_store_is_not_lost_with_new_files(
    engine: Engine, backtest: Callable[..., Result], new: Callable[..., Path]
) -> None:
    record = encode(OLD[2]).decode()
    with writing(engine) as connection:
        saved = Change(subscription="wagner", action=Action.SAVE, at=START, by="ada", record=record)
        changes.add(connection, saved)
    found = rows(
        backtest("--rules", new(border="query = 'border'", gold="query = 'mali'"), "--json")
    )
    assert list(found) == ["gold"]


GOLD, WAGNER = "query = 'gold'", "query = 'actor:wagner'"


def test_the_difference_is_told_with_sentences_publishers_languages_and_volume(
    backtest: Callable[..., Result], new: Callable[..., Path]
) -> None:
    folder = new(border="query = 'frontier OR (border NOT gold)'", gold=GOLD, wagner=WAGNER)
    found = backtest("--rules", folder)
    assert found.exit_code == 0, found.output
    assert found.stdout.splitlines()[:3] == [
        "border (changed)",
        "  + 1 added  − 1 lost  = 1 same",
        "  before 0.7 a day (most on 2023-08-01: 1); after 0.7 a day (most on 2023-08-01: 1)",
    ]
    assert "publisher a3.example" in found.stdout
    assert "language  en                             + 1 added  − 1 lost" in found.stdout
    assert "+ 2023-08-03 00:00  News 4" in found.stdout
    assert "frontier: The [frontier] was opened on Wednesday" in found.stdout
    assert "− 2023-08-02 00:00  News 3" in found.stdout
    assert "border: Miners found gold near the [border] of Mali" in found.stdout
    assert "gold (" not in found.stdout
    assert found.stdout.splitlines()[-1] == "In all + 1 added  − 1 lost  = 1 same."


def test_copies_ring_once(backtest: Callable[..., Result], new: Callable[..., Path]) -> None:
    folder = new(border="query = 'closed'", gold=GOLD, wagner=WAGNER)
    row = rows(backtest("--rules", folder, "--json"))["border"]
    assert (row["added"], row["lost"], row["same"]) == (0, 1, 1)
    assert row["before"]["versions"] == len(ARTICLES)  # type: ignore[index]


def test_what_is_added_removed_and_unchanged(
    backtest: Callable[..., Result], new: Callable[..., Path]
) -> None:
    folder = new(border="query = '(border)'\nname = 'Borders'", more="query = 'ministers'")
    found = rows(backtest("--rules", folder, "--json"))
    told = {id: (row["status"], row["added"], row["lost"]) for id, row in found.items()}
    assert told == {"gold": ("removed", 0, 1), "more": ("added", 2, 0), "wagner": ("removed", 0, 0)}
    named = rows(backtest("--rules", folder, "--json", "--subscription", "border"))
    assert {id: (row["status"], row["same"]) for id, row in named.items()} == {
        "border": ("unchanged", 2)
    }


def test_equal_rules_change_nothing(
    backtest: Callable[..., Result], new: Callable[..., Path]
) -> None:
    folder = new(border="query = 'border'", gold=GOLD, wagner=WAGNER)
    found = backtest("--rules", folder, "--fail-if-lost", "--max-per-day", 0)
    assert (found.exit_code, found.stdout) == (
        0,
        "Nothing changes what rings: 3 subscriptions as before.\n",
    )


def test_the_exit_code_tells_what_is_lost_and_what_rings_too_often(
    backtest: Callable[..., Result], new: Callable[..., Path]
) -> None:
    folder = new(border="query = 'border NOT gold'", gold=GOLD, wagner=WAGNER)
    assert backtest("--rules", folder).exit_code == 0
    lost = backtest("--rules", folder, "--fail-if-lost")
    assert lost.exit_code == 1
    assert "Failed: border would lose 1 of its alerts" in lost.stderr
    assert backtest("--rules", folder, "--max-per-day", 1).exit_code == 0
    often = backtest("--rules", folder, "--max-per-day", 0.2)
    assert often.exit_code == 1
    assert "border would ring 0.3 times a day, more than 0.2" in often.stderr


def test_a_gate_does_not_open_where_nothing_is_stored(
    backtest: Callable[..., Result], new: Callable[..., Path]
) -> None:
    folder, before = new(border="query = 'border NOT gold'"), ("--until", "2000-01-01")
    assert backtest("--rules", folder, *before).exit_code == 0
    for gate in (("--fail-if-lost",), ("--max-per-day", 50)):
        found = backtest("--rules", folder, *before, *gate)
        assert found.exit_code == 1
        assert "nothing is stored of that time" in found.stderr


def test_wrong_usage_is_told_with_2(
    backtest: Callable[..., Result], new: Callable[..., Path]
) -> None:
    folder = new(border="query = 'border'")
    for words in (
        (),
        ("--rules", folder, "--subscriptions", folder),
        ("--rules", "nowhere"),
        ("--rules", folder, "--since", "soon"),
        ("--rules", folder, "--since", "2030-01-01"),
        ("--rules", folder, "--until", "never"),
        ("--rules", folder, "--subscription", "nobody"),
    ):
        assert backtest(*words).exit_code == 2, words


def test_a_period_is_half_open(backtest: Callable[..., Result], new: Callable[..., Path]) -> None:
    folder = new(border="query = 'border OR gold'", gold=GOLD, wagner=WAGNER)
    asked = ("--rules", folder, "--json")
    day = rows(backtest(*asked, "--since", "2023-08-01", "--until", "2023-08-02T00:00:00Z"))
    assert day["border"]["before"]["versions"] == 2  # type: ignore[index]
    assert rows(backtest(*asked, "--since", "25h"))["border"]["after"]["versions"] == 2  # type: ignore[index]


def test_a_changed_watch_list_finds_its_actor_anew(
    backtest: Callable[..., Result], tmp_path: Path
) -> None:
    lists = tmp_path / "lists"
    lists.mkdir()
    for name, alias in (("wagner-group", "ministers"), ("ecowas", "Ecowas"), ("russia", "Russia")):
        short = "short = ['wagner']" if name == "wagner-group" else ""
        (lists / f"{name}.toml").write_text(
            f"name = '{name}'\n[[actor]]\nid = '{name}'\nname = 'X'\n{short}\n"
            f"[[actor.alias]]\ntext = '{alias}'\nlanguage = '*'\n"
        )
    for words in (("--watch-lists", lists), ("--rules", lists)):
        found = rows(backtest(*words, "--json"))
        assert set(found) == {"wagner"}
        row = found["wagner"]
        assert (row["status"], row["added"], row["lost"], row["same"]) == ("changed", 1, 0, 1)
    assert "[ministers]" in backtest("--rules", lists).stdout


def test_subscriptions_that_ask_for_unwatched_actors_are_refused(
    backtest: Callable[..., Result], new: Callable[..., Path]
) -> None:
    refused = backtest("--rules", new(border="query = 'actor:atlantis'")).exception
    assert isinstance(refused, InvalidSetting)
    assert "atlantis" in str(refused)


def test_a_store_without_rules_says_what_to_do(tmp_path: Path, new: Callable[..., Path]) -> None:
    url = f"sqlite:///{tmp_path / 'empty.db'}"
    open_engine(url).dispose()
    folder = new(border="query = 'border'")
    words = ["backtest", "--store", url, "--rules", str(folder)]
    refused = CliRunner().invoke(cli, words).exception
    assert isinstance(refused, TocsinError)
    assert "--old" in refused.hint
    found = CliRunner().invoke(cli, [*words, "--old", str(folder)])
    assert found.exit_code == 0, found.output


def test_only_the_first_are_shown_unless_all_are_asked_for(
    backtest: Callable[..., Result],
    new: Callable[..., Path],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("console.cli.backtest.FIRST", 1)
    folder = new(border="query = 'ministers'", gold=GOLD, wagner=WAGNER)
    few = backtest("--rules", folder)
    assert "... and 3 more: --all shows them" in few.stdout
    every = backtest("--rules", folder, "--all", "--json")
    assert len(rows(every)["border"]["alerts"]) == 4  # type: ignore[arg-type]


def test_late_rules_of_the_schedule_are_not_in_force_yet(
    engine: Engine, backtest: Callable[..., Result], new: Callable[..., Path]
) -> None:
    future = freeze(LISTS, (replace(OLD[0], query="never"),))
    with writing(engine) as connection:
        rules.publish(connection, future, START.replace(year=2999))
    folder = new(border="query = 'border'", gold=GOLD, wagner=WAGNER)
    assert "3 subscriptions as before" in backtest("--rules", folder).stdout


def ring_stored(engine: Engine, *words: str) -> Result:
    return CliRunner().invoke(cli, ["subscriptions", "test", *words, "--store", str(engine.url)])


def test_one_subscription_is_tried_over_what_is_stored(engine: Engine) -> None:
    found = ring_stored(engine, "border", "--since", "30d")
    assert found.exit_code == 0, found.output
    assert "The [border] was closed on Monday" in found.stdout
    assert found.stdout.count("border: ") == 2
    assert found.stderr == "2 alerts in 5 article versions: 0.7 a day (most on 2023-08-01: 1).\n"
    (row,) = map(
        json.loads, ring_stored(engine, "gold", "--since", "30d", "--json").stdout.splitlines()
    )
    assert (row["title"], row["evidence"][0]["text"]) == ("News 3", "gold")


def test_a_query_is_tried_by_the_watch_lists_in_force(engine: Engine) -> None:
    found = ring_stored(engine, "ministers AND NOT actor:wagner", "--since", "2023-08-01")
    assert "[ministers]" in found.stdout
    assert "2 alerts in 5" in found.stderr  # mentions are as they are stored: none
    short = ring_stored(engine, "border", "--since", "30d", "--until", "2023-08-01T06:00:00Z")
    assert "1 alert in 1 article version:" in short.stderr


def test_a_test_needs_a_file_or_a_time_and_not_both(engine: Engine, tmp_path: Path) -> None:
    file = tmp_path / "articles.jsonl"
    file.write_text("")
    assert ring_stored(engine, "border").exit_code == 2
    assert ring_stored(engine, "border", str(file), "--since", "30d").exit_code == 2
