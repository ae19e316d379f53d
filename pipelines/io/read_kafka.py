"""Read Kafka: the log becomes lines, for ever or to its end. A splittable DoFn, native in Python.

One element a share of the partitions; its restriction says how far each is read. A bundle is what one
poll gives: it ends there, so that records wait for nobody, and the store is asked once for all that came
together. How it goes on is the `Pace`, which is not the same for all runners.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, NamedTuple

import apache_beam as beam
from apache_beam.coders import TimestampCoder
from apache_beam.io.watermark_estimators import ManualWatermarkEstimator
from apache_beam.transforms.core import RestrictionProvider, WatermarkEstimatorProvider
from apache_beam.transforms.window import TimestampedValue
from apache_beam.utils.timestamp import Duration, Timestamp

from pipelines import watchdog
from pipelines.coders import RecordCoder
from pipelines.io.careful import Careful, deadly_letter
from pipelines.io.log import KafkaLog, LogReader, Share, leased
from pipelines.io.log_span import LogSpan, LogTracker, span_to
from pipelines.metrics import counter, lag_is
from pipelines.transforms.batches import routing
from schemas import EPOCH, DeadLetter, Line, log_origin, logged_at

HANG_SECONDS = 60.0
"""A bundle that computes longer than this, and a second a record, hangs."""

IDLE_SECONDS = 2.0
"""How far the watermark stays behind the clock where there is nothing to read."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How long a poll waits for the first record, and how long it rests after one that was not full.

    Seconds. A record that comes meanwhile waits for the next poll. Each poll that gives nothing doubles
    the rest, up to `longest`.
    """

    wait: float
    rest: float
    longest: float = 0.0

    def after(self, empty: int) -> float:
        """Say how long to rest after so many polls in a row that gave nothing."""
        return min(self.rest * 2.0 ** min(empty, 10), max(self.longest, self.rest))


SHORT = Pace(wait=0.02, rest=0.25, longest=2.0)
"""Prism asks a bundle every tenth of a second how far it is, and to be split: that costs more than the
bundle. So bundles are short, and the runner waits in between. An empty one costs both together 35 ms,
nearly all of it bookkeeping: one a second in each part would be a fourteenth of a core for nothing."""

LONG = Pace(wait=0.5, rest=0.0)
"""Flink rounds a rest down to whole seconds, and 0 is no rest at all. So the poll waits."""

Passed = tuple[int, tuple[int, int]]
"""(partition, (offset, offset)): offsets from the one to before the other with which nothing is to do."""


class Read(NamedTuple):
    """Lines, records that are not tried again, and stretches that hold nothing."""

    ok: beam.PCollection[Line]
    dead: beam.PCollection[DeadLetter]
    passed: beam.PCollection[Passed]


@dataclass(eq=False)
class ReadKafka(beam.PTransform):
    """Read the shares of a log from where its group stands; with `to_end`, to where it ends now.

    `at_once` is the most records of a bundle. `store` keeps what is known of deadly records; a reader
    without it takes its chances.
    """

    log: KafkaLog
    shares: tuple[Share, ...] = (Share(),)
    at_once: int = 200
    to_end: bool = False
    store: str = ""
    pace: Pace = SHORT

    def expand(self, pbegin: beam.pvalue.PBegin) -> Read:
        """Start from the shares."""
        shares = [(share.number, share.of) for share in self.shares]
        start = pbegin | "Start" >> beam.Impulse()
        spread = start | "Shares" >> beam.FlatMap(_each, shares).with_output_types(tuple[int, int])
        if len(shares) > 1:
            spread = spread | "Spread" >> beam.Reshuffle()  # over the slots of a cluster
        outputs = spread | "Read log" >> routing(ReadFn(self), Line, dead=DeadLetter, passed=Passed)
        return Read(ok=outputs.ok, dead=outputs.dead, passed=outputs.passed)


def _each(_: bytes, values: list[Any]) -> list[Any]:
    return values


class _SpanCoder(RecordCoder):
    kind = LogSpan


class _WatermarkState(WatermarkEstimatorProvider):
    def initial_estimator_state(self, element: object, restriction: object) -> Timestamp:
        return Timestamp(0)

    def create_watermark_estimator(self, state: Timestamp) -> ManualWatermarkEstimator:
        return ManualWatermarkEstimator(state)

    def estimator_state_coder(self) -> TimestampCoder:
        return TimestampCoder()


class ReadFn(beam.DoFn, RestrictionProvider):
    """Reads a share: bundle by bundle, each what one poll gives."""

    def __init__(self, source: ReadKafka) -> None:
        self._log, self._at_once = source.log, source.at_once
        self._to_end, self._store, self._pace = source.to_end, source.store, source.pace

    def setup(self) -> None:
        """Take hold of the counter."""
        self._deadly = counter("dead_letters")
        self._in = counter("records_in")

    def initial_restriction(self, element: tuple[int, int]) -> LogSpan:
        """Begin where the group stands."""
        with leased(self._log, Share(*element)) as reader:
            start = reader.committed()
            if not self._to_end:
                return span_to(start)
            ends = reader.ends()
            return span_to(start, {each: max(ends[each], start[each]) for each in start})

    def create_tracker(self, restriction: LogSpan) -> LogTracker:
        """Track what is read."""
        return LogTracker(restriction)

    def restriction_size(self, element: object, restriction: LogSpan) -> float:
        """Call all shares alike."""
        return 1.0

    def restriction_coder(self) -> RecordCoder:
        """Code spans by the one codec."""
        return _SpanCoder()

    def split(self, element: object, restriction: LogSpan) -> Iterator[LogSpan]:
        """Leave a share whole."""
        yield restriction

    def truncate(self, element: object, restriction: LogSpan) -> None:
        """Stop where it stands when the job is drained."""

    @beam.DoFn.unbounded_per_element()
    def process(
        self,
        element: tuple[int, int],
        tracker: Any = beam.DoFn.RestrictionParam(),
        watermark: Any = beam.DoFn.WatermarkEstimatorParam(_WatermarkState()),
    ) -> Iterator[Any]:
        """Emit the records of one poll."""
        share = Share(*element)
        owner = f"{self._log.group} {share}"
        watchdog.disarm(owner)
        careful = self._careful(share)
        careful.begin_bundle()
        span: LogSpan = tracker.current_restriction()
        start, stop = dict(span.start), dict(span.stop) if span.stop is not None else None
        with leased(self._log, share) as reader:
            reader.renew(start)
            limit = careful.limit(self._at_once)
            records = reader.poll(start, limit, self._pace.wait)
            watchdog.arm(owner, HANG_SECONDS + len(records))
            for record in records:
                if tracker.try_claim((record.partition, record.offset)):
                    yield from self._emit(record, start, careful)
                elif stop is None:
                    return  # the runner has cut here: the rest is another bundle's
            self._watch(reader, records, watermark)
            if stop is not None and not careful.again and _is_done(tracker, reader, stop):
                return
        is_full = len(records) == limit or self._to_end
        tracker.defer_remainder(Duration(0 if is_full else self._pace.after(reader.empty)))

    def _emit(self, record: Any, start: dict[int, int], careful: Careful) -> Iterator[Any]:
        """Emit one record, and what lay between it and the one before."""
        partition, offset = record.partition, record.offset
        before = start.get(partition, 0)
        start[partition] = offset + 1
        if record.value is None:
            yield beam.pvalue.TaggedOutput("passed", (partition, (before, offset + 1)))
            return
        if before < offset:
            yield beam.pvalue.TaggedOutput("passed", (partition, (before, offset)))
        origin = log_origin(self._log.topic, partition, offset)
        if careful.is_deadly(partition, offset):
            self._in.inc()
            self._deadly.inc()
            yield beam.pvalue.TaggedOutput("dead", deadly_letter(record.value, origin))
            return
        logged = logged_at(record.timestamp)
        line = Line(content=record.value, origin=origin, logged=logged)
        yield TimestampedValue(line, Timestamp.of(_first_seen(record)))

    def _watch(self, reader: LogReader, records: list[Any], watermark: Any) -> None:
        """Say how far event time has come, and how much is left."""
        now = datetime.now(UTC).timestamp()
        reached = min(map(_first_seen, records)) if records else now - IDLE_SECONDS
        lag_is(self._log.group, records=reader.lag(), seconds=now - reached if records else 0.0)
        at = Timestamp.of(reached)
        if at > watermark.current_watermark():
            watermark.set_watermark(at)

    def _careful(self, share: Share) -> Careful:
        if not self._store:
            return Careful("", "")
        return _careful(self._store, f"{self._log.group} {share.number}/{share.of}", self._at_once)


def _is_done(tracker: Any, reader: LogReader, stop: dict[int, int]) -> bool:
    """Claim the ends that are reached; tell whether all are. The last offsets may hold nothing."""
    reached = [partition for partition, end in stop.items() if reader.position(partition) >= end]
    for partition in reached:
        tracker.try_claim((partition, stop[partition]))
    return len(reached) == len(stop)


@lru_cache(maxsize=64)
def _careful(store: str, name: str, at_once: int) -> Careful:
    return Careful.begin(store, name, at_once)


def _first_seen(record: Any) -> float:
    """Return the event time of a record in seconds: its header's, else when it was produced."""
    for name, value in record.headers:
        if name == "ce_time" and value:
            try:
                return datetime.fromisoformat(value.decode()).timestamp()
            except (ValueError, OverflowError):
                break
    return (logged_at(record.timestamp) or EPOCH).timestamp()
