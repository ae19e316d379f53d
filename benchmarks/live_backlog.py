"""A backlog: how many articles a second each part of the stream does when it may go as fast as it can.

    python -m benchmarks.live_backlog STREAM [--count 5000] [--part alerts] [--no-entities]

STREAM is the folder of `stream-rss-2023`. The log is filled first; then `tocsin pipeline run --to-end`
runs, and nothing else. What is measured begins with its first commit, so that starting does not count.
"""

import sys
from itertools import islice
from pathlib import Path

from benchmarks import live_figures, live_options
from benchmarks import live_processes as processes
from benchmarks import live_stand as stands
from benchmarks.live_stream import articles


def main() -> int:
    """Fill, run, print."""
    stands.end_by_signal()
    parser = live_options.parser(
        __doc__, "stream", "partitions", "no-entities", "postgresql", count=5000
    )
    parser.add_argument("--part", choices=(*stands.PARTS, "all"), nargs="+", default=["alerts"])
    given = parser.parse_args()
    found = {}
    with stands.stand(
        runs=False, partitions=given.partitions, postgresql=given.postgresql
    ) as running:
        fill(running, given.stream, given.count)
        for part in given.part:
            done = processes.to_end(running, part, *["--no-entities"] * given.no_entities)
            found[part] = {name: getattr(done, name) for name in done.__slots__}
            print(f"{part}: {done.rate:.0f} articles/s, first commit after {done.first:.1f} s, cores {done.cores}, MB {done.mb}", flush=True)  # fmt: skip
            live_figures.save(given.out, found)
    return 0


def fill(running: stands.Stand, file: Path, count: int) -> None:
    """Put so many articles into the log, and a rule set into the store."""
    stands.call(running, "rules", "publish")
    stands.send(
        running.kafka,
        islice(articles(file), count),
        1e9,
        sending=stands.Sending(),
        until=lambda: False,
    )


if __name__ == "__main__":
    sys.exit(main())
