"""Start and rest: seconds from `tocsin run` to the first alert, and what all processes use while nothing comes.

    python -m benchmarks.live_start [--runs 3] [--idle 3] [--no-entities] [--postgresql]

The article that rings waits in the log before `tocsin run` starts, with an empty store. Idle is measured
for so many minutes afterwards, from half a minute after the alert on.
"""

import sys
import time
from datetime import UTC, datetime
from typing import Any

from benchmarks import live_figures, live_options
from benchmarks import live_processes as processes
from benchmarks import live_stand as stands
from benchmarks.live_stream import Item, planted
from connectors.kafka import Producer, message_of
from deploy.topology import Topology
from tocsin.articles import stamped

MOST_SECONDS, MOST_IDLE = 60.0, 0.05
"""Until the first alert, and of one core."""


def main() -> int:
    """Start so many times, rest once; 1 where a figure is missed."""
    stands.end_by_signal()
    parser = live_options.parser(__doc__, "no-entities", "postgresql")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--idle", type=float, default=3, help="minutes")
    given = parser.parse_args()
    found: dict[str, Any] = {"seconds": [], "idle": {}}
    for number in range(given.runs):
        is_last = number == given.runs - 1
        with stands.stand(
            runs=False, entities=not given.no_entities, postgresql=given.postgresql
        ) as running:
            found["seconds"].append(round(first_alert(running), 2))
            print(f"first alert after {found['seconds'][-1]:.1f} s", flush=True)
            if is_last and given.idle:
                time.sleep(30)
                found["idle"] = idle(running, given.idle * 60)
            live_figures.save(given.out, found)
    ours = sum(cores for name, cores in found["idle"].items() if processes.is_ours(name))
    for name, cores in found["idle"].items():
        print(f"{name:28}{cores:8.2%}")
    print(f"{'all but Kafka, PostgreSQL':28}{ours:8.2%} of a core")
    return int(max(found["seconds"]) > MOST_SECONDS or ours >= MOST_IDLE)


def first_alert(running: stands.Stand) -> float:
    """Send one article, start everything, and wait for its alert."""
    english = [Item(title="", text="Nothing else happened.", url="", feed="", language="en")]
    with Producer(running.kafka) as producer:
        producer.publish([message_of(stamped(planted(0, english), datetime.now(UTC)))])
    with stands.watching(running) as file:
        time.sleep(3)  # the watcher itself is up
        began = time.time()
        Topology.start_run(running)
        stands.wait_until(lambda: stands.arrivals(file), "the first alert", 300)
        return float(stands.arrivals(file)[0]["at"]) - began


def idle(running: stands.Stand, seconds: float) -> dict[str, float]:
    """Say how many cores each process uses."""
    before, began = processes.uses(running), time.monotonic()
    time.sleep(seconds)
    passed = time.monotonic() - began
    return {
        name: round((use.cpu - before[name].cpu) / passed, 5)
        for name, use in sorted(processes.uses(running).items())
        if name in before
    }


if __name__ == "__main__":
    sys.exit(main())
