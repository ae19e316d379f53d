"""Very many stored queries: articles a second, memory and matches, beside Lucene Monitor's.

    python -m benchmarks.percolation DATA [--queries 10000 100000 350000] [--runs 5] [--core 1]

DATA holds `dup-minhash-news` and `stream-rss-2023`. Both are given the same words and queries that ask
for the same, each in its own language, and run on the same core, in turn. Lucene is warmed up, and
takes part with the best of its settings, which are tried first. Java 17 or newer with its compiler, and
Maven, which fetches Lucene's jars once, must be there. Exits 1 where matches differ.

Rates are articles a second of a process's processor time, of the last third of its passes. Live memory
is that of the objects that live once garbage is gone, less what was before there were queries.
"""

import argparse
import hashlib
import itertools
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from benchmarks.percolation_set import write

LUCENE = Path(__file__).parent / "lucene"
SETTINGS = tuple(itertools.product(("1", "50"), ("term", "multi", "rare")))
"""Articles in a batch, and the presearcher; `rare` is one that is told how many articles have a word."""

PASSES = ((1_000, 60), (10_000, 45), (100_000, 8))
"""Passes after which Lucene's rate has settled, up to so many queries."""

PASSES_OF_MORE = 4
OUR_PASSES = 6
HEAP = "-Xmx6g"


@dataclass(frozen=True)
class Run:
    """What one process said of itself."""

    build: float
    live_mb: float
    resident_mb: float
    matches: int
    rates: tuple[float, ...]

    @property
    def rate(self) -> float:
        return statistics.median(self.rates[-max(len(self.rates) // 3, 2) :])


@dataclass(frozen=True)
class Bench:
    """Where everything lies, and on which core it runs."""

    folder: Path
    jars: Path
    core: int

    def ours(self, number: int) -> Run:
        module = [sys.executable, "-m", "benchmarks.percolation_ours"]
        return self._run([*module, self.folder, number, self.folder / "ours", OUR_PASSES])

    def lucene(self, number: int, setting: tuple[str, str]) -> Run:
        passes = next((most for up_to, most in PASSES if number <= up_to), PASSES_OF_MORE)
        java = ["java", HEAP, "-cp", f"{self.jars}/*:{self.folder}", "Percolation"]
        given = [
            self.folder / "words.txt",
            self.folder / f"{number}.tsv",
            self.folder / "counts.tsv",
        ]
        return self._run([*java, *given, self.folder / "lucene", *setting, passes])

    def _run(self, command: list[object]) -> Run:
        pinned = ["taskset", "-c", str(self.core), *map(str, command)]
        said = subprocess.run(pinned, check=True, stdout=subprocess.PIPE, text=True).stdout
        found = json.loads(said.splitlines()[-1])
        return Run(**{**found, "rates": tuple(found["rates"])})


def jars() -> Path:
    """Give the folder of Lucene's jars; Maven fetches them where they are not there."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "tocsin" / "lucene"
    pom = LUCENE / "pom.xml"
    wanted = cache / hashlib.sha256(pom.read_bytes()).hexdigest()[:12]
    if not wanted.is_dir():
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache) as scratch:
            copy = ["dependency:copy-dependencies", f"-DoutputDirectory={scratch}/jars"]
            subprocess.run(["mvn", "-q", "-B", "-C", "-f", str(pom), *copy], check=True)
            (Path(scratch) / "jars").rename(wanted)
    return wanted


def compare(bench: Bench, number: int, runs: int) -> bool:
    """Try Lucene's settings, run both in turn, print; tells whether they find the same."""
    tried = {setting: bench.lucene(number, setting) for setting in SETTINGS}
    best = max(tried, key=lambda setting: tried[setting].rate)
    for (batch, presearcher), run in tried.items():
        print(f"  lucene, {presearcher:<5} in batches of {batch:>2}: {run.rate:8.1f} articles/s")
    ours, theirs = [], []
    for _ in range(runs):
        ours.append(bench.ours(number))
        theirs.append(bench.lucene(number, best))
    least = min(run.live_mb for run in (*tried.values(), *theirs))
    live = _median(ours, "live_mb")
    print(_row("tocsin", ours))
    print(_row(f"lucene, {best[1]} in batches of {best[0]}", theirs))
    rate = _median(ours, "rate") / _median(theirs, "rate")
    print(
        f"  {rate:.1f} times its articles a second;"
        f" {live / _median(theirs, 'live_mb'):.2f} of its live memory,"
        f" {live / least:.2f} of what its least hungry setting takes ({least:.1f} MB)"
    )
    return agree(bench.folder, number)


def _median(runs: list[Run], what: str) -> float:
    return statistics.median(getattr(run, what) for run in runs)


def _row(name: str, runs: list[Run]) -> str:
    rates = [run.rate for run in runs]
    return (
        f"  {name:<28} {_median(runs, 'rate'):8.1f} articles/s ({min(rates):.1f} to {max(rates):.1f}),"
        f" built in {_median(runs, 'build'):.1f} s, live {_median(runs, 'live_mb'):.1f} MB,"
        f" resident {_median(runs, 'resident_mb'):.0f} MB, {runs[0].matches:,} matches"
    )


def agree(folder: Path, number: int) -> bool:
    """Compare the matches of the last runs, by kind of query."""
    lines = (
        line.split("\t") for line in (folder / f"{number}.tsv").read_text("utf-8").splitlines()
    )
    kinds = {name: kind for name, kind, _ in lines}
    ours, theirs = (
        set((folder / who).read_text("utf-8").splitlines()) for who in ("ours", "lucene")
    )
    counts = Counter[tuple[str, str]]()
    for line in ours | theirs:
        found = (
            "both" if line in ours and line in theirs else "tocsin" if line in ours else "lucene"
        )
        counts[kinds[line.partition("\t")[2]], found] += 1
    for kind in sorted(set(kinds.values())):
        both, only, lacking = (counts[kind, who] for who in ("both", "tocsin", "lucene"))
        print(
            f"  {kind:<7} {both:>9,} found by both, {only} by tocsin alone, {lacking} by lucene alone"
        )
    return ours == theirs


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--queries", type=int, nargs="+", default=[10_000, 100_000, 350_000])
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--core", type=int, default=max(os.sched_getaffinity(0)))
    given = parser.parse_args()
    if missing := [tool for tool in ("java", "javac", "mvn", "taskset") if not shutil.which(tool)]:
        print(f"left out: no {', '.join(missing)} on the path", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory() as scratch:
        bench = Bench(Path(scratch), jars(), given.core)
        compiler = ["javac", "-d", scratch, "-cp", f"{bench.jars}/*"]
        subprocess.run([*compiler, str(LUCENE / "Percolation.java")], check=True)
        write(given.data, bench.folder, given.queries)
        same = []
        for number in given.queries:
            print(f"{number:,} queries", flush=True)
            same.append(compare(bench, number, given.runs))
            sys.stdout.flush()
    return 0 if all(same) else 1


if __name__ == "__main__":
    sys.exit(main())
