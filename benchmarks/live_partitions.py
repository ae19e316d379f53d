"""Partitions: does it matter how many there are, or that one has half of all?

    python -m benchmarks.live_partitions STREAM [--minutes 3] [--rate 12] [--no-entities]

STREAM is the folder of `stream-rss-2023`. The same articles go into a log of one partition, of three, of
twelve of which eleven stay empty, and of three of which one has half. Compared are the alerts in the
ledger, and p95 from Kafka to there: the slowest may take twice as long as the quickest.
"""

import sys
from itertools import islice
from typing import Any

from benchmarks import live, live_figures, live_options
from benchmarks import live_stand as stands
from benchmarks.live_stream import articles

MOST_RATIO = 2.0

CASES: dict[str, tuple[int, live.Place]] = {
    "1": (1, lambda _: None),
    "3": (3, lambda _: None),
    "12, 11 idle": (12, lambda _: 5),
    "3, half on one": (3, lambda number: 0 if number % 2 else 1 + number // 2 % 2),
}
"""How many partitions, and into which the nth article goes; None is by its key."""


def main() -> int:
    """Run all cases; 1 where one differs."""
    stands.end_by_signal()
    parser = live_options.parser(__doc__, "stream", "no-entities", "postgresql", minutes=3, rate=12)
    given = parser.parse_args()
    found: dict[str, Any] = {}
    for name, (partitions, place) in CASES.items():
        options = {
            "partitions": partitions,
            "entities": not given.no_entities,
            "postgresql": given.postgresql,
        }
        sent = islice(articles(given.stream), int(given.rate * given.minutes * 60))
        print(f"\n== partitions: {name}")
        found[name] = live.measure(sent, given.rate, 1e6, options, place)
        live.show(found[name])
        live_figures.save(given.out, found)
    return report(found)


def report(found: dict[str, Any]) -> int:
    """Compare the cases; 1 where alerts differ or one is slow."""
    p95 = {name: each["seconds"]["ledger, no entities"]["p95"] for name, each in found.items()}
    rung = {name: set(each["alerts"]) for name, each in found.items()}
    common = set.intersection(*rung.values())
    apart = {name: len(alerts - common) for name, alerts in rung.items()}
    lost = {
        name: each["planted"]["lost"] + each["planted"]["twice"] for name, each in found.items()
    }
    ratio = max(p95.values()) / min(p95.values())
    print(f"\np95 {p95}, ratio {ratio:.2f}; {len(common)} alerts in all; besides them {apart}; planted ones wrong {lost}")  # fmt: skip
    return int(ratio > MOST_RATIO or any(lost.values()) or any(apart.values()))


if __name__ == "__main__":
    sys.exit(main())
