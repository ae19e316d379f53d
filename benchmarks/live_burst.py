"""A burst on top of nothing: is everything done within twenty minutes of its end, and is nothing lost?

    python -m benchmarks.live_burst STREAM [--rate 50] [--minutes 5] [--workers 1] [--no-entities]

STREAM is the folder of `stream-rss-2023`. When both groups are at the end of the log, the ledger is
compared with a replay of the same log: every planted article must have rung once in both, and the
versions that the stream finished must be those that the replay wrote. (Which article of a story rings,
and hence the other alerts, may differ where copies were in flight together.)
"""

import json
import sys
import threading
import time
from pathlib import Path
from typing import Any

from sqlalchemy import text

from benchmarks import live_figures, live_options
from benchmarks import live_processes as processes
from benchmarks import live_stand as stands
from benchmarks.live_stream import articles
from store.engine import address_of, engine_for, reading

MOST_MINUTES = 20.0


def main() -> int:
    """Send the burst, wait, compare; 1 where something is lost or it takes too long."""
    stands.end_by_signal()
    parser = live_options.parser(
        __doc__, "stream", "workers", "no-entities", "postgresql", rate=50, minutes=5
    )
    given = parser.parse_args()
    with stands.stand(
        workers=given.workers, entities=not given.no_entities, postgresql=given.postgresql
    ) as running:
        stands.wait_until(lambda: running.pid("entities") or running.pid("entities-1"), "roles", 60)
        time.sleep(30)  # all are up: the burst comes on top of nothing, not into the start
        sending = stands.Sending()
        with processes.sampling(running) as samples:
            ends = burst(running, given.stream, given.rate, given.minutes, sending)
        running.stop_run()
        compared = compare(running, sending, entities=not given.no_entities)
    found = {
        "sent": len(sending.at),
        "drained_after": ends,
        "lag": [(round(at - samples.lag[0][0]), lag) for at, lag in samples.lag[::2]],
        **compared,
    }
    live_figures.save(given.out, found)
    print({name: each for name, each in found.items() if name != "lag"})
    is_late = max(ends.values()) > MOST_MINUTES * 60
    return int(is_late or any(compared["lost"].values()) or compared["twice"] > 0)


def burst(
    running: stands.Stand, file: Path, rate: float, minutes: float, sending: stands.Sending
) -> dict[str, float]:
    """Send, and say how many seconds after the last article each group was at the end of the log."""
    end = time.monotonic() + minutes * 60
    sender = threading.Thread(
        target=stands.send,
        args=(running.kafka, articles(file), rate),
        kwargs={"sending": sending, "until": lambda: time.monotonic() > end},
        daemon=True,
    )
    sender.start()
    sender.join()
    stop = time.monotonic()
    ends: dict[str, float] = {}
    while len(ends) < len(stands.PARTS):
        for part, lag in running.lag().items():
            if lag == 0:
                ends.setdefault(part, round(time.monotonic() - stop, 1))
        live_figures.progress(f"{time.monotonic() - stop:.0f} s after the burst: {running.lag()}")
        time.sleep(2)
    return ends


def compare(running: stands.Stand, sending: stands.Sending, *, entities: bool) -> dict[str, Any]:
    """Replay the log, and say what the stream lacks."""
    out = running.folder / "replay"
    rules = ["--subscriptions", str(running.folder / "subscriptions.toml")]
    stands.call(
        running,
        *["replay", "kafka:tocsin.articles", "--out", str(out), *rules],
        *([] if entities else ["--no-entities"]),
    )
    replayed = {
        name: [json.loads(line) for line in (out / f"{name}.jsonl").read_bytes().splitlines()]
        for name in ("articles", "alerts")
    }
    engine = engine_for(address_of(running.store))
    with reading(engine) as connection:
        finished = set(map(tuple, connection.execute(text("SELECT article, version FROM memory_version WHERE finished = 3"))))  # fmt: skip
        rung = [tuple(row) for row in connection.execute(text("SELECT subscription, article FROM ledger"))]  # fmt: skip
    engine.dispose()
    wanted = {(each["id"], each["version"]) for each in replayed["articles"]}
    planted = [article for subscription, article in rung if subscription.endswith("-planted")]
    there = {each["article"] for each in replayed["alerts"] if each["subscription"].endswith("-planted")}  # fmt: skip
    return {
        "lost": {
            "versions": len(wanted - finished),
            "sent": len(set(sending.at) - finished),
            "planted": len(set(sending.planted) - set(planted)),
            "planted in the replay": len(set(sending.planted) - there),
        },
        "twice": len(planted) - len(set(planted)),
        "alerts": {"stream": len(rung), "replay": len(replayed["alerts"])},
    }


if __name__ == "__main__":
    sys.exit(main())
