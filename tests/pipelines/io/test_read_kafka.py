"""Reading the log, over a log of our own: every offset is accounted for, whatever lies there."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from apache_beam.io.watermark_estimators import ManualWatermarkEstimator
from apache_beam.pvalue import TaggedOutput
from apache_beam.utils.timestamp import Timestamp
from hypothesis import given
from hypothesis import strategies as st

from pipelines.io import read_kafka
from pipelines.io.log import KafkaLog, Share
from pipelines.io.log_span import LogSpan, LogTracker, span_to
from pipelines.io.read_kafka import ReadFn, ReadKafka
from schemas import EPOCH, log_place

LOG = KafkaLog.of({}, topic="articles", group="readers")


@dataclass
class Record:
    """A message as the client gives it."""

    partition: int
    offset: int
    value: bytes | None = b"{}"
    headers: tuple[tuple[str, bytes], ...] = ()
    timestamp: int = 1_000


class Reader:
    """What stands where a broker would."""

    empty = 0

    def __init__(self, records: list[Record], ends: Mapping[int, int]) -> None:
        self._records, self._ends = records, dict(ends)
        self._at: dict[int, int] = {}
        self.renewed: list[dict[int, int]] = []

    def renew(self, reached: Mapping[int, int]) -> None:
        self.renewed.append(dict(reached))

    def poll(self, start: Mapping[int, int], limit: int, *_: object) -> list[Record]:
        found = [it for it in self._records if it.offset >= start.get(it.partition, 0)][:limit]
        self._at = {each: max(end, start.get(each, 0)) for each, end in self._ends.items()}
        for each in self._records:
            if each.offset >= start.get(each.partition, 0) and each not in found:
                self._at[each.partition] = min(self._at[each.partition], each.offset)
        return found

    def position(self, partition: int) -> int:
        return self._at[partition]

    def committed(self) -> dict[int, int]:
        return dict.fromkeys(self._ends, 0)

    def ends(self) -> dict[int, int]:
        return self._ends

    def lag(self) -> int:
        return 0


class View:
    """The tracker as Beam hands it in; a remainder is asked for, or not."""

    def __init__(self, span: LogSpan) -> None:
        self.tracker = LogTracker(span)
        self.rest: LogSpan | None = None

    def current_restriction(self) -> LogSpan:
        return self.tracker.current_restriction()

    def try_claim(self, place: tuple[int, int]) -> bool:
        return self.tracker.try_claim(place)

    def defer_remainder(self, _: object) -> None:
        split = self.tracker.try_split(0)
        assert split is not None
        self.rest = split[1]


@contextmanager
def reading(reader: Reader, to_end: bool) -> Iterator[ReadFn]:
    """A DoFn that reads from it, without a store."""

    @contextmanager
    def leased(*_: object) -> Iterator[Reader]:
        yield reader

    idle = SimpleNamespace(arm=lambda *_: None, disarm=lambda *_: None)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(read_kafka, "leased", leased)
        patch.setattr(read_kafka, "watchdog", idle)
        dofn = ReadFn(ReadKafka(LOG, (Share(),), at_once=4, to_end=to_end))
        dofn.setup()
        yield dofn


def bundles(dofn: ReadFn, span: LogSpan, most: int) -> Iterator[list[Any]]:
    """Read on and on, as a runner does; the outputs of each bundle."""
    for _ in range(most):
        view = View(span)
        yield list(dofn.process((1, 1), view, ManualWatermarkEstimator(Timestamp(0))))
        if view.rest is None:
            assert view.tracker.check_done()
            return
        span = view.rest


def places(outputs: list[Any]) -> list[tuple[int, int]]:
    """The offsets that outputs account for."""
    found: list[tuple[int, int]] = []
    for each in outputs:
        if isinstance(each, TaggedOutput):
            partition, (start, end) = each.value
            found += [(partition, offset) for offset in range(start, end)]
        else:
            place = log_place(each.value.origin)
            assert place is not None
            found.append(place[1:])
    return found


logs = st.lists(
    st.tuples(st.integers(0, 2), st.integers(0, 12), st.booleans()),
    unique_by=lambda it: it[:2],
    max_size=25,
).map(lambda them: [Record(p, o, b"{}" if kept else None) for p, o, kept in sorted(them)])


@given(logs)
def test_every_offset_up_to_the_last_record_is_accounted_for_once(records: list[Record]) -> None:
    last: dict[int, int] = {}
    for each in records:
        last[each.partition] = each.offset
    with reading(Reader(records, {0: 13, 1: 13, 2: 13}), to_end=False) as dofn:
        outputs = [it for some in bundles(dofn, span_to({0: 0, 1: 0, 2: 0}), 10) for it in some]
    wanted = [(p, offset) for p, end in last.items() for offset in range(end + 1)]
    assert sorted(places(outputs)) == wanted


@given(logs)
def test_reading_to_the_end_ends_there_whatever_lies_at_the_end(records: list[Record]) -> None:
    with reading(Reader(records, {0: 13, 1: 13, 2: 13}), to_end=True) as dofn:
        span = dofn.initial_restriction((1, 1))
        outputs = [it for some in bundles(dofn, span, 10) for it in some]
    kept = [(it.partition, it.offset) for it in records if it.value is not None]
    lines = [it for it in outputs if not isinstance(it, TaggedOutput)]
    assert sorted(places(lines)) == kept


def test_event_time_is_first_seen_else_when_it_was_produced() -> None:
    seen = (("ce_time", b"2024-07-29T12:00:00Z"),)
    assert read_kafka._first_seen(Record(0, 0, headers=seen)) == 1_722_254_400.0
    assert read_kafka._first_seen(Record(0, 0, headers=(("ce_time", b"noon"),))) == 1.0
    assert read_kafka._first_seen(Record(0, 0)) == 1.0


def test_where_the_group_stands_is_renewed_with_what_was_read_before_and_not_with_what_is_read_now() -> (
    None
):
    reader = Reader([Record(0, offset) for offset in range(6)], {0: 6})
    with reading(reader, to_end=False) as dofn:
        for _ in bundles(dofn, span_to({0: 0}), 3):
            pass
    assert reader.renewed == [{0: 0}, {0: 4}, {0: 6}]


@pytest.mark.parametrize(
    ("milliseconds", "logged"),
    [(1_500, EPOCH + timedelta(milliseconds=1_500)), (-1, None), (0, None), (2**62, None)],
)
def test_a_line_says_when_its_record_came_into_the_log_if_anybody_does(milliseconds, logged):
    record = Record(0, 0, timestamp=milliseconds)
    with reading(Reader([record], {0: 1}), to_end=False) as dofn:
        [[found]] = bundles(dofn, span_to({0: 0}), 1)
    assert found.value.logged == logged
