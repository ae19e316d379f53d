"""Where a stream is tested: its cluster, its store, its rules, and the processes that it takes."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from connectors.cluster import KafkaSettings
from connectors.log import Logged, read, stretches
from connectors.topics import create_topics
from console import rule_schedule
from console.rule_schedule import Published, RuleFiles
from schemas import Unavailable
from schemas.topics import TOPICS
from store.engine import open_engine
from tests.contracts.tree import ROOT
from tests.fakes import articles as fake

PATIENCE = 300.0
"""Seconds after which something that must come has not come; the machine may be busy."""

PROGRAM = [sys.executable, "-m", "console"]


def wait_until(is_so: Callable[[], object], what: str, seconds: float = PATIENCE) -> None:
    """Wait until something is so; what cannot be asked right now is asked again."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            if is_so():
                return
        except Unavailable:
            pass
        assert time.monotonic() < deadline, f"{what}: not within {seconds:.0f} s"
        time.sleep(0.2)


def ended(process: subprocess.Popen[bytes], seconds: float = PATIENCE) -> int:
    """Wait for the end of a command, clear up what it leaves behind (a runner), give its status."""
    try:
        return process.wait(seconds)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """Files of rules: a watch list, and subscriptions to signals."""

    watch_lists: Path
    subscriptions: Path

    @classmethod
    def write(cls, folder: Path, signals: Sequence[int] = fake.SIGNALS) -> "Rules":
        """Write them into a folder."""
        folder.mkdir(exist_ok=True)
        rules = cls(watch_lists=folder / "watch.toml", subscriptions=folder / "subscriptions.toml")
        rules.watch_lists.write_text(fake.WATCH_LIST)
        rules.subscriptions.write_text(fake.subscriptions(signals))
        return rules

    @property
    def options(self) -> list[str]:
        """Give the options that name them."""
        return [f"--watch-lists={self.watch_lists}", f"--subscriptions={self.subscriptions}"]

    @property
    def settings(self) -> dict[str, str]:
        """Give the settings that name them."""
        return {
            "TOCSIN_RULES_WATCH_LISTS": str(self.watch_lists),
            "TOCSIN_RULES_SUBSCRIPTIONS": str(self.subscriptions),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One installation: its cluster, its store, its rules; `folder` is for what comes up."""

    folder: Path
    kafka: KafkaSettings
    store: str
    rules: Rules

    @property
    def settings(self) -> dict[str, str]:
        """Give the settings of a command that belongs to it."""
        return {
            "TOCSIN_STORE_URL": self.store,
            "TOCSIN_KAFKA_BOOTSTRAP_SERVERS": ",".join(self.kafka.bootstrap_servers),
            "TOCSIN_KAFKA_PREFIX": self.kafka.prefix,
            "TOCSIN_METRICS_LISTEN": "",
            "TOCSIN_PIPELINE_ENTITIES": "false",
            **self.rules.settings,
        }

    def publish(self) -> Published:
        """Bring its rules into force."""
        files = RuleFiles(
            watch_lists=self.rules.watch_lists,
            subscriptions=self.rules.subscriptions,
            entities=False,
        )
        engine = open_engine(self.store)
        try:
            return rule_schedule.publish(engine, files.load(), lambda: datetime.now(UTC))
        finally:
            engine.dispose()

    def command(self, *words: str) -> None:
        """Run a command of Tocsin to its end."""
        environment = {**os.environ, **self.settings}
        subprocess.run(
            [*PROGRAM, *words], cwd=ROOT, env=environment, check=True, capture_output=True
        )

    def start(self, *words: str, program: Sequence[str] = PROGRAM) -> subprocess.Popen[bytes]:
        """Start a command of Tocsin; what it says goes into a file."""
        with (self.folder / "said.log").open("ab") as log:
            return subprocess.Popen(
                [*program, *words],
                cwd=ROOT,
                env={**os.environ, **self.settings},
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def topic(self, name: str) -> list[Logged]:
        """Read a topic whole."""
        full_name = f"{self.kafka.prefix}.{name}"
        return list(read(self.kafka, stretches(self.kafka, full_name)))


def installed(
    folder: Path, servers: str, prefix: str, *, partitions: int = 3, store: str = ""
) -> Place:
    """Make topics, a store and rules in force; articles have so many partitions."""
    kafka = KafkaSettings(bootstrap_servers=(servers,), prefix=prefix)
    few = [replace(it, partitions=partitions) if it.name == "articles" else it for it in TOPICS]
    create_topics(kafka, few)
    place = Place(
        folder=folder,
        kafka=kafka,
        store=store or f"sqlite:///{folder / 'tocsin.db'}",
        rules=Rules.write(folder / "rules"),
    )
    place.publish()
    return place
