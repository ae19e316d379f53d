"""A real stream replayed twice, shuffled, split and repeated: are the bytes the same?

    python -m benchmarks.determinism DATA [--entities N]

DATA holds stream-rss-2023. All items without entity models, then N of them (1000) with.
"""

import argparse
import json
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from connectors.seeds.folder import list_files, read_file
from console.logs import quiet_beam

SEED = 20230623
PARTS = 5


def lines(data: Path) -> Iterator[bytes]:
    """Yield the items of the stream as minimal records of articles."""
    for path in sorted((data / "stream-rss-2023").glob("*.jsonl")):
        with path.open(encoding="utf-8") as rows:
            for row in map(json.loads, rows):
                record = {
                    "url": row.get("link") or "",
                    "title": row.get("title") or "",
                    "text": row.get("description") or "",
                    "published": row.get("date_published"),
                    "language": row.get("language") or "",
                    "feed": row.get("source") or "",
                }
                yield json.dumps(record, ensure_ascii=False).encode("utf-8", "replace")


def replayed(items: list[bytes], parts: int, *, entities: bool) -> tuple[dict[str, bytes], str]:
    """Replay items from so many files; give the bytes of every output file, and what was counted."""
    quiet_beam()
    from console.rules import load_rule_set
    from pipelines.graph import Rules
    from pipelines.models import recogniser
    from pipelines.replay import FILES, Input, replay
    from pipelines.rules import FixedRules

    rules = load_rule_set(None, None, recogniser=recogniser(enabled=entities).name)
    with tempfile.TemporaryDirectory() as scratch:
        source, out = Path(scratch) / "in", Path(scratch) / "out"
        source.mkdir()
        out.mkdir()
        for part in range(parts):
            content = b"\n".join(items[part::parts]) + b"\n"
            (source / f"{part}.jsonl").write_bytes(content)
        listing = list_files([source])
        given = Input(listing.files, listing.skipped, read_file)
        counts = replay(given, Rules(FixedRules(rules), entities), out)
        told = (
            f"{counts.came_in} in = {counts.out} out + {counts.duplicates} duplicates"
            f" + {counts.rejected} rejected + {counts.dead_letters} dead letters"
        )
        assert counts.came_in == counts.accounted_for == len(items)
        return {name: (out / f"{name}.jsonl").read_bytes() for name in FILES}, told


def compare(items: list[bytes], *, entities: bool) -> int:
    """Replay in five ways; print how each compares with the first, and return how many differ."""
    shuffled = list(items)
    random.Random(SEED).shuffle(shuffled)
    ways = {
        "as it is": (items, 1),
        "again": (items, 1),
        "shuffled": (shuffled, 1),
        f"shuffled, in {PARTS} files": (shuffled, PARTS),
        "shuffled, each line three times": (shuffled * 3, 1),
    }
    first: dict[str, bytes] = {}
    differing = 0
    for way, (given, parts) in ways.items():
        began = time.perf_counter()
        found, told = replayed(given, parts, entities=entities)
        first = first or found
        wrong = [name for name in first if found[name] != first[name]]
        differing += bool(wrong)
        size = sum(map(len, found.values()))
        said = f"differs in {', '.join(wrong)}" if wrong else f"{len(found)} files equal"
        print(
            f"{way:32} {time.perf_counter() - began:6.1f} s  {told}; {size} bytes; {said}",
            flush=True,
        )
    return differing


def main() -> int:
    """Read the arguments and compare; returns how many ways differ."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--entities", type=int, default=1000, help="items for entity models")
    given = parser.parse_args()
    items = list(lines(given.data))
    print(f"{len(items)} items without entity models")
    differing = compare(items, entities=False)
    some = list(islice(items, 0, None, max(1, len(items) // given.entities)))
    print(f"{len(some)} items with entity models")
    return differing + compare(some, entities=True)


if __name__ == "__main__":
    sys.exit(main())
