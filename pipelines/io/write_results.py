"""Write results: topics first, then the store, and only then is an article version finished.

All of a batch goes into the store in one transaction, the ledger's rows, updates and their deliveries with
the results and the note that the versions are finished. Whoever is killed before it does them again, and
nothing that is stored or sent twice differs. While a server is away the batch is tried for a minute,
and nothing more is read; then the job stops, and goes on from the same place when it is started again.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple, Protocol

import apache_beam as beam

from pipelines.io import halting, tidy
from pipelines.memory import MemoryAt, engine_at
from pipelines.metrics import alert_after, counter
from pipelines.rules import RuleSets
from pipelines.transforms.batches import BatchDoFn, routing
from schemas import (
    Alert,
    ArticleVersion,
    DeadLetter,
    Story,
    Unavailable,
    encode,
    version_in,
)
from store import ledger, results, updates
from store.engine import writing
from store.parts import finish, park
from tocsin.alerting import channels_of
from tocsin.memory import Part

PATIENCE_SECONDS = 60.0
"""How long a batch is tried while a server is away."""

FIRST_PAUSE, LONGEST_PAUSE = 0.1, 5.0


class Publisher(Protocol):
    """Sends records to their topics, and returns when all are acknowledged."""

    def publish_records(self, records: Sequence[Any]) -> None:
        """Send them all. Raises `Unavailable` when any is not taken: all may be sent again."""


class Publishing(Protocol):
    """A publisher as a plain value that travels to workers."""

    def open(self) -> Publisher:
        """Get the process's publisher."""


class Written(NamedTuple):
    """Origins of what is finished, and what could not be written."""

    ok: beam.PCollection[str]
    dead: beam.PCollection[DeadLetter]


@dataclass(frozen=True)
class Sinks:
    """Where results go: topics by `publishing`, the store of `memory`, deliveries to `channels`.

    By `rules` each alert also goes to the channels of its own subscription. `link` is the pattern of the
    URLs at which messages say that alerts are explained, `''` for none.
    """

    publishing: Publishing
    memory: MemoryAt
    part: Part
    channels: tuple[str, ...] = ()
    rules: RuleSets | None = None
    keep: timedelta = timedelta(days=30)
    link: str = ""


@dataclass(eq=False)
class WriteResults(beam.PTransform):
    """Write article versions with all that is known of them; give back where they lay."""

    sinks: Sinks

    def expand(self, pcoll: beam.PCollection[ArticleVersion]) -> Written:
        """Consume article versions."""
        outputs = pcoll | "Write" >> routing(WriteFn(self.sinks), str, dead=DeadLetter)
        return Written(ok=outputs.ok, dead=outputs.dead)


@dataclass(eq=False)
class WriteDeadLetters(beam.PTransform):
    """Write dead letters to their topic and into the store; give back where the records lay."""

    sinks: Sinks

    def expand(self, pcoll: beam.PCollection[DeadLetter]) -> beam.PCollection[str]:
        """Consume dead letters."""
        return pcoll | "Write letters" >> beam.ParDo(WriteDeadFn(self.sinks)).with_output_types(str)


class WriteFn(BatchDoFn):
    """Carries batches of article versions to the sinks."""

    stage = "write-results"
    waits = True

    def __init__(self, sinks: Sinks) -> None:
        self._sinks = sinks

    def setup(self) -> None:
        """Take hold of the counters; say who works here, and begin to tidy."""
        self._sinks.memory.open().begin(self._sinks.part)
        if Part.ALERTS in self._sinks.part:
            tidy.begin(self._sinks.memory, self._sinks.keep)
        self._done, self._rung = counter("articles_done"), counter("alerts_rung")
        self._too_long = counter("stories_too_long")

    def work(self, elements: Sequence[ArticleVersion]) -> list[list[str]]:
        """Write a batch."""
        stories = persistently(lambda: self._publish(elements))
        rung = persistently(lambda: self._store(elements, stories))
        for alert in rung:
            alert_after(alert.first_seen)
        self._rung.inc(len(rung))
        self._done.inc(len(elements))
        halting.note_good(len(elements))
        return [[each.origin] for each in elements]

    def _channels(self, alert: Alert) -> Sequence[str]:
        """Name the channels of an alert: as its subscription had them when its article was first seen."""
        sinks = self._sinks
        if sinks.rules is None:
            return sinks.channels
        wanted = channels_of(sinks.rules.in_force(alert.first_seen))
        return (*sinks.channels, *wanted.get(alert.subscription, ()))

    def _publish(self, elements: Sequence[ArticleVersion]) -> list[Story]:
        """Send everything to its topic; return the stories as they are now."""
        records: list[Any] = [record for each in elements for record in self._facts(each)]
        stories = self._sinks.memory.open().stories_of({each.story for each in elements})
        records += self._short_enough(stories)
        if records:
            self._sinks.publishing.open().publish_records(records)
        return stories

    def _facts(self, article_version: ArticleVersion) -> Iterator[Any]:
        """Give what this part found out; the other part gives the rest."""
        if Part.ALERTS in self._sinks.part:
            yield from article_version.mentions
        if Part.ENTITIES in self._sinks.part:
            yield from article_version.entities

    def _short_enough(self, stories: Sequence[Story]) -> Iterator[Story]:
        """Leave out stories of so many copies that no topic takes their record."""
        for story in stories:
            if len(encode(story)) <= LONGEST_STORY:
                yield story
            else:
                self._too_long.inc()

    def _store(self, elements: Sequence[ArticleVersion], stories: Sequence[Story]) -> list[Alert]:
        """Write everything in one transaction; return the alerts that are new."""
        sinks = self._sinks
        alerts = [alert for each in elements for alert in each.alerts]
        kinds: dict[str, list[Any]] = {}
        if Part.ALERTS in sinks.part:
            kinds["articles"] = [each.article for each in elements]
            kinds["mentions"] = [it for each in elements for it in each.mentions]
            kinds["near-misses"] = [it for each in elements for it in each.near_misses]
        if Part.ENTITIES in sinks.part:
            kinds["entities"] = [it for each in elements for it in each.entities]
        with writing(engine_at(sinks.memory.url)) as connection:
            for kind, records in kinds.items():
                results.write(connection, kind, records)
            now = datetime.now(UTC)
            rung = ledger.ring(connection, alerts, self._channels, now)
            silent = [alert for alert in alerts if alert.backfill]
            results.write(connection, "alerts", [*silent, *rung])
            if sinks.rules:
                came = updates.Came(elements, stories, rung)
                updates.enter(connection, came, sinks.rules.in_force, now, sinks.link)
            roots = {each.article.id: each.story for each in elements}
            finish(connection, {_key(each) for each in elements}, sinks.part, roots)
        return rung


class WriteDeadFn(BatchDoFn):
    """Carries dead letters to their topic and into the store; stops where there is nothing but them."""

    waits = True

    def __init__(self, sinks: Sinks) -> None:
        self._sinks = sinks
        self._has_written = False

    def start_bundle(self) -> None:
        """Begin with nothing written."""
        super().start_bundle()
        self._has_written = False

    def work(self, elements: Sequence[DeadLetter]) -> list[list[str]]:
        """Write a batch. Raises `Halted` where there were too many before this bundle.

        A bundle that has written some writes all: a failure would take back that they are done.
        """
        if not self._has_written:
            halting.await_halt()
        persistently(lambda: self._sinks.publishing.open().publish_records(elements))
        persistently(lambda: self._store(elements))
        self._has_written = True
        halting.note_dead(each.origin for each in elements)
        return [[each.origin] for each in elements]

    def _store(self, elements: Sequence[DeadLetter]) -> None:
        """Write a batch; what came out of memory does so no more, until it comes in again."""
        found = (version_in(each) for each in elements if not each.origin)
        with writing(engine_at(self._sinks.memory.url)) as connection:
            results.write(connection, "dead-letters", elements)
            park(connection, {key for key in found if key}, self._sinks.part)


LONGEST_STORY = 900_000
"""Bytes of a story's record that a broker takes by itself, key and headers beside it."""


def _key(article_version: ArticleVersion) -> tuple[str, str]:
    return (article_version.article.id, article_version.article.version)


def persistently(do: Callable[[], Any]) -> Any:
    """Do something that may be done twice, again and again while a server is away.

    Raises `Unavailable` where it stays away.
    """
    deadline, pause = time.monotonic() + PATIENCE_SECONDS, FIRST_PAUSE
    while True:
        try:
            return do()
        except Unavailable:
            if time.monotonic() + pause > deadline:
                raise
        time.sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE)
