"""The options that benchmarks of the stream have in common, each declared once."""

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def stream_in(folder: str) -> Path:
    """Find the file of a shared stream in its folder."""
    found = sorted(Path(folder).glob("*.jsonl"))
    if not found:
        raise argparse.ArgumentTypeError(f"there is no .jsonl in {folder}")
    return found[0]


SHARED: Mapping[str, dict[str, Any]] = {
    "stream": {"type": stream_in, "help": "folder of a shared stream"},
    "minutes": {"type": float, "help": "how long it is sent"},
    "rate": {"type": float, "help": "articles a second"},
    "count": {"type": int, "help": "articles"},
    "workers": {"type": int, "default": 1, "help": "processes that recognise entities"},
    "partitions": {"type": int, "default": 12, "help": "of the log"},
    "no-entities": {"action": "store_true", "help": "without entity models"},
    "postgresql": {"action": "store_true", "help": "instead of SQLite"},
    "out": {"type": Path, "help": "file for the figures, as JSON"},
}
"""Each by its name; `stream` alone stands without dashes."""


def parser(description: str | None, *names: str, **defaults: float) -> argparse.ArgumentParser:
    """Make a parser with the shared options of these names, those with a default given here, and `out`."""
    made = argparse.ArgumentParser(description=description)
    for name in (*names, *defaults, "out"):
        made.add_argument(name if name == "stream" else f"--{name}", **SHARED[name])
    made.set_defaults(**defaults)
    return made
