"""Replay of a topic: the same bytes as a replay of the same articles from a file, and how fast.

    python -m benchmarks.live_replay STREAM [--count 3000] [--no-entities]

STREAM is the folder of `stream-rss-2023`. All files of both replays are compared but `summary.json`,
which says where the input was.
"""

import filecmp
import sys
import time
from pathlib import Path
from typing import Any

from kafka import KafkaConsumer, TopicPartition

from benchmarks import live_figures, live_options
from benchmarks import live_stand as stands
from benchmarks.live_backlog import fill


def main() -> int:
    """Replay both, compare; 1 where a byte differs."""
    stands.end_by_signal()
    parser = live_options.parser(__doc__, "stream", "no-entities", count=3000)
    given = parser.parse_args()
    flags = ["--no-entities"] * given.no_entities
    with stands.stand(runs=False) as running:
        fill(running, given.stream, given.count)
        file = running.folder / "articles.jsonl"
        count = dump(running, file)
        rules = ["--subscriptions", str(running.folder / "subscriptions.toml"), *flags]
        seconds = {
            name: replay(running, source, running.folder / name, rules)
            for name, source in (("topic", "kafka:tocsin.articles"), ("file", str(file)))
        }
        names = sorted(path.name for path in (running.folder / "file").glob("*.jsonl"))
        same, other, missing = filecmp.cmpfiles(running.folder / "topic", running.folder / "file", names, shallow=False)  # fmt: skip
        lines = {name: (running.folder / "file" / name).read_bytes().count(b"\n") for name in same}
    found = {"articles": count, "seconds": seconds, "same": lines, "differ": other + missing}
    live_figures.save(given.out, found)
    print(found)
    return int(bool(other or missing) or not same)


def replay(running: stands.Stand, source: str, out: Path, flags: list[str]) -> float:
    """Replay; give the seconds that it took."""
    began = time.monotonic()
    stands.call(running, "replay", source, "--out", str(out), *flags)
    return round(time.monotonic() - began, 1)


def dump(running: stands.Stand, file: Path) -> int:
    """Write the values of the log into a file; returns how many."""
    consumer: Any = KafkaConsumer(
        bootstrap_servers=running.broker.bootstrap_servers, metrics_enabled=False
    )
    places = [
        TopicPartition("tocsin.articles", each)
        for each in consumer.partitions_for_topic("tocsin.articles")
    ]
    consumer.assign(places)
    consumer.seek_to_beginning(*places)
    left = sum(consumer.end_offsets(places).values())
    count = left
    with file.open("wb") as lines:
        while left > 0:
            for some in consumer.poll(timeout_ms=500).values():
                left -= len(some)
                lines.writelines(each.value + b"\n" for each in some)
    consumer.close()
    return int(count)


if __name__ == "__main__":
    sys.exit(main())
