"""What the oracle is told of a stream in the end."""

import subprocess
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import select

from connectors.kafka import Producer
from connectors.lag import lags
from connectors.log import Logged
from connectors.seeds.produce import SeedProducer
from schemas import Alert, Article, DeadLetter, Story, decode
from store import deliveries
from store.engine import open_engine, reading
from store.memory import SqlMemory
from store.run_rows import LIVE
from store.tables import RUN_TABLES, ledger, memory_article
from tests.contracts.tree import ROOT
from tests.fakes import articles as fake
from tests.system.load import Load
from tests.system.oracle import Entry, Live, Message, Truth, Violation, violations
from tests.system.place import PROGRAM, Place, Rules, wait_until


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
