"""Articles through `Queries`, in a process of its own: one line of JSON, and the matches in a file.

    python -m benchmarks.percolation_ours FOLDER NUMBER MATCHES PASSES

The rates are in articles a second of this process's processor time: folding and cutting the text into
words, matching, and naming the queries, one article at a time. What the compiled queries take is counted as
Java counts its heap: the sizes of all objects that live, numpy's arrays included. It is counted in a
child, because counting slows.
"""

import gc
import json
import sys
import time
import tracemalloc
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

from schemas import Article, ArticleVersion
from tocsin.query.index import Queries
from tocsin.query.parse import parse

SEEN = datetime(2023, 6, 24, tzinfo=UTC)

_REMEMBERED = 2_000
"""Words that fill what the parser remembers, which is bounded."""


def main(folder: Path, number: int, out: Path, passes: int) -> None:
    with ProcessPoolExecutor(1) as child:
        live = child.submit(live_mb, folder / f"{number}.jsonl").result()
    lines = (folder / "words.txt").read_text("utf-8").splitlines()
    versions = [
        ArticleVersion(
            article=Article(id=f"a{at}", version="v", first_seen=SEEN, title="", text=text),
            story="s",
        )
        for at, text in enumerate(lines)
    ]
    start = time.process_time()
    compiled = _compiled(folder / f"{number}.jsonl")
    built = time.process_time() - start
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


def live_mb(file: Path) -> float:
    """Compile the queries; tells what lives of it in the end."""
    for word in range(_REMEMBERED):
        parse(f"mali{word}")  # what the parser takes and remembers is no query's
    tracemalloc.start()
    compiled = _compiled(file)
    gc.collect()
    held, _ = tracemalloc.get_traced_memory()
    assert len(compiled)
    return held / (1 << 20)


def resident_mb() -> float:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[4]))
