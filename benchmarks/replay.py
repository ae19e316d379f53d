"""Replay: articles a second, Beam's overhead over a plain loop, peak memory, where the time goes.

    python -m benchmarks.replay DATA [--made N] [--no-entities] [--profile | --peak]

Each figure comes from a process of its own, pinned to one core.
"""

import argparse
import cProfile
import filecmp
import json
import os
import pstats
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks import corpus

RUNS = 5


def one(source: Path, entities: bool, plain: bool, out: Path, profile: bool) -> dict[str, float]:
    """Replay one file in this process; seconds count from the first byte read to the last written."""
    from connectors.seeds.folder import list_files, read_file
    from console.logs import quiet_beam

    quiet_beam()
    from console.rules import load_rule_set
    from pipelines.graph import Rules
    from pipelines.models import recogniser
    from pipelines.replay import Input, replay
    from pipelines.rules import FixedRules

    name = recogniser(enabled=entities).name
    rules = Rules(FixedRules(load_rule_set(None, None, recogniser=name)), entities)
    listing = list_files([source])
    given = Input(listing.files, listing.skipped, read_file)
    profiler = cProfile.Profile()
    if profile:
        profiler.enable()
    wall, cpu = time.perf_counter(), time.process_time()
    if plain:
        from benchmarks.plain_loop import replay_plainly

        count = replay_plainly(given, rules, out)
    else:
        count = replay(given, rules, out).out
    found = {
        "articles": count,
        "seconds": time.perf_counter() - wall,
        "cpu": time.process_time() - cpu,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }
    if profile:
        profiler.disable()
        stages(profiler)
    return found


STAGES = {
    "read files": ("folder.py", "read_file"),
    "decode": ("articles.py", "read"),
    "remember": ("store/memory.py", "remember"),
    "link copies": ("store/memory.py", "link"),
    "read memory": ("store/memory.py", "articles"),
    "roots": ("store/memory.py", "roots"),
    "language": ("language.py", "detect"),
    "mentions": ("matcher.py", "find"),
    "entities": ("extract_entities.py", "work"),
    "note names": ("store/memory.py", "note_names"),
    "match subscriptions": ("alerting.py", "alerts_for"),
    "append lines": ("write_jsonl.py", "process"),
    "write files": ("replay.py", "write_files"),
}


def stages(profiler: cProfile.Profile) -> None:
    """Print the share of time of each stage, by the profiler (which slows Python code the most)."""
    stats = pstats.Stats(profiler)
    total = stats.total_tt  # type: ignore[attr-defined]
    print(f"{'stage':22}{'seconds':>9}{'share':>8}")
    for name, (file, function) in STAGES.items():
        seconds = max(
            (row[3] for key, row in stats.stats.items()  # type: ignore[attr-defined]
             if key[0].endswith(f"/{file}") and key[2] == function),
            default=0.0,
        )  # fmt: skip
        print(f"{name:22}{seconds:9.2f}{seconds / total:8.1%}")


def child(source: Path, entities: bool, plain: bool, out: Path) -> dict[str, float]:
    """Measure in a process of its own, on one core."""
    flags = ["--child", str(out)] + ["--no-entities"] * (not entities) + ["--plain"] * plain
    # As an installed program runs: with its modules compiled.
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    ran = subprocess.run(
        ["taskset", "-c", "0", sys.executable, "-m", "benchmarks.replay", str(source), *flags],
        check=True, capture_output=True, text=True, env=environment | {"OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    found: dict[str, float] = json.loads(ran.stdout.splitlines()[-1])
    return found


def start_up(source: Path, entities: bool, folder: Path) -> float:
    """Measure the replay of the first article alone: what is loaded and built before all others."""
    with tempfile.TemporaryDirectory(dir=folder) as scratch, source.open("rb") as lines:
        first, out = Path(scratch) / "first.jsonl", Path(scratch) / "out"
        first.write_bytes(lines.readline())
        out.mkdir()
        return child(first, entities, False, out)["cpu"]


def compare(source: Path, entities: bool, folder: Path, runs: int) -> None:
    """Alternate Beam and the plain loop; print medians, ratio, and whether the bytes agree."""
    seconds: dict[bool, list[float]] = {False: [], True: []}
    peak, count = 0.0, 0.0
    for number in range(runs):
        for plain in (False, True):
            out = folder / f"{number}-{plain}"
            out.mkdir()
            found = child(source, entities, plain, out)
            seconds[plain].append(found["cpu"])
            count = found["articles"]
            peak = peak if plain else max(peak, found["peak_mb"])
    beam, loop = statistics.median(seconds[False]), statistics.median(seconds[True])
    start = statistics.median(start_up(source, entities, folder) for _ in range(runs))
    names = sorted(path.name for path in (folder / "0-False").glob("*.jsonl"))
    same = filecmp.cmpfiles(folder / "0-False", folder / "0-True", names, shallow=False)[0]
    print(
        f"entities {'on' if entities else 'off'}: {count:.0f} articles;"
        f" Beam {beam:.1f} CPU s ({count / beam:.0f}/s), plain loop {loop:.1f} s ({count / loop:.0f}/s),"
        f" ratio {beam / loop:.2f}; peak {peak:.0f} MB; {len(same)} files of both equal; one article"
        f" alone takes {start:.1f} s, the others {(count - 1) / (beam - start):.0f}/s",
        flush=True,
    )


def main() -> None:
    """Read the arguments and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument(
        "--made", type=int, default=0, help="so many made articles, not the real ones"
    )
    parser.add_argument("--no-entities", action="store_true")
    parser.add_argument("--plain", action="store_true")
    parser.add_argument("--profile", action="store_true")
    parser.add_argument("--peak", action="store_true", help="one run on Beam: rate and memory")
    parser.add_argument("--runs", type=int, default=RUNS)
    parser.add_argument("--child", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    entities = not given.no_entities
    if given.child:
        print(json.dumps(one(given.data, entities, given.plain, given.child, False)))
        return
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        source = folder / "articles.jsonl"
        found = corpus.made(given.data, given.made) if given.made else corpus.real(given.data)
        print(f"{corpus.write(found, source)} articles, {source.stat().st_size / 2**20:.0f} MiB")
        if given.profile:
            out = folder / "out"
            out.mkdir()
            print(one(source, entities, given.plain, out, True))
        elif given.peak:
            out = folder / "out"
            out.mkdir()
            found = child(source, entities, given.plain, out)
            rate = found["articles"] / found["cpu"]
            size = source.stat().st_size / 1024 / found["cpu"]
            print(f"{rate:.0f} articles/s, {size:.0f} KB/s, peak {found['peak_mb']:.0f} MB")
        else:
            compare(source, entities, folder, given.runs)


if __name__ == "__main__":
    main()
