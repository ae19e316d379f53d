"""Paths that are given to be read: one that does not exist is wrong usage, said in one sentence."""

from pathlib import Path
from typing import Any

import click


class NoSuchPath(click.ClickException):
    """What was named is not there. Ends as wrong usage does."""

    exit_code = 2

    def __init__(self, path: Path | str) -> None:
        super().__init__(f"{path}: no such file or folder.")


class NotAFile(click.ClickException):
    """A folder was named where a file of articles is read. Ends as wrong usage does."""

    exit_code = 2

    def __init__(self, folder: Path) -> None:
        inside = folder / "articles.jsonl"
        give = str(inside)
        if not inside.is_file():
            give = (
                "a file of articles, one in JSON a line;"
                " tocsin replay FOLDER --out RESULTS writes RESULTS/articles.jsonl"
            )
        super().__init__(f"{folder}: is a folder. Give {give}.")


class _Existing(click.Path):
    """A path that must be there."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Refuse what is not there, before anything else is said of it."""
        return super().convert(existing(value), param, ctx)


def existing(path: Path | str) -> Path:
    """Take a path that is there. Raises `NoSuchPath`."""
    try:
        if Path(path).exists():
            return Path(path)
    except (OSError, ValueError):  # no name that a file could have
        pass
    raise NoSuchPath(path)


EXISTING = _Existing(path_type=Path)
"""The type of an argument or option that names a file or folder to be read."""

EXISTING_FOLDER = _Existing(path_type=Path, file_okay=False)
"""The type of one that names a folder to be read."""
