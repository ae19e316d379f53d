import json
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from console.cli.replay import command
from schemas import InvalidSetting, Unavailable

FILES = {
    "articles", "stories", "entities", "mentions", "near-misses", "alerts", "dead-letters",
}  # fmt: skip


def tocsin_replay(*arguments: object) -> Result:
    return CliRunner().invoke(command, [str(each) for each in arguments])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    source = tmp_path / "in"
    source.mkdir()
    items = [
        {"url": "https://one.example/a", "title": "Summit in Abuja", "text": "ECOWAS met in Abuja. Nobody from Moscow came.", "published": "2023-08-10T10:00:00Z"},
        {"url": "https://two.example/b", "title": "Harvest", "text": "The harvest was good.", "published": "2023-08-11T10:00:00Z"},
        {"url": "https://two.example/b?utm_source=x", "title": "Harvest", "text": "The harvest was good.", "published": "2023-08-11T10:00:00Z"},
    ]  # fmt: skip
    (source / "items.jsonl").write_text("\n".join(map(json.dumps, items)))
    return source


def test_every_record_is_accounted_for(folder, tmp_path):
    (folder / "broken.jsonl").write_text('{"title": ')
    (folder / "tool.exe").write_bytes(b"\x00\x01\x02MZ")
    out = tmp_path / "out"
    result = tocsin_replay(folder, "--out", out, "--no-entities")
    assert result.exit_code == 0, result.output
    counts = json.loads((out / "summary.json").read_bytes())["counts"]
    assert counts["came_in"] == counts["accounted_for"] == 4
    assert (counts["out"], counts["duplicates"], counts["dead_letters"]) == (2, 1, 1)
    assert [each["name"] for each in counts["skipped"]] == ["tool.exe"]
    assert (
        "4 records in = 2 article versions out + 1 duplicate + 0 rejected + 1 dead letter"
        in result.stdout
    )
    assert "2 warnings" in result.stderr


def test_the_folder_holds_the_named_files_and_nothing_else(folder, tmp_path):
    out = tmp_path / "out"
    tocsin_replay(folder, "--out", out, "--no-entities")
    assert {path.name for path in out.iterdir()} == {f"{n}.jsonl" for n in FILES} | {"summary.json"}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in", "out"]


def test_the_ringing_sentence_is_shown_with_its_name_set_off(folder):
    result = tocsin_replay(folder, "--no-entities")
    assert "[ECOWAS] met in Abuja." in result.stdout
    assert "ecowas: 1 alert" in result.stdout


def test_json_goes_to_standard_output_alone(folder):
    summary = json.loads(tocsin_replay(folder, "--no-entities", "--json").stdout)
    assert {tally["actor"] for tally in summary["actors"]} == {"ecowas", "russia", "wagner-group"}


def test_a_time_that_ends_before_it_begins_is_wrong_usage(folder):
    result = tocsin_replay(folder, "--from", "2024-02-01T00:00:00Z", "--to", "2024-01-01T00:00:00Z")
    assert result.exit_code == 2
    assert "is not after --from 2024-02-01T00:00:00Z" in result.stderr


def test_strict_turns_warnings_into_exit_one(folder):
    assert tocsin_replay(folder, "--no-entities", "--strict").exit_code == 0
    (folder / "broken.jsonl").write_text("[")
    assert tocsin_replay(folder, "--no-entities").exit_code == 0
    assert tocsin_replay(folder, "--no-entities", "--strict").exit_code == 1


def test_results_are_not_overwritten_unless_forced(folder, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    (out / "mine.txt").write_text("keep")
    refused = tocsin_replay(folder, "--out", out, "--no-entities")
    assert isinstance(refused.exception, InvalidSetting)
    assert tocsin_replay(folder, "--out", out, "--no-entities", "--force").exit_code == 0
    assert (out / "mine.txt").read_text() == "keep"
    assert (out / "alerts.jsonl").exists()


def test_results_beside_the_input_are_not_read_again(folder):
    out = folder / "out"
    assert tocsin_replay(folder, "--out", out, "--no-entities", "--strict").exit_code == 0
    first = {path.name: path.read_bytes() for path in out.glob("*.jsonl")}
    assert tocsin_replay(folder, "--out", out, "--no-entities", "--force").exit_code == 0
    assert {path.name: path.read_bytes() for path in out.glob("*.jsonl")} == first


def test_a_store_that_cannot_be_had_is_told_before_the_work_begins(folder, tmp_path):
    (tmp_path / "notes.txt").write_text(
        "no database, but a text that is long enough for its header" * 9
    )
    for url in (f"sqlite:///{tmp_path}/nowhere/a.db", f"sqlite:///{tmp_path}/notes.txt"):
        out = tmp_path / "out"
        refused = tocsin_replay(folder, "--out", out, "--no-entities", "--store", url)
        assert isinstance(refused.exception, Unavailable)
        assert not list(tmp_path.glob(".tocsin-*"))


def test_two_replays_leave_one_set_of_rows(folder, tmp_path):
    store = f"sqlite:///{tmp_path}/a.db"
    stored = [tocsin_replay(folder, "--no-entities", "--store", store).stderr for _ in range(2)]
    assert stored[0] == stored[1]
    with sqlite3.connect(tmp_path / "a.db") as rows:
        assert rows.execute("SELECT count(*) FROM run_article").fetchall() == [(2,)]


def test_articles_outside_the_span_are_rejected_and_counted(folder, tmp_path):
    out = tmp_path / "out"
    tocsin_replay(folder, "--out", out, "--no-entities", "--from", "2023-08-11T00:00:00Z")
    counts = json.loads((out / "summary.json").read_bytes())["counts"]
    assert (counts["out"], counts["rejected"], counts["duplicates"]) == (1, 1, 1)
    assert len((out / "stories.jsonl").read_bytes().splitlines()) == 1


def test_a_watch_list_of_ones_own_replaces_the_shipped_ones(folder, tmp_path):
    lists = tmp_path / "lists"
    lists.mkdir()
    (lists / "mine.toml").write_text(
        '[[actor]]\nid = "harvest"\nname = "The harvest"\n\n'
        '[[actor.alias]]\ntext = "harvest"\nlanguage = "en"\n'
    )
    result = tocsin_replay(folder, "--no-entities", "--watch-lists", lists, "--json")
    assert result.exit_code == 0, result.output
    assert [(t["actor"], t["stories"]) for t in json.loads(result.stdout)["actors"]] == [
        ("harvest", 1)
    ]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_replay_leaves_nothing_and_says_so_in_a_word(tmp_path, number):
    lines = b"".join(b'{"title": "Item %d", "text": "Word %d."}\n' % (n, n) for n in range(200_000))
    (tmp_path / "many.jsonl").write_bytes(lines)
    command = [sys.executable, "-c", "from console.cli import main; main()", "replay"]
    with subprocess.Popen(
        [*command, tmp_path / "many.jsonl", "--no-entities", "--out", tmp_path / "out"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as running:
        while not list(tmp_path.glob(".tocsin-*/.work/memory.sqlite")):
            assert running.poll() is None
        running.send_signal(number)
        output, complaint = running.communicate(timeout=60)
    assert (running.returncode, output, complaint.strip()) == (130, b"", b"Stopped.")
    assert [path.name for path in tmp_path.iterdir()] == ["many.jsonl"]
