"""The files of a replay, read back."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from schemas import decode


def records(folder: Path, name: str, kind: type[Any]) -> Iterator[Any]:
    """Read one file of a replay, record by record; a file that is not there has none."""
    path = folder / f"{name}.jsonl"
    if not path.exists():
        return
    with path.open("rb") as lines:
        for line in lines:
            yield decode(kind, line)
