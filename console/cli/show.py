"""How results look: tables and highlights on a terminal, plain text in a pipe, one progress bar."""

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from schemas import EPOCH

if TYPE_CHECKING:
    from pipelines.progress import Listener

WIDTH = 100
"""Columns of output that is not a terminal."""


class _Screen(Console):
    """Standard output that leaves a broken pipe to the command line, as all other output does."""

    def on_broken_pipe(self) -> None:
        """Raise it again."""
        raise BrokenPipeError


def console() -> Console:
    """Open standard output as rich sees it; in a pipe plain, and `WIDTH` wide."""
    return _Screen(
        width=None if sys.stdout.isatty() else WIDTH, highlight=False, emoji=False, markup=False
    )


def highlighted(sentence: str, surface: str) -> Text:
    """Set off the name that rang: bold on a terminal, in [brackets] otherwise."""
    whole = re.search(rf"(?<!\w){re.escape(surface)}(?!\w)", sentence)
    place = whole or re.search(re.escape(surface), sentence)
    if place is None:
        return Text(sentence)
    before, found, after = sentence[: place.start()], place[0], sentence[place.end() :]
    if sys.stdout.isatty():
        return Text.assemble(before, (found, "bold red"), after)
    return Text(f"{before}[{found}]{after}")


def moment(instant: datetime | None) -> str:
    """Write an instant for people: date and minute, UTC; what has no date is given none."""
    if instant == EPOCH:
        return "no date"
    return f"{instant:%Y-%m-%d %H:%M}" if instant else "-"


def plural(number: int, one: str, many: str = "") -> str:
    """Write a number with its noun."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


@contextmanager
def progress(total: int, unit: str = "KB") -> "Iterator[Listener | None]":
    """Show a bar per pass with rate and time left; only on a terminal.

    `total` is told in bytes where the unit is KB, else in the unit.
    """
    if not sys.stderr.isatty():
        yield None
        return
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        SpinnerColumn,
        TextColumn,
        TimeRemainingColumn,
    )

    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        size = 1024 if unit == "KB" else 1
        read = bars.add_task(f"Reading, {unit}", total=total // size or None, rate="")
        enrich = bars.add_task("Enriching, articles", total=None, rate="")
        tasks = {"read": (read, size), "enrich": (enrich, 1)}

        def moved(step: str, amount: int, total: int) -> None:
            task, size = tasks.get(step, (read, 0))
            if not size:
                return
            if total:
                bars.update(task, total=total // size)
            bars.advance(task, amount / size)
            speed = bars.tasks[task].speed
            bars.update(task, rate=f"{speed:,.0f}/s" if speed else "")

        yield moved
