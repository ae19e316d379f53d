"""`tocsin evaluate`: measure detection on a labelled set."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from console.paths import EXISTING
from schemas import TocsinError

if TYPE_CHECKING:
    from tocsin.evaluation import Labelled, Score

LABELS = {"russia": frozenset({"GPE-Russia", "trump/78", "ec/10011"})}
"""How labelled sets in the format of the BSNLP shared tasks name an actor. The topics of 2017 number
what they name, each its own way: such a number counts with its topic."""


@click.command(
    epilog="\b\nExample:\n  tocsin evaluate ~/sets/bsnlp --misses\n",
)
@click.argument("labelled_set", metavar="SET", type=EXISTING)
@click.option("--actor", default="russia", type=click.Choice(sorted(LABELS)), help="Whom to score.")
@click.option("--misses", is_flag=True, help="List what was missed and what was found in error.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a language.")
def command(labelled_set: Path, actor: str, misses: bool, as_json: bool) -> None:
    """Measure detection on a labelled SET, by language.

    SET is a folder in the format of the BSNLP shared tasks on Slavic names: TOPIC/raw/LANGUAGE/FILE
    and TOPIC/annotated/LANGUAGE/FILE, matched by the id in their first lines.
    """
    from tocsin.evaluation import score
    from tocsin.matcher import Matcher
    from tocsin.watchlists import shipped

    scores = score(
        _documents(labelled_set), Matcher(shipped(), "evaluation"), actor=actor, ids=LABELS[actor]
    )
    if not scores:
        raise TocsinError(
            f"no labelled documents in {labelled_set}",
            hint="Expected are folders TOPIC/raw/LANGUAGE and TOPIC/annotated/LANGUAGE.",
        )
    for language, each in scores.items():
        if as_json:
            click.echo(json.dumps({"language": language, **_figures(each)}))
    if not as_json:
        _print_table(scores)
    if misses:
        _print_misses(scores)


def _documents(folder: Path) -> Iterator["Labelled"]:
    """Read the documents of a set, in the order of topic, language and file name."""
    for topic in sorted(path.parent for path in folder.glob("*/annotated")):
        for language in sorted(path.name for path in (topic / "annotated").iterdir()):
            labels = {
                lines[0]: lines[1:]
                for lines in map(_lines, sorted((topic / "annotated" / language).iterdir()))
            }
            for path in sorted((topic / "raw" / language).iterdir()):
                lines = _lines(path)
                if lines[0] in labels:
                    yield _document(f"{topic.name}/{lines[0]}", lines, labels[lines[0]], language)


def _lines(path: Path) -> list[str]:
    text = path.read_text(encoding="utf-8-sig", errors="replace")
    return [line.strip() for line in text.splitlines()] or [""]


def _document(name: str, lines: list[str], labels: list[str], language: str) -> "Labelled":
    """Make one document: id, language, date and address stand in the first four lines."""
    from tocsin.evaluation import Labelled

    columns = [line.split("\t") for line in labels]
    return Labelled(
        name=f"{name} ({language})",
        language=language,
        title=lines[4] if len(lines) > 4 else "",
        text="\n".join(lines[5:]),
        labels=tuple(
            (each[0].strip(), _label(name, each[3].strip())) for each in columns if len(each) > 3
        ),
    )


def _label(name: str, label: str) -> str:
    """Give numbers the topic they belong to."""
    return f"{name.split('/')[0]}/{label}" if label.isdigit() else label


def _figures(score: "Score") -> dict[str, float | int]:
    """Give the figures of one language, shares rounded to 4 places."""
    return {
        "documents": score.documents,
        "with_actor": score.wanted_documents,
        "document_recall": round(score.found_documents / max(1, score.wanted_documents), 4),
        "forms": score.wanted_forms,
        "form_recall": round(score.found_forms / max(1, score.wanted_forms), 4),
        "found_by_name": score.by_name,
        "labelled_otherwise": score.wrong,
        "unlabelled": score.unlabelled,
    }


def _print_table(scores: dict[str, "Score"]) -> None:
    rows = {language: _figures(score) for language, score in scores.items()}
    names = ["language", *next(iter(rows.values()))]
    click.echo("  ".join(name.replace("_", " ").rjust(max(8, len(name))) for name in names))
    for language, figures in rows.items():
        cells = [language, *map(str, figures.values())]
        click.echo(
            "  ".join(
                cell.rjust(max(8, len(name))) for cell, name in zip(cells, names, strict=True)
            )
        )


def _print_misses(scores: dict[str, "Score"]) -> None:
    for language, score in scores.items():
        for title, lines in (("missed", score.misses), ("found in error?", score.alarms)):
            for line in lines:
                click.echo(f"{language}  {title}  {line}")
