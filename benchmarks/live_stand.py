"""A stand for measuring the stream: Kafka, a store and `tocsin run`, what is sent into it, what comes out.

Everything that it starts it ends, by process id, and its folder is gone afterwards.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.live_stream import is_planted, subscriptions
from connectors.cluster import KafkaSettings
from connectors.kafka import Producer, message_of
from connectors.lag import lags
from connectors.topics import create_topics
from deploy.topology import Topology
from schemas import Article
from schemas.topics import TOPICS, topic
from tests.kafka_broker import free_pair
from tocsin.articles import stamped

TICKS = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")
PARTS = ("alerts", "entities")


class Stand(Topology):
    """A topology for one measurement: `partitions` of the log, our subscriptions, no feeds.

    Without `runs` there is no `tocsin run`: only Kafka, its topics, and a store.
    """

    def __init__(
        self,
        folder: Path,
        *,
        partitions: int = 12,
        workers: int = 1,
        entities: bool = True,
        postgresql: bool = False,
        runs: bool = True,
        settings: Mapping[str, str] = {},
    ) -> None:
        rules = folder / "subscriptions.toml"
        folder.mkdir(parents=True, exist_ok=True)
        rules.write_text(subscriptions(), encoding="utf-8")
        self.partitions = partitions
        self._runs = runs
        super().__init__(
            folder,
            port=free_pair(),
            with_postgresql=postgresql,
            arguments=["--no-feeds", *([] if entities else ["--no-entities"])],
            settings={
                "TOCSIN_RULES_SUBSCRIPTIONS": str(rules),
                "TOCSIN_PIPELINE_WORKERS": str(workers),
                "TOCSIN_METRICS_LISTEN": "",
                **settings,
            },
        )

    @property
    def kafka(self) -> KafkaSettings:
        """Say how Kafka is reached."""
        return KafkaSettings(bootstrap_servers=(self.broker.bootstrap_servers,))

    def __enter__(self) -> "Stand":
        super().__enter__()
        return self

    def start_run(self) -> None:
        """Make the topics, the log with as many partitions as were asked for, and start `tocsin run`."""
        create_topics(
            self.kafka,
            [
                replace(each, partitions=self.partitions) if each.name == "articles" else each
                for each in TOPICS
            ],
        )
        if self._runs:
            super().start_run()

    def restarts(self) -> int:
        """Count how often a role was started again."""
        said = self.run_log.read_text(errors="replace") if self.run_log.exists() else ""
        return said.count('"role-ended"')

    def lag(self) -> dict[str, int]:
        """Say how far each group is behind; -1 where it has not begun."""
        found = lags(self.kafka, "tocsin.articles", [f"tocsin-{part}" for part in PARTS])
        return {
            part: each.records if each.has_begun else -1
            for part, each in zip(PARTS, found, strict=True)
        }


@contextmanager
def stand(**options: Any) -> Iterator[Stand]:
    """Start a stand in a folder of its own; end it and remove the folder."""
    with (
        tempfile.TemporaryDirectory(prefix="tocsin-live-", ignore_cleanup_errors=True) as folder,
        Stand(Path(folder), **options) as started,
    ):
        yield started


def call(running: Stand, *words: str) -> None:
    """Run a command of Tocsin to its end. Raises `CalledProcessError`."""
    subprocess.run(
        running.command(*words),
        env=running.environment,
        stdin=subprocess.DEVNULL,
        stdout=sys.stderr,
        check=True,
    )


@dataclass(slots=True)
class Sending:
    """What was sent: when each article version was handed to Kafka, and which were planted."""

    at: dict[tuple[str, str], float] = field(default_factory=dict)
    planted: list[str] = field(default_factory=list)
    late_by: float = 0.0
    """The most that a send was behind its time: how far this producer is to be trusted."""


def send(
    kafka: KafkaSettings,
    articles: Iterable[Article],
    rate: float,
    *,
    sending: Sending,
    until: Callable[[], bool],
    partition: Callable[[int], int | None] = lambda _: None,
) -> None:
    """Send articles at an even rate, each first seen as it is sent, until told to stop."""
    with Producer(kafka) as producer:
        began, where = time.monotonic(), topic("articles")
        producer.publish([])
        for number, article in enumerate(articles):
            if until():
                break
            wait = began + number / rate - time.monotonic()
            sending.late_by = max(sending.late_by, -wait if number else 0.0)
            if wait > 0:
                time.sleep(wait)
            message = message_of(stamped(article, datetime.now(UTC)))
            sending.at.setdefault((article.id, article.version), time.time())
            if is_planted(article):
                sending.planted.append(article.id)
            to = partition(number)
            if to is None:
                producer.send(where, message.key, message.value, message.headers)
            else:
                producer._connected().send(
                    "tocsin.articles",
                    key=message.key.encode(),
                    value=message.value,
                    headers=list(message.headers),
                    partition=to,
                )
        producer.flush()


@contextmanager
def watching(running: Stand) -> Iterator[Path]:
    """Watch ledger and topic; the file has what arrived when it is left."""
    out = running.folder / "arrivals.jsonl"
    watcher = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "benchmarks.live_watch",
            running.store,
            running.broker.bootstrap_servers,
            str(out),
        ],
        stdin=subprocess.DEVNULL,
    )
    try:
        yield out
    finally:
        watcher.terminate()
        try:
            watcher.wait(20)
        except subprocess.TimeoutExpired:
            watcher.kill()
            watcher.wait()


def arrivals(path: Path) -> list[dict[str, Any]]:
    """Read what arrived so far."""
    if not path.exists():
        return []
    whole, _, _ = path.read_bytes().rpartition(b"\n")
    return [json.loads(line) for line in whole.splitlines()]


def wait_until(is_so: Callable[[], Any], what: str, seconds: float) -> None:
    """Wait for something. Raises `TimeoutError`."""
    deadline = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {seconds:.0f} s for {what}")
        time.sleep(0.1)


def end_by_signal() -> None:
    """Let SIGTERM end us as Ctrl-C does: everything that was started is ended."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
