"""match, subscriptions, validate and explain, as they are called."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from console.cli import cli, describe
from schemas import QueryError, TocsinError, encode
from store.engine import open_engine, writing
from store.results import write
from tests.tocsin.query.article_versions import NOON, a_mention, an_article_version
from tocsin.articles import complete, read

ARTICLES = [
    {"title": "Envoys", "text": "Mali closed the road. The Wagner Group left.", "language": "en"},
    {"title": "Concert", "text": "An orchestra played in Niger.", "language": "en"},
]


def called(*arguments: str) -> Result:
    return CliRunner().invoke(cli, arguments)


@pytest.fixture
def articles(tmp_path: Path) -> Path:
    file = tmp_path / "articles.jsonl"
    lines = [json.dumps(ARTICLES[0]), "no json", "", json.dumps(ARTICLES[1])]
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file


def printed(result: Result) -> list[dict[str, object]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_match_prints_the_articles_with_evidence_and_names_bad_lines(articles: Path) -> None:
    result = called("match", "mali OR chad", str(articles))
    assert result.exit_code == 0
    (row,) = printed(result)
    assert row["article"] == read(json.dumps(ARTICLES[0]).encode()).id
    assert (row["line"], row["query"]) == (1, "mali OR chad")
    assert row["evidence"][0]["text"] == "Mali"  # type: ignore[index]
    assert f"{articles}:2: invalid-json" in result.stderr
    assert "2 articles matched" in result.stderr


def test_lines_that_are_no_articles_end_with_1_where_all_are_or_any_must_not(
    articles: Path, tmp_path: Path
) -> None:
    assert "1 of 3 lines are no articles." in called("match", "mali", str(articles)).stderr
    strict = called("match", "mali", str(articles), "--strict")
    assert (strict.exit_code, len(printed(strict))) == (1, 1)
    broken = tmp_path / "broken.jsonl"
    broken.write_text("no json\n")
    assert called("match", "mali", str(broken)).exit_code == 1
    assert called("subscriptions", "test", "mali niger", str(broken)).exit_code == 1
    broken.write_text("")
    assert called("match", "mali", str(broken)).exit_code == 0


@pytest.mark.parametrize("command", [["match"], ["subscriptions", "test"]])
def test_a_folder_is_wrong_usage_and_it_is_said_what_to_give(
    articles: Path, tmp_path: Path, command: list[str]
) -> None:
    result = called(*command, "mali niger", str(tmp_path))
    assert result.exit_code == 2
    assert f"is a folder. Give {articles}." in result.stderr
    articles.unlink()
    result = called(*command, "mali niger", str(tmp_path))
    assert "tocsin replay FOLDER --out RESULTS writes RESULTS/articles.jsonl" in result.stderr


def test_match_answers_many_queries_at_once(articles: Path, tmp_path: Path) -> None:
    queries = tmp_path / "queries.jsonl"
    rows = [{"id": 7, "query": "mali"}, {"id": "b", "query": "niger OR mali"}]
    queries.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    result = called("match", "--queries", str(queries), str(articles), "--no-evidence")
    assert [(row["line"], row["query"]) for row in printed(result)] == [
        (1, "7"),
        (1, "b"),
        (4, "b"),
    ]
    assert all(set(row) == {"article", "line", "query"} for row in printed(result))


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ('{"id": 1}\n', ":1: not"),
        ('{"id": 1, "query": "a1"}\n{"id": 1, "query": "b1"}\n', ":2: id 1 stands twice"),
        ('{"id": 1, "query": 5}\n', ":1: query must be text"),
        ("", "no queries"),
        ('{"id": "x", "query": "mali AND"}\n', "query x: AND has nothing behind it"),
    ],
)
def test_match_names_the_query_that_is_wrong(
    rows: str, said: str, articles: Path, tmp_path: Path
) -> None:
    queries = tmp_path / "queries.jsonl"
    queries.write_text(rows, encoding="utf-8")
    result = called("match", "--queries", str(queries), str(articles))
    assert isinstance(result.exception, TocsinError)
    assert said in str(result.exception)


def test_match_without_a_file_is_wrong_usage() -> None:
    assert called("match", "mali").exit_code == 2


def test_match_asks_for_actors_by_their_short_names(articles: Path) -> None:
    assert [row["line"] for row in printed(called("match", "actor:wagner", str(articles)))] == [1]


def test_a_query_is_checked_and_written_out() -> None:
    assert called("subscriptions", "check", "mali niger").stdout == "OK: mali AND niger\n"
    wrong = called("subscriptions", "check", "mali AND")
    assert isinstance(wrong.exception, QueryError)
    wrong = called("subscriptions", "check", "mali AND", "--json")
    assert wrong.exit_code == 1
    assert json.loads(wrong.stdout)["column"] == 6


def test_the_caret_stands_under_the_fault_though_letters_are_two_columns_wide() -> None:
    fault = called("subscriptions", "check", "尼日尔 AND actor:wagnr").exception
    assert isinstance(fault, QueryError)
    assert describe(fault).splitlines()[1:3] == [
        "  尼日尔 AND actor:wagnr",
        "                   ^ column 15",
    ]


def test_of_a_long_query_what_is_around_the_fault_is_shown() -> None:
    fault = called("subscriptions", "check", "mali " * 500 + "AND AND " + "niger " * 500).exception
    assert isinstance(fault, QueryError)
    shown, caret = describe(fault).splitlines()[1:3]
    assert shown == f"  …{'mali ' * 12}AND AND {('niger ' * 9)[:52]}…"
    assert caret.index("^") == shown.index("AND")
    assert caret.endswith("^ column 2501")


def test_shipped_subscriptions_are_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # where no settings and no store are
    ids = [row["id"] for row in printed(called("subscriptions", "list", "--json"))]
    assert ids == ["ecowas", "russia", "wagner-group", "wagner-in-niger"]


def test_a_subscription_is_tried_on_a_file(articles: Path) -> None:
    result = called("subscriptions", "test", "wagner-group", str(articles))
    assert "[Wagner Group]" in result.stdout
    assert "1 of 2 articles would ring." in result.stderr
    wrong = called("subscriptions", "test", "rusia", str(articles))
    assert "no subscription 'rusia': it is taken as a query" in wrong.stderr
    wrong = called("subscriptions", "test", "wagner-grup", str(articles))
    assert "wagner-group" in wrong.exception.hint  # type: ignore[union-attr]


def test_validate_names_every_fault_of_every_file(tmp_path: Path) -> None:
    assert called("validate").exit_code == 0
    for name in ("one", "two"):
        (tmp_path / f"{name}.toml").write_text("[[subscription]]\nid = 'a'\n", encoding="utf-8")
    result = called("validate", "--subscriptions", str(tmp_path))
    assert result.exit_code == 1
    assert result.stdout.splitlines() == [
        f"{tmp_path / name}.toml:1: query is missing" for name in ("one", "two")
    ]


def test_validate_finds_actors_that_nobody_watches(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text("[[subscription]]\nid = 'a'\nquery = 'actor:rusia'\n", encoding="utf-8")
    result = called("validate", "--subscriptions", str(file))
    assert result.exit_code == 1
    assert "actor:russia" in result.stdout


def test_validate_checks_the_rules_of_the_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "mine.toml"
    monkeypatch.setenv("TOCSIN_RULES_SUBSCRIPTIONS", str(file))
    assert f"{file}: no .toml file here" in called("validate").output
    file.write_text("[[subscription]]\nid = 'a'\n", encoding="utf-8")
    result = called("validate")
    assert (result.exit_code, result.stdout) == (1, f"{file}:1: query is missing\n")
    monkeypatch.setenv("TOCSIN_RULES_WATCH_LISTS", str(tmp_path / "nowhere"))
    assert f"{tmp_path / 'nowhere'}: no .toml file here" in called("validate").output


def test_validate_warns_of_a_query_that_can_never_match_as_check_does(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text("[[subscription]]\nid = 'a'\nquery = 'mali NOT mali'\n", encoding="utf-8")
    result = called("validate", "--subscriptions", str(file))
    assert result.exit_code == 0
    assert "no faults" in result.stdout
    alone = called("subscriptions", "check", "mali NOT mali").stderr
    assert "can never match" in alone
    assert result.stderr == alone.replace("Warning: ", "Warning: subscription a: ")
    found = json.loads(called("validate", "--subscriptions", str(file), "--json").stdout)
    (warning,) = found["warnings"]
    assert (found["ok"], warning["subscription"], warning["column"]) == (True, "a", 1)
    assert json.loads(called("validate", "--json").stdout)["warnings"] == []


def test_validate_as_json_is_one_object(tmp_path: Path) -> None:
    sound = json.loads(called("validate", "--json").stdout)
    assert (sound["ok"], sound["actors"], sound["faults"]) == (True, 3, [])
    file = tmp_path / "mine.toml"
    file.write_text("[[subscription]]\nid = 'a'\n", encoding="utf-8")
    result = called("validate", "--subscriptions", str(file), "--json")
    found = json.loads(result.stdout)
    assert (result.exit_code, found["ok"]) == (1, False)
    assert found["faults"] == [f"{file}:1: query is missing"]


@pytest.fixture
def results(tmp_path: Path) -> Path:
    article_version = an_article_version(
        "The Wagner Group left Mali.", title="Envoys", id="abc1", version="v1"
    )
    mention = a_mention(article_version.article, "Wagner Group", actor="wagner-group")
    second = an_article_version("Nothing here.", id="abd2", version="v1")
    for name, records in (
        ("articles", [article_version.article, second.article]),
        ("mentions", [mention]),
    ):
        content = b"".join(encode(each) + b"\n" for each in records)
        (tmp_path / f"{name}.jsonl").write_bytes(content)
    return tmp_path


def test_explain_finds_an_article_by_the_beginning_of_its_id(results: Path) -> None:
    result = called("explain", "abc", "--out", str(results), "--json")
    found = {str(row["subscription"]): row["matches"] for row in printed(result)}
    assert found == {
        "russia": False,
        "wagner-group": True,
        "ecowas": False,
        "wagner-in-niger": False,
    }


def test_explain_tells_one_subscription_in_words(results: Path) -> None:
    result = called("explain", "abc1", "--out", str(results), "--subscription", "wagner-in-niger")
    assert "yes actor:wagner: text 4-16: The [Wagner Group] left Mali." in result.stdout
    assert "NO  place:Niger: not here" in result.stdout


@pytest.mark.parametrize(
    ("name", "said"), [("ab", "several ids"), ("f", "no alert and no article")]
)
def test_explain_refuses_what_is_not_one_record(results: Path, name: str, said: str) -> None:
    result = called("explain", name, "--out", str(results))
    assert isinstance(result.exception, TocsinError)
    assert said in str(result.exception)


def test_an_odd_query_is_understood_and_warned_of() -> None:
    result = called("subscriptions", "check", "mali NOT mali")
    assert (result.exit_code, result.stdout) == (0, "OK: mali AND NOT mali\n")
    assert result.stderr.splitlines()[:3] == [
        "Warning: This can never match: mali is asked for and excluded.",
        "  mali NOT mali",
        "  ^ column 1",
    ]
    (row,) = printed(called("subscriptions", "check", "mali OR the", "--json"))
    assert row["warnings"][0]["column"] == 9  # type: ignore[index]


def test_a_query_is_asked_of_the_last_week_that_is_stored(tmp_path: Path) -> None:
    store = f"sqlite:///{tmp_path / 'store.db'}"
    result = called("subscriptions", "check", "mali", "--estimate", "--store", store)
    assert (result.exit_code, result.stdout) == (0, "OK: mali\n")
    assert f"No estimate: There is no store {store}" in result.stderr

    rows = [("Mali", 0), ("Mali", 200), ("Le Mali ferme la route.", 210), ("Niger", 224)]
    articles = [
        complete(url=f"https://a.example/{at}", text=text, first_seen=NOON + timedelta(hours=at))
        for text, at in rows
    ]
    engine = open_engine(store)
    with writing(engine) as connection:
        write(connection, "articles", articles)
    engine.dispose()
    result = called("subscriptions", "check", "mali", "--estimate", "--store", store)
    assert "About 2 alerts a day: 2 in 3 article versions" in result.stdout
    (row,) = printed(
        called(
            "subscriptions", "check", "mali language:fr", "--estimate", "--store", store, "--json"
        )
    )
    assert (row["alerts_a_day"], row["estimate"]["alerts"]) == (1, 1)  # type: ignore[index]
