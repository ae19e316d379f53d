import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from console.cli.extract import command

TEXT = (
    "The bridge was opened on Wednesday by two ministers, after eleven years of work and many quarrels. "
    * 3
)


def a_page(title: str) -> str:
    return f"<html><head><title>{title}</title></head><body><article><p>{TEXT}</p></article></body></html>"


def run(*arguments: object, given: str | None = None) -> Result:
    return CliRunner().invoke(command, [str(each) for each in arguments], input=given)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for number in range(5):
        (tmp_path / f"{number}.html").write_text(a_page(f"Page {number}"))
    (tmp_path / "notes.txt").write_text("no page")
    return tmp_path


def test_one_line_a_page_in_the_order_of_the_names(folder):
    result = run(folder)
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert [line["title"] for line in lines] == [f"Page {number}" for number in range(5)]
    assert lines[0]["file"] == str(folder / "0.html")
    assert result.exit_code == 0


def test_files_keep_the_order_in_which_they_were_given(folder):
    result = run(folder / "3.html", folder / "1.html")
    assert [json.loads(line)["title"] for line in result.stdout.splitlines()] == [
        "Page 3",
        "Page 1",
    ]


def test_standard_input_and_an_address_name_the_article():
    result = run("-", "--url", "https://river.example/bridge?utm_source=x", given=a_page("Bridge"))
    found = json.loads(result.stdout)
    assert found["canonical_url"] == "https://river.example/bridge"
    assert found["file"] == "-"


def test_a_page_that_is_none_is_named_and_the_others_are_written(folder):
    (folder / "2.html").write_text("<html></html>")
    result = run(folder)
    assert (result.exit_code, len(result.stdout.splitlines())) == (0, 4)
    assert f"{folder}/2.html: no text was found in the page (no-text)" in result.stderr
    assert "1 of 5 pages gave nothing." in result.stderr
    assert run(folder, "--strict").exit_code == 1


def test_nothing_at_all_is_a_failure(tmp_path):
    (tmp_path / "a.html").write_text("")
    assert run(tmp_path / "a.html").exit_code == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("https://river.example/a",), "does not fetch"),
        (("nowhere.html",), "no such file"),
        (("-", "-", "--url", "https://a.example/"), "names one file"),
        ((), "Missing argument"),
    ],
)
def test_wrong_usage_is_said_and_exits_with_two(arguments, said):
    result = run(*arguments)
    assert result.exit_code == 2
    assert said in result.stderr


def test_a_folder_for_which_no_page_is_read_is_a_failure(tmp_path):
    (tmp_path / "notes.txt").write_text("no page")
    assert run(tmp_path).exit_code == 1
