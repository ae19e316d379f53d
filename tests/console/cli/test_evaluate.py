"""`tocsin evaluate` on a small labelled set of our own."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from console.cli.evaluate import command
from schemas import TocsinError


def a_set(folder: Path) -> Path:
    for kind, lines in {
        "raw": [
            "pl-1",
            "pl",
            "2020-01-01",
            "https://example.org/",
            "Posłowie",
            "",
            "Mówiono o Rosji.",
        ],
        "annotated": ["pl-1", "Rosji\tRosja\tLOC\tGPE-Russia", "Ruś\tRuś\tLOC\tGPE-Russia"],
    }.items():
        path = folder / "topic" / kind / "pl" / f"1.{kind}"
        path.parent.mkdir(parents=True)
        path.write_text("\ufeff" + "\n".join(lines) + "\n", encoding="utf-8")
    return folder


def test_recall_is_printed_by_language(tmp_path: Path) -> None:
    found = CliRunner().invoke(command, [str(a_set(tmp_path)), "--json"])
    figures = json.loads(found.stdout)
    assert figures["language"] == "pl"
    assert (figures["document_recall"], figures["form_recall"]) == (1.0, 0.5)


def test_misses_are_listed_below_the_table(tmp_path: Path) -> None:
    found = CliRunner().invoke(command, [str(a_set(tmp_path)), "--misses"])
    assert found.stdout.splitlines()[0].split()[:2] == ["language", "documents"]
    assert found.stdout.splitlines()[-1] == "pl  missed  topic/pl-1 (pl): Ruś"


def test_a_folder_without_labels_is_an_error(tmp_path: Path) -> None:
    found = CliRunner().invoke(command, [str(tmp_path)])
    assert isinstance(found.exception, TocsinError)
    with pytest.raises(TocsinError, match="no labelled documents"):
        CliRunner().invoke(command, [str(tmp_path)], catch_exceptions=False)
