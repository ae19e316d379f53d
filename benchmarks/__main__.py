"""Every benchmark, one after the other: `python -m benchmarks DATA`.

DATA is a folder of public sets, each unpacked under its own name. What is not there is left out,
and said.
"""

import subprocess
import sys
from pathlib import Path

ALL: tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...] = (
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
    ("hostile", ("hostile-html5lib", "hostile-json", "hostile-warcio", "hostile-defusedxml"), ()),
)
"""Module, the sets under DATA that it reads (`""` is DATA itself), and further arguments."""


def main() -> int:
    """Run all; returns how many failed or lacked their data."""
    if len(sys.argv) != 2 or not Path(sys.argv[1]).is_dir():
        print(__doc__, file=sys.stderr)
        print("Say: make bench DATA=FOLDER", file=sys.stderr)
        return 2
    data, failed = Path(sys.argv[1]), 0
    for module, sets, flags in ALL:
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
