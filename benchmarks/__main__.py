"""Every benchmark, one after the other: `python -m benchmarks DATA`, or `python -m benchmarks DATA live`.

The second runs those of the stream, which take hours, and nothing else. DATA is a folder of public
sets, each unpacked under its own name. What is not there is left out, and said.
"""

import subprocess
import sys
from pathlib import Path

Plan = tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...]

ALL: Plan = (
    ("copies", ("dup-minhash-news",), ()),
    ("determinism", ("",), ()),
    ("replay", ("",), ()),
    ("replay", ("",), ("--no-entities",)),
    ("replay", ("",), ("--made", "20000", "--no-entities", "--runs", "1")),
    ("replay", ("",), ("--profile", "--no-entities")),
    ("replay", ("",), ("--made", "5000", "--peak")),
    ("replay", ("",), ("--made", "100000", "--no-entities", "--peak")),
    ("entities", ("text-cltls-fr",), ()),
    ("extraction", ("extract-newspaper4k",), ()),
    ("feeds", ("feeds-gofeed", "feeds-rss-parser"), ()),
    ("expectations", ("feeds-feedparser",), ()),
    ("broken_feeds", ("feeds-feedparser",), ()),
    ("urls", ("peer-wpt-url",), ()),
    ("fetching", (), ()),
    ("polling", (), ()),
    ("query_fuzz", (), ()),
    ("percolation", ("",), ()),
    ("backtest", (), ()),
    ("webhooks", (), ()),
    ("webhook_kills", (), ()),
    ("hostile", ("hostile-html5lib", "hostile-json", "hostile-warcio", "hostile-defusedxml"), ()),
)
"""Module, the sets under DATA that it reads (`""` is DATA itself), and further arguments."""

_STREAM = ("stream-rss-2023",)

LIVE: Plan = (
    ("live_start", (), ()),
    ("live_backlog", _STREAM, ("--part", "alerts", "entities")),
    ("live", _STREAM, ()),
    ("live", _STREAM, ("--workers", "2", "--rate", "25", "--minutes", "10")),
    ("live", _STREAM, ("--search", "12", "18", "25", "35", "50")),
    ("live", _STREAM, ("--no-entities", "--search", "25", "50", "75", "100", "150")),
    ("live_burst", _STREAM, ()),
    ("live_replay", _STREAM, ()),
    ("live_partitions", _STREAM, ()),
    ("live_memory", _STREAM, ()),
    ("live_memory", _STREAM, ("--postgresql",)),
    ("live_soak", _STREAM, ()),
)
"""The same for what runs continuously. They take five hours, and a machine that does nothing else."""


def main() -> int:
    """Run all; returns how many failed or lacked their data."""
    plans = {(): ALL, ("live",): LIVE}
    plan = plans.get(tuple(sys.argv[2:])) if len(sys.argv) > 1 else None
    if plan is None or not Path(sys.argv[1]).is_dir():
        print(__doc__, file=sys.stderr)
        print("Say: make bench DATA=FOLDER, or make bench-live DATA=FOLDER", file=sys.stderr)
        return 2
    data, failed = Path(sys.argv[1]), 0
    for module, sets, flags in plan:
        paths = [data / name for name in sets]
        print(f"\n== {module} {' '.join((*sets, *flags))}", flush=True)
        if missing := [path for path in paths if not path.is_dir()]:
            print(f"left out: no {', '.join(map(str, missing))}")
            failed += 1
            continue
        command = [sys.executable, "-m", f"benchmarks.{module}", *map(str, paths), *flags]
        failed += subprocess.run(command, check=False).returncode != 0
    return failed


if __name__ == "__main__":
    sys.exit(main())
