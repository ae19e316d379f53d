"""What tests of the stream have in common: a load that is sent, and what the oracle is told in the end."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from sqlalchemy import select

from connectors.cluster import KafkaSettings
from connectors.kafka import Message as Sendable
from connectors.kafka import Producer, message_of
from connectors.lag import lags
from connectors.log import Logged, read, stretches
from connectors.seeds.produce import SeedProducer
from connectors.topics import create_topics
from console import rule_schedule
from console.rule_schedule import Published, RuleFiles
from schemas import Alert, Article, DeadLetter, Story, Unavailable, decode
from schemas.topics import TOPICS
from store import deliveries
from store.engine import open_engine, reading
from store.memory import SqlMemory
from store.run_rows import LIVE
from store.tables import RUN_TABLES, ledger, memory_article
from tests.contracts.tree import ROOT
from tests.fakes import articles as fake
from tests.fakes.articles import Kind, Planned
from tests.system.oracle import Entry, Live, Message, Truth, Violation, violations

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
            return rule_schedule.publish(engine, files.load(), datetime.now(UTC))
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


class Sender(Protocol):
    """What sends, and returns when all is acked."""

    def publish(self, messages: Sequence[Sendable], /) -> None:
        """Send all. Raises `Unavailable`."""


@dataclass(slots=True)
class Load:
    """Sends planned records at a pace, in a thread, until all are sent or it is told to stop.

    Some go through `into`, a folder that is followed, all others right into the log, by our producer
    unless another `sender` is given; those are `acked`.
    """

    place: Place
    planned: Sequence[Planned]
    seed: int
    rate: float
    into: Path | None = None
    sender: Sender | None = None
    sent: list[int] = field(default_factory=list)
    acked: list[bytes] = field(default_factory=list)
    first_sent: dict[str, float] = field(default_factory=dict)
    first_seen: dict[int, datetime] = field(default_factory=dict)
    _messages: dict[int, Sendable] = field(default_factory=dict)
    _stop: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def __enter__(self) -> "Load":
        self._thread = threading.Thread(target=self.send, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Send no more; what is being sent is sent to its end."""
        self._stop.set()
        assert self._thread is not None
        self._thread.join()

    @property
    def is_done(self) -> bool:
        """Tell whether all is sent."""
        return len(self.sent) == len(self.planned)

    def send(self) -> None:
        """Send all."""
        referred = {each.of for each in self.planned if each.of != each.number}
        began, waiting = time.monotonic(), list(self.planned)
        with Producer(self.place.kafka) as ours:
            sender = self.sender or ours
            while waiting and not self._stop.is_set():
                due = int((time.monotonic() - began) * self.rate) + 1 - len(self.sent)
                batch, waiting = waiting[:due], waiting[due:]
                foldered = [each for each in batch if self._is_foldered(each, referred)]
                self._publish(sender, [each for each in batch if each not in foldered])
                self._put(foldered)
                self.sent += [each.number for each in batch]
                self._stop.wait(0.2)

    def _is_foldered(self, planned: Planned, referred: set[int]) -> bool:
        """Tell whether it goes through the folder: the connector stamps it, so nothing repeats it."""
        is_alone = planned.kind is Kind.NEW and planned.number not in referred
        return self.into is not None and is_alone and planned.number % 3 == 0

    def _publish(self, sender: Sender, batch: Sequence[Planned]) -> None:
        """Send until it is acked: what failed may be there or not, and is sent again as it was."""
        messages = [self._message(each) for each in batch]
        while messages:
            try:
                sender.publish(messages)
                break
            except Unavailable:
                time.sleep(0.5)
        for message in messages:
            self.acked.append(message.value)
            self.first_sent.setdefault(message.key, time.time())

    def _message(self, planned: Planned) -> Sendable:
        if planned.kind is Kind.AGAIN:
            return self._messages[planned.of]
        if planned.kind is Kind.POISON:
            value = fake.poison(planned.number, self.seed)
            return Sendable(topic="articles", key=str(planned.number), value=value, headers=())
        made = fake.article(self.planned, planned.number, self.seed, datetime.now(UTC))
        self.first_seen[planned.number] = made.first_seen
        return self._messages.setdefault(planned.number, message_of(made))

    def _put(self, batch: Sequence[Planned]) -> None:
        """Write a file that appears complete."""
        if not batch or self.into is None:
            return
        made = [
            fake.article(self.planned, each.number, self.seed, datetime.now(UTC)) for each in batch
        ]
        lines = [json.dumps({"url": it.url, "title": it.title, "text": it.text}) for it in made]
        scratch = self.into.with_suffix(".part")
        scratch.write_text("\n".join(lines) + "\n")
        scratch.rename(self.into / f"{batch[0].number:06d}.jsonl")

    def ids(self) -> dict[int, str]:
        """Give by number the ids of the articles that were sent."""
        kinds = {each.number: each.kind for each in self.planned}
        at = datetime.now(UTC)
        return {
            each: fake.article(self.planned, each, self.seed, at).id
            for each in self.sent
            if kinds[each] is not Kind.POISON
        }


def followed(place: Place, folder: Path) -> Path:
    """Make a folder that counts as followed for long: nothing that comes into it is backfill."""
    folder.mkdir(exist_ok=True)
    engine = open_engine(place.store)
    with Producer(place.kafka) as producer:
        seeds = SeedProducer(engine, producer, prefix=place.kafka.prefix, stop=threading.Event())
        seeds.is_followed(folder, datetime.now(UTC))
        seeds.follow(folder)
    engine.dispose()
    return folder


def await_quiet(place: Place, load: Load, groups: Iterable[str]) -> None:
    """Wait until all that was sent is in the log, done by all groups, and delivered."""
    wanted = set(load.ids().values())
    names = [f"{place.kafka.prefix}-{each}" for each in groups]
    articles = f"{place.kafka.prefix}.articles"
    wait_until(lambda: wanted <= _ids_in(place.topic("articles")), "all in the log")

    def is_done() -> bool:
        found = lags(place.kafka, articles, names)
        return all(each.has_begun and each.records == 0 for each in found)

    wait_until(is_done, "all done")
    engine = open_engine(place.store)

    def is_delivered() -> bool:
        with reading(engine) as connection:
            return deliveries.pending(connection) == 0

    wait_until(is_delivered, "all delivered")
    engine.dispose()


def _ids_in(log: Iterable[Logged]) -> set[str]:
    return {each.key.decode() for each in log if each.key}


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What became of a load: the planned alerts, the ledger, and the faults that were found."""

    articles: int
    planted: int
    rung: int
    faults: tuple[Violation, ...]
    unplanned: frozenset[tuple[str, int]]
    """What was planned to ring and does not by the replay, or the other way round: a fault of the test."""


def judge(place: Place, load: Load) -> Verdict:
    """Ask the oracle, when all is quiet."""
    log = [each.value for each in place.topic("articles") if each.value is not None]
    truth = truth_of(place, log)
    live = live_of(place, load.first_sent)
    ids = load.ids()
    number_of = {truth.roots[ids[each]]: each for each in sorted(ids, reverse=True)}
    said = {(subscription, number_of[story]) for subscription, story in truth.rings}
    planted = {
        (subscription, number_of[truth.roots[ids[number]]])
        for subscription, number in fake.expected(load.planned, load.sent)
    }
    return Verdict(
        articles=len(load.sent),
        planted=len(planted),
        rung=len(live.ledger),
        faults=tuple(violations(load.acked, log, truth, live)),
        unplanned=frozenset(said ^ planted),
    )


def truth_of(place: Place, log: Iterable[bytes], rules: Rules | None = None) -> Truth:
    """Replay the records from a file."""
    given, out = place.folder / "log.jsonl", place.folder / "truth"
    given.write_bytes(b"".join(each + b"\n" for each in log))
    options = [*(rules or place.rules).options, f"--out={out}", "--force", "--no-entities"]
    subprocess.run(
        [*PROGRAM, "replay", str(given), *options], cwd=ROOT, check=True, capture_output=True
    )
    stories = [decode(Story, line) for line in _lines(out / "stories.jsonl")]
    alerts = [decode(Alert, line) for line in _lines(out / "alerts.jsonl")]
    articles = [decode(Article, line) for line in _lines(out / "articles.jsonl")]
    letters = [decode(DeadLetter, line) for line in _lines(out / "dead-letters.jsonl")]
    return Truth(
        rings=frozenset((it.subscription, it.story) for it in alerts if not it.backfill),
        roots={id: it.id for it in stories for id in (it.id, *(c.article for c in it.copies))},
        versions=frozenset((it.id, it.version) for it in articles),
        letters=frozenset(it.id for it in letters),
    )


def _lines(file: Path) -> list[bytes]:
    return file.read_bytes().splitlines()


def live_of(place: Place, first_sent: Mapping[str, float] = {}) -> Live:
    """Read what the stream left."""
    engine = open_engine(place.store)
    with reading(engine) as connection:
        rows = connection.execute(select(ledger))
        entries = tuple(
            Entry(subscription=it.subscription, story=it.story, alert=it.alert, article=it.article)
            for it in rows
        )
        table = RUN_TABLES["alerts"].c
        found = connection.scalars(select(table.record).where(table.run == LIVE))
        records = [decode(Alert, bytes(it)) for it in found]
        table = RUN_TABLES["articles"].c
        keys = connection.execute(select(table.id, table.version).where(table.run == LIVE))
        versions = frozenset((id, version) for id, version in keys)
        above = memory_article.alias("above")
        links = select(memory_article.c.id, above.c.id).join(
            above, memory_article.c.parent == above.c.seq
        )
        parents = dict(connection.execute(links).tuples().all())
    roots = SqlMemory(engine).roots({id for id, _ in versions})
    engine.dispose()
    return Live(
        ledger=entries,
        records={it.id: it for it in records},
        versions=versions,
        roots=roots,
        parents=parents,
        alerts=_messages(place, "alerts"),
        letters=_messages(place, "dead-letters"),
        first_sent=first_sent,
    )


def _messages(place: Place, topic: str) -> tuple[Message, ...]:
    return tuple(
        Message(
            key=(each.key or b"").decode(), value=each.value or b"", at=each.timestamp.timestamp()
        )
        for each in place.topic(topic)
    )
