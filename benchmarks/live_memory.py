"""Restart with a past: seconds to the first alert, throughput against an empty store, bytes an article.

    python -m benchmarks.live_memory STREAM [--past 3025000] [--count 5000] [--postgresql]

STREAM is the folder of `stream-rss-2023`. How the past is made: `benchmarks/live_past.py`. The throughput
is that of the part `alerts` over a backlog, from its first commit on; both stores do the same backlog.
"""

import sys
import time
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import text

from benchmarks import live_figures, live_options
from benchmarks import live_processes as processes
from benchmarks import live_stand as stands
from benchmarks.live_backlog import fill
from benchmarks.live_past import remember_past
from benchmarks.live_start import first_alert
from benchmarks.live_stream import articles
from store.engine import open_engine
from store.ordinals import microseconds
from tocsin.stories import TIME_TO_LIVE

MOST_SECONDS, LEAST_RATIO = 30.0, 0.8
PAST = 3_025_000
"""Half a segment of bands over three million: the open one is neither new nor full."""

SAMPLE = 2_000


def main() -> int:
    """Measure an empty store and one with a past; 1 where a figure is missed."""
    stands.end_by_signal()
    parser = live_options.parser(__doc__, "stream", "postgresql", count=5000)
    parser.add_argument("--past", type=int, default=PAST)
    given = parser.parse_args()
    found = {
        name: measure(given.stream, past, given.count, postgresql=given.postgresql)
        for name, past in (("empty", 0), ("past", given.past))
    }
    ratio = found["past"]["rate"] / found["empty"]["rate"]
    live_figures.save(given.out, found | {"ratio": round(ratio, 3), "past": given.past})
    print(
        f"{'postgresql' if given.postgresql else 'sqlite'}, {given.past} articles remembered:"
        f" first alert {found['past']['first_alert']:.1f} s after a restart (empty"
        f" {found['empty']['first_alert']:.1f}); {found['past']['rate']:.0f} articles/s against"
        f" {found['empty']['rate']:.0f}, ratio {ratio:.2f}; {found['past']['bytes'] / max(given.past, 1):.0f} bytes an article"
    )
    return int(found["past"]["first_alert"] > MOST_SECONDS or ratio < LEAST_RATIO)


def measure(file: Path, past: int, backlog: int, *, postgresql: bool) -> dict[str, Any]:
    """Remember a past, restart, and work on a backlog."""
    with stands.stand(runs=False, entities=False, postgresql=postgresql) as running:
        began = time.monotonic()
        size = remember(running, file, past)
        made = time.monotonic() - began
        print(f"{past} articles remembered after {made:.0f} s, {size / 2**30:.2f} GB", flush=True)
        alert = first_alert(running)
        running.stop_run()
        fill(running, file, backlog)
        done = processes.to_end(running, "alerts", "--no-entities")
    return {
        "bytes": size,
        "first_alert": round(alert, 2),
        "rate": done.rate,
        "cores": done.cores,
        "mb": done.mb,
    }


def remember(running: stands.Stand, file: Path, past: int) -> int:
    """Put the past into the store; give the bytes that it takes there."""
    engine = open_engine(running.store)
    end = datetime.now(UTC) - timedelta(minutes=1)
    if past:
        sample = list(islice(articles(file, plant_every=0), SAMPLE))
        remember_past(engine, past, sample, microseconds(end - TIME_TO_LIVE), microseconds(end))
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
            size = (running.folder / "tocsin.db").stat().st_size
        else:
            size = connection.execute(text("SELECT pg_database_size(current_database())")).scalar_one()  # fmt: skip
    engine.dispose()
    return int(size)


if __name__ == "__main__":
    sys.exit(main())
