"""Memory over an hour: does any process of the stream grow, and is what is remembered at a plateau?

    python -m benchmarks.live_soak STREAM [--minutes 60] [--rate 6] [--ttl 10m] [--no-entities]

STREAM is the folder of `stream-rss-2023`. What is remembered for ten minutes is forgotten after twenty
(`pipelines/io/tidy.py`), so a process is warm after twenty-five: from then on its size is fitted by
a straight line (least squares).
"""

import sys
import threading
import time
from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import text

from benchmarks import live_figures, live_options
from benchmarks import live_processes as processes
from benchmarks import live_stand as stands
from benchmarks.live_stream import articles
from store.engine import address_of, engine_for, reading

MOST_MB_PER_HOUR = 5.0
WARM = 25 / 60
"""The share of the time that is warm-up."""

TABLES = ("memory_article", "memory_version", "memory_band", "memory_name", "memory_reopened")


def main() -> int:
    """Run the hour; 1 where a process grows too fast or memory does not stay level."""
    stands.end_by_signal()
    parser = live_options.parser(
        __doc__, "stream", "workers", "no-entities", "postgresql", minutes=60, rate=6
    )
    parser.add_argument("--ttl", default="10m")
    given = parser.parse_args()
    with stands.stand(
        workers=given.workers,
        entities=not given.no_entities,
        postgresql=given.postgresql,
        settings={"TOCSIN_PIPELINE_MEMORY_TTL": given.ttl},
    ) as running:
        sending = stands.Sending()
        end = time.time() + given.minutes * 60
        sender = threading.Thread(
            target=stands.send,
            args=(running.kafka, articles(given.stream), given.rate),
            kwargs={"sending": sending, "until": lambda: time.time() > end},
            daemon=True,
        )
        begun = time.time()
        rows: list[tuple[float, dict[str, int]]] = []
        with processes.sampling(running, 10) as samples:
            sender.start()
            while time.time() < end:
                time.sleep(30)
                rows.append((time.time() - begun, count_rows(running.store)))
                tell(begun, len(sending.at), samples, rows[-1][1])
                found = figures(begun, end, given.rate, samples, rows)
                found["restarts"] = running.restarts()
                live_figures.save(given.out, found)
        sender.join(30)
    return report(found)


def count_rows(store: str) -> dict[str, int]:
    """Count the rows of memory, and those of the ledger and the results, which stay."""
    engine = engine_for(address_of(store))
    try:
        with reading(engine) as connection:
            return {
                table: connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one()
                for table in (*TABLES, "ledger", "run_article")
            }
    finally:
        engine.dispose()


def figures(
    begun: float,
    end: float,
    rate: float,
    samples: processes.Samples,
    rows: Sequence[tuple[float, dict[str, int]]],
) -> dict[str, object]:
    """Put together what was measured."""
    warm = begun + (end - begun) * WARM
    series: defaultdict[str, list[tuple[float, float]]] = defaultdict(list)
    for at, uses in samples.use:
        for name, use in uses.items():
            series[name].append((at - begun, use.mb))
    processes = {}
    for name, points in sorted(series.items()):
        late = [(at, mb) for at, mb in points if begun + at >= warm]
        processes[name] = {
            "first_mb": round(points[0][1], 1),
            "warm_mb": round(late[0][1], 1) if late else None,
            "last_mb": round(points[-1][1], 1),
            "mb_per_hour": round(live_figures.slope(late) * 3600, 2) if len(late) > 2 else None,
        }
    return {
        "rate": rate,
        "minutes": round((time.time() - begun) / 60, 1),
        "warm_after_minutes": round((warm - begun) / 60, 1),
        "processes": processes,
        "rows": [(round(at), counts) for at, counts in rows],
        "lag": [(round(at - begun), lag) for at, lag in samples.lag[::6]],
        "rss": {name: [(round(at), round(mb, 1)) for at, mb in points] for name, points in series.items()},
        "cores": {name: round(each, 3) for name, each in samples.between(warm, end).items()},
    }  # fmt: skip


def tell(begun: float, sent: int, samples: processes.Samples, rows: dict[str, int]) -> None:
    """Say how it goes."""
    lag = samples.lag[-1][1] if samples.lag else {}
    live_figures.progress(
        f"{(time.time() - begun) / 60:.1f} min, {sent} sent, lag {lag},"
        f" {rows['memory_version']} versions remembered, {rows['ledger']} alerts"
    )


def report(found: dict[str, object]) -> int:
    """Print the table; 1 where a figure is missed."""
    print(f"{'process':24}{'warm MB':>9}{'last MB':>9}{'MB/h':>8}")
    missed = 0
    for name, each in found["processes"].items():  # type: ignore[attr-defined]
        rise = each["mb_per_hour"]
        missed += processes.is_ours(name) and rise is not None and rise >= MOST_MB_PER_HOUR
        print(f"{name:24}{each['warm_mb'] or 0:9.1f}{each['last_mb']:9.1f}{rise or 0:8.2f}")
    late = [
        counts["memory_version"]
        for at, counts in found["rows"]  # type: ignore[attr-defined]
        if at >= found["warm_after_minutes"] * 60  # type: ignore[operator]
    ]
    print(
        f"versions remembered after warm-up: {min(late)} to {max(late)};"
        f" roles started again: {found['restarts']}"
    )
    return int(missed > 0 or max(late) > 1.25 * min(late))


if __name__ == "__main__":
    sys.exit(main())
