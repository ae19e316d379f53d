"""`tocsin watch-lists` as a desk officer uses it."""

import json
from pathlib import Path

from click.testing import CliRunner, Result

from console.cli.watch_lists import command
from schemas import TocsinError


def run(*words: str) -> Result:
    return CliRunner().invoke(command, words)


def test_a_text_shows_mentions_and_near_misses_with_reasons() -> None:
    found = run("test", "ECOWAS met. Later they heard Richard Wagner.")
    assert found.exit_code == 0
    assert "[ECOWAS] met." in found.stdout
    assert "not wagner-group" in found.stdout
    assert "'Richard' beside it" in found.stdout


def test_the_very_place_is_set_off_when_a_name_stands_twice_in_a_sentence() -> None:
    lines = run("test", "Russia and again Russia here.", "--language", "en").stdout.splitlines()
    assert lines[1].strip() == "[Russia] and again Russia here."
    assert lines[4].strip() == "Russia and again [Russia] here."


def test_a_text_without_anybody_says_so() -> None:
    assert "Nobody watched is named here." in run("test", "A quiet day at the lake.").stdout


def test_json_is_one_record_a_line() -> None:
    lines = run("test", "ECOWAS heard Richard Wagner.", "--json").stdout.splitlines()
    assert [next(iter(json.loads(line))) for line in lines] == ["mention", "near_miss"]


def test_a_file_of_articles_is_read_like_a_seed(tmp_path: Path) -> None:
    path = tmp_path / "two.jsonl"
    path.write_text('{"title": "ECOWAS meets"}\n{"broken\n{"text": "Russia left."}\n')
    found = run("test", str(path))
    assert "[ECOWAS] meets" in found.stdout
    assert "[Russia] left." in found.stdout
    assert "two.jsonl:2" in found.stderr


def test_what_holds_no_article_is_told_of(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("About.")
    found = run("test", str(tmp_path))
    assert isinstance(found.exception, TocsinError)
    assert found.stderr == "README.md: is about the folder\n"
    assert isinstance(run("test", "").exception, TocsinError)


def test_a_language_that_is_no_code_is_wrong_usage() -> None:
    assert run("test", "ECOWAS", "--language", "french").exit_code == 2


def test_the_shipped_lists_are_listed_and_sound() -> None:
    lines = run("list").stdout.splitlines()
    assert [line.split()[0] for line in lines] == ["russia", "wagner-group", "ecowas"]
    assert run("check").stdout == "shipped watch lists: 3 actors, no errors\n"
    whole = json.loads(run("list", "--json").stdout.splitlines()[0])
    assert len(whole["names"]) > 300


def test_check_names_every_broken_file_and_fails(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.toml").write_text('[[actor]]\nid = "x"\nnick = "y"\n')
    found = run("check", str(tmp_path))
    assert found.exit_code == 1
    assert "a.toml:3: unknown key 'nick'" in found.stdout
    assert "b.toml:3: unknown key 'nick'" in found.stdout


def test_check_as_json_is_one_object_a_file(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text('[[actor]]\nid = "x"\nnick = "y"\n')
    found = run("check", str(tmp_path), "--json")
    (row,) = map(json.loads, found.stdout.splitlines())
    assert (found.exit_code, row["ok"], row["file"]) == (1, False, str(tmp_path / "a.toml"))
    assert f"{tmp_path / 'a.toml'}:3: unknown key 'nick'" in row["faults"][0]
    sound = json.loads(run("check", "--json").stdout)
    assert (sound["ok"], sound["actors"], sound["faults"]) == (True, 3, [])


def test_an_own_list_replaces_the_shipped_ones(tmp_path: Path) -> None:
    path = tmp_path / "lake.toml"
    path.write_text(
        '[[actor]]\nid = "lake"\n[[actor.alias]]\ntext = "Lake Board"\nlanguage = "en"\n'
    )
    found = run("test", "The Lake Board and Russia.", "--watch-lists", str(path))
    assert "[Lake Board]" in found.stdout
    assert "[Russia]" not in found.stdout
