"""What tests of the RSS connector have in common: the hosts, the connector as a program, the topic read."""

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from kafka import KafkaConsumer, TopicPartition

from connectors.cluster import KafkaSettings
from connectors.topics import create_topics
from schemas import FeedState
from store import feeds
from store.engine import open_engine, writing
from tests.contracts.tree import ROOT
from tests.fakes.feed_hosts import address_of

STARTING = "-- a connector is started --"
TOKEN = re.compile(r"t\d+x\d+")


@dataclass(frozen=True, slots=True)
class Hosts:
    """Hosts that serve feeds; `log` has a line for each answer."""

    port: int
    log: Path

    def offered(self) -> set[str]:
        """Gather the tokens of all entries that were listed in an answer."""
        return {token for line in self.lines() for token in line[4]}

    def lines(self) -> list[tuple[float, str, str, int, list[str]]]:
        """Read the answers: seconds, address, path, status, tokens."""
        return [tuple(json.loads(line)) for line in self.log.read_text().splitlines()]


@contextmanager
def running_hosts(folder: Path, *arguments: str) -> Iterator[Hosts]:
    """Start the hosts as a process of their own, hand them over, end them."""
    log, port_file = folder / "hosts.log", folder / "hosts.port"
    log.touch()
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "tests.fakes.feed_hosts",
            f"--log={log}",
            f"--port-file={port_file}",
            *arguments,
        ],
        cwd=ROOT,
    )
    try:
        wait_for(lambda: port_file.exists() and port_file.read_text(), "the hosts")
        yield Hosts(int(port_file.read_text()), log)
    finally:
        process.kill()
        process.wait()


def wait_for(is_done, what: str, seconds: float = 60.0) -> None:
    """Wait until something is so; fails when it is not so in time."""
    deadline = time.monotonic() + seconds
    while not is_done():
        assert time.monotonic() < deadline, f"{what} did not come in {seconds:.0f} s"
        time.sleep(0.1)


@dataclass(frozen=True, slots=True)
class Site:
    """One installation: a folder with a store, topics of its own, and settings for loopback."""

    folder: Path
    kafka: KafkaSettings
    settings: dict[str, str]
    started: list[subprocess.Popen[str]] = field(default_factory=list)

    def __enter__(self) -> "Site":
        return self

    def __exit__(self, *_: object) -> None:
        """End what was started, whatever became of the test."""
        for process in self.started:
            process.kill()
            process.wait()

    @property
    def store(self) -> str:
        return f"sqlite:///{self.folder / 'tocsin.db'}"

    def prepare(self, hosts: Hosts, *, hosts_number: int, feeds_number: int) -> None:
        """Make the topics and add the feeds, as known for a day: nothing of theirs is backfill."""
        create_topics(self.kafka)
        engine = open_engine(self.store)
        now = datetime.now(UTC)
        states = [
            FeedState(
                url=f"http://{address_of(each % hosts_number)}:{hosts.port}/feed/{each}",
                added=now,
                last_success=now,
            )
            for each in range(feeds_number)
        ]
        with writing(engine) as connection:
            feeds.add(connection, states)
        engine.dispose()

    def connect(self, *arguments: str) -> subprocess.Popen[str]:
        """Start `tocsin connect rss`."""
        environment = os.environ | {
            "TOCSIN_STORE_URL": self.store,
            "TOCSIN_KAFKA_BOOTSTRAP_SERVERS": ",".join(self.kafka.bootstrap_servers),
            "TOCSIN_KAFKA_PREFIX": self.kafka.prefix,
            "TOCSIN_FEEDS_ALLOW_PRIVATE": "true",
            "TOCSIN_METRICS_LISTEN": "",
            **self.settings,
        }
        with (self.folder / "connector.log").open("a") as log:
            log.write(f"{STARTING}\n")
            log.flush()
            process = subprocess.Popen(
                [str(Path(sys.executable).with_name("tocsin")), "connect", "rss", *arguments],
                cwd=ROOT,
                env=environment,
                stderr=log,
                text=True,
            )
        self.started.append(process)
        return process

    def wait_for_start(self) -> None:
        """Wait until a connector that was just started says that it reads feeds."""
        log = self.folder / "connector.log"
        wait_for(lambda: '"started"' in log.read_text().rpartition(STARTING)[2], "the start")

    def records(self, topic: str = "articles") -> list[tuple[str, bytes]]:
        """Read a topic whole: keys and values."""
        consumer = KafkaConsumer(
            bootstrap_servers=list(self.kafka.bootstrap_servers), consumer_timeout_ms=500
        )
        name = f"{self.kafka.prefix}.{topic}"
        partitions = [TopicPartition(name, each) for each in consumer.partitions_for_topic(name)]
        ends = consumer.end_offsets(partitions)
        consumer.assign(partitions)
        consumer.seek_to_beginning(*partitions)
        found = []
        while any(consumer.position(each) < ends[each] for each in partitions):
            for batch in consumer.poll(timeout_ms=200).values():
                found += [(record.key.decode(), record.value) for record in batch]
        consumer.close()
        return found

    def tokens(self) -> set[str]:
        """Gather the tokens of all articles in Kafka."""
        return {token for _, value in self.records() for token in TOKEN.findall(value.decode())[:1]}
