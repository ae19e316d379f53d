"""Live: how long from an article in Kafka to its alert in the ledger, and in the topic of alerts?

    python -m benchmarks.live STREAM [--minutes 30] [--rate 12] [--workers 1] [--no-entities]
    python -m benchmarks.live STREAM --search 12 20 30 45 60

STREAM is the folder of `stream-rss-2023`. All processes are those that `tocsin run` starts; Kafka and
the store are real ones. `--search` tries one rate after the other for three minutes each (after one
to get going) on stands of their own, and stops at the first at which a group falls behind for good.
"""

import sys
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from benchmarks import live_figures, live_options
from benchmarks import live_processes as processes
from benchmarks import live_stand as stands
from benchmarks.live_stream import articles
from schemas import Article

P50, P95 = 2.0, 4.0
"""Seconds that an alert may take which needs no entities."""

GROWTH = 0.02
"""The share of what comes in by which a group may fall behind and still be said to keep up."""

START_SECONDS, REST_SECONDS = 180.0, 600.0

Place = Callable[[int], int | None]
"""Into which partition the nth article goes; None is by its key."""


def main() -> int:
    """Measure once, or search; 1 where a figure is missed."""
    stands.end_by_signal()
    parser = live_options.parser(
        __doc__, "stream", "workers", "partitions", "no-entities", "postgresql", minutes=30, rate=12
    )
    parser.add_argument("--search", type=float, nargs="+")
    given = parser.parse_args()
    options = {
        "workers": given.workers,
        "entities": not given.no_entities,
        "postgresql": given.postgresql,
        "partitions": given.partitions,
    }
    if given.search:
        return search(given.stream, given.search, options, given.out)
    found = measure(articles(given.stream), given.rate, given.minutes, options)
    live_figures.save(given.out, found)
    show(found)
    no_entities = found["seconds"]["ledger, no entities"]
    return int(
        found["planted"]["lost"] > 0
        or found["planted"]["twice"] > 0
        or no_entities["p50"] > P50
        or no_entities["p95"] > P95
        or not found["keeps_up"]["alerts"]
    )


def measure(
    given: Iterable[Article],
    rate: float,
    minutes: float,
    options: dict[str, Any],
    partition: Place = lambda _: None,
) -> dict[str, Any]:
    """Send for so many minutes after the first alerts, or all there are; wait a little for the last ones."""
    sending, stop = stands.Sending(), threading.Event()
    with stands.stand(**options) as running:
        with stands.watching(running) as file, processes.sampling(running) as samples:
            sender = threading.Thread(
                target=stands.send,
                args=(running.kafka, given, rate),
                kwargs={"sending": sending, "until": stop.is_set, "partition": partition},
                daemon=True,
            )
            sender.start()
            await_both(running, file, rate)
            start = time.time()
            while sender.is_alive() and (left := start + minutes * 60 - time.time()) > 0:
                time.sleep(min(10, left))
                tell(start, rate, len(sending.at), samples)
            end = time.time()
            stop.set()
            sender.join(30)
            await_rest(running)
        arrived, lag = stands.arrivals(file), running.lag()
    return {
        "rate": rate,
        "minutes": round((end - start) / 60, 2),
        "options": options,
        **figures(arrived, sending, (start, end)),
        **load(samples, start, end, rate),
        "lag_at_end": lag,
        "alerts": sorted(each["alert"] for each in arrived if each["where"] == "ledger"),
    }


def await_both(running: stands.Stand, file: Path, rate: float) -> None:
    """Wait until both groups have begun, and what piled up before is done by the one that should be quick."""
    stands.wait_until(
        lambda: (
            stands.arrivals(file)
            and min((lag := running.lag()).values()) >= 0
            and lag["alerts"] <= 2 * rate
        ),
        "the first alert and both groups",
        START_SECONDS,
    )
    time.sleep(10)


def await_rest(running: stands.Stand) -> None:
    """Wait until both groups are at the end of the log, or as long as it is worth."""
    deadline = time.time() + REST_SECONDS
    while time.time() < deadline and max(running.lag().values()) > 0:
        time.sleep(1)
    time.sleep(3)


def tell(start: float, rate: float, sent: int, samples: processes.Samples) -> None:
    """Say how it goes."""
    lag = samples.lag[-1][1] if samples.lag else {}
    live_figures.progress(
        f"{(time.time() - start) / 60:.1f} min at {rate:g}/s: {sent} sent, lag {lag}"
    )


def figures(
    arrived: list[dict[str, Any]], sending: stands.Sending, span: tuple[float, float]
) -> dict[str, Any]:
    """Say how long alerts took for what was sent within the span, and whether planted ones are all there."""
    start, end = span
    sent = {key: at for key, at in sending.at.items() if start <= at < end}
    ledger = {each["alert"]: each for each in arrived if each["where"] == "ledger"}
    seconds: dict[str, list[float]] = {}
    for each in arrived:
        entry = ledger.get(each["alert"])
        at = entry and sent.get((entry["article"], entry["version"]))
        if entry and at:
            seconds.setdefault(f"{each['where']}, {kind(entry['subscription'])}", []).append(
                each["at"] - at
            )
    wanted = set(sending.planted)
    rung = [
        each["article"] for each in ledger.values() if each["subscription"].endswith("-planted")
    ]
    return {
        "seconds": {name: live_figures.spread(values) for name, values in sorted(seconds.items())},
        "planted": {
            "sent": len(wanted),
            "lost": len(wanted - set(rung)),
            "twice": len(rung) - len(set(rung)),
        },
        "sent": len(sent),
        "late_by": round(sending.late_by, 3),
    }


def kind(subscription: str) -> str:
    """Say what a subscription of ours needs."""
    is_entities = subscription.startswith("e-") or subscription == "wagner-in-niger"
    return "entities" if is_entities else "no entities"


def load(samples: processes.Samples, start: float, end: float, rate: float) -> dict[str, Any]:
    """Say how lags went, and what the processes used meanwhile."""
    inside = [(at, lag) for at, lag in samples.lag if start <= at <= end]
    growth = {
        part: live_figures.slope([(at, lag[part]) for at, lag in inside])
        if len(inside) > 2
        else float("nan")
        for part in stands.PARTS
    }
    cores = samples.between(start, end)
    last = samples.use[-1][1]
    return {
        "keeps_up": {part: each <= GROWTH * rate for part, each in growth.items()},
        "lag_growth_per_second": {part: round(each, 3) for part, each in growth.items()},
        "lag": [(round(at - start), lag) for at, lag in inside],
        "cores": {name: round(each, 3) for name, each in sorted(cores.items())},
        "mb": {name: round(use.mb, 1) for name, use in sorted(last.items())},
    }


def show(found: dict[str, Any]) -> None:
    """Print the tables."""
    print(f"{found['rate']:g}/s for {found['minutes']:g} min, {found['sent']} articles")
    print(f"{'produce to':28}{'alerts':>8}{'p50':>8}{'p95':>8}{'p99':>8}{'max':>8}  seconds")
    for name, each in found["seconds"].items():
        print(
            f"{name:28}{each['count']:8d}"
            + "".join(f"{each[k]:8.2f}" for k in ("p50", "p95", "p99", "max"))
        )
    print(f"planted: {found['planted']}; lag at the end {found['lag_at_end']}")
    print(f"lag grows by {found['lag_growth_per_second']} a second; keeps up: {found['keeps_up']}")
    print(f"{'process':28}{'cores':>8}{'MB':>8}")
    for name, cores in found["cores"].items():
        print(f"{name:28}{cores:8.3f}{found['mb'].get(name, 0):8.0f}")
    ours = sum(each for name, each in found["cores"].items() if processes.is_ours(name))
    print(f"{'all but Kafka, PostgreSQL':28}{ours:8.3f}", flush=True)


def search(file: Path, rates: list[float], options: dict[str, Any], out: Path | None) -> int:
    """Try rates upwards for three minutes each, until a group falls behind."""
    found: list[dict[str, Any]] = []
    for rate in rates:
        found.append(measure(articles(file), rate, 3, options))
        show(found[-1])
        live_figures.save(out, {"search": found})
        asked = stands.PARTS if options["entities"] else ("alerts",)
        if not all(found[-1]["keeps_up"][part] for part in asked):
            break
    for part in stands.PARTS:
        held = [each["rate"] for each in found if each["keeps_up"][part]]
        print(f"{part}: holds {max(held, default=0):g}/s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
