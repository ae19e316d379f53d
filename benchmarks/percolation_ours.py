"""Articles through `Queries`, in a process of its own: one line of JSON, and the matches in a file.

    python -m benchmarks.percolation_ours FOLDER NUMBER MATCHES PASSES

The rates are in articles a second of this process's processor time: folding and cutting the text into
words, matching, and naming the queries, one article at a time.
"""

import ctypes
import gc
import json
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from schemas import Article, ArticleVersion
from tocsin.query.index import Queries
from tocsin.query.parse import parse

SEEN = datetime(2023, 6, 24, tzinfo=UTC)


def main(folder: Path, number: int, out: Path, passes: int) -> None:
    parse("mali")  # what the parser itself takes is no query's
    lines = (folder / "words.txt").read_text("utf-8").splitlines()
    versions = [
        ArticleVersion(
            article=Article(id=f"a{at}", version="v", first_seen=SEEN, title="", text=text),
            story="s",
        )
        for at, text in enumerate(lines)
    ]
    empty = held_mb()
    start = time.process_time()
    compiled = _compiled(folder / f"{number}.jsonl")
    built = time.process_time() - start
    live = held_mb() - empty
    rates = []
    for _ in range(passes):
        start = time.process_time()
        for version in versions:
            compiled.match_ids(version)
        rates.append(len(versions) / (time.process_time() - start))
    resident = resident_mb()
    matches = [(at, name) for at, each in enumerate(versions) for name in compiled.match_ids(each)]
    out.write_text("".join(f"{at}\t{name}\n" for at, name in matches), "utf-8")
    said = {"build": built, "live_mb": live, "resident_mb": resident, "matches": len(matches)}
    print(json.dumps({**said, "rates": rates}))


def _compiled(file: Path) -> Queries:
    with file.open(encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    return Queries({row["id"]: row["query"] for row in rows}, {})


def held_mb() -> float:
    """What is held once garbage is gone, and the C library has given back what is free."""
    gc.collect()
    if hasattr(library := ctypes.CDLL(None), "malloc_trim"):
        library.malloc_trim(0)
    return resident_mb()


def resident_mb() -> float:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[4]))
