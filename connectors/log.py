"""A topic read as a log: from one place to another, once, by whoever wants to look. Not for streams.

Nothing is joined and nothing committed, so that no other reader can tell. The end is what it is when
the reading begins: what is produced meanwhile is left for another time.
"""

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

from connectors.cluster import ANSWER_SECONDS, KafkaSettings, speaking
from connectors.kafka import Headers
from connectors.topics import check_reach
from schemas import EPOCH, InvalidSetting, Line, Unavailable
from schemas.line import log_origin, logged_at
from tocsin.refusals import no_topic

PATIENCE_SECONDS = 3 * ANSWER_SECONDS
"""How long a reader waits for the next message that must be there."""

AT_ONCE = 500
"""Messages that are held at once, besides what the client fetched."""


class Logged(NamedTuple):
    """A message as it lies in its topic. `timestamp` says when it was produced, 1970 where nobody does."""

    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: Headers
    timestamp: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """A part of a partition: the offsets from `start` on, before `end`. Some may hold nothing."""

    topic: str
    partition: int
    start: int
    end: int

    @property
    def size(self) -> int:
        """How many messages it may have."""
        return self.end - self.start


def stretches(
    settings: KafkaSettings,
    topic: str,
    *,
    partition: int | None = None,
    start: int | None = None,
    end: int | None = None,
    since: datetime | None = None,
) -> list[Stretch]:
    """Find what there is of a topic now, partition by partition; empty ones are left out.

    `topic` is its full name. `partition`, `start` and `end` (offsets) narrow it, and `since` leaves out
    what lies before the first message that was produced then. What retention took is left out, too.
    Raises `InvalidSetting` where there is no such topic or partition, `Unavailable`.
    """
    from kafka import TopicPartition

    with _consumer(settings) as consumer, speaking(settings, f"tell how long {topic} is"):
        known = consumer.partitions_for_topic(topic) or set()
        if not known:
            raise no_topic(topic)
        if partition is not None and partition not in known:
            raise InvalidSetting(f"kafka: {topic} has no partition {partition}")
        wanted = sorted(known) if partition is None else [partition]
        places = [TopicPartition(topic, each) for each in wanted]
        first = consumer.beginning_offsets(places)
        last = consumer.end_offsets(places)
        if since is not None:
            first = _first_since(consumer, first, last, since)
    found = (
        Stretch(
            topic=topic,
            partition=place.partition,
            start=max(first[place], first[place] if start is None else start),
            end=min(last[place], last[place] if end is None else end),
        )
        for place in places
    )
    return [each for each in found if each.size > 0]


def read(settings: KafkaSettings, wanted: Iterable[Stretch]) -> Iterator[Logged]:
    """Yield the messages of stretches, one stretch after the other, each in its order.

    Raises `Unavailable` where a message that must be there does not come.
    """
    with _consumer(settings) as consumer:
        for stretch in wanted:
            yield from _read(settings, consumer, stretch)


def read_lines(settings: KafkaSettings, stretch: Stretch) -> Iterator[Line]:
    """Yield the values of a stretch as lines to be decoded; a message without a value is none."""
    for each in read(settings, [stretch]):
        if each.value is not None:
            origin = log_origin(stretch.topic, each.partition, each.offset)
            known = each.timestamp if each.timestamp > EPOCH else None
            yield Line(content=each.value, origin=origin, logged=known)


def read_one(settings: KafkaSettings, topic: str, partition: int, offset: int) -> Logged | None:
    """Read the message at one place; None where there is none, or no longer. Raises `Unavailable`."""
    try:
        found = stretches(settings, topic, partition=partition, start=offset, end=offset + 1)
    except InvalidSetting:
        return None
    return next(read(settings, found), None)


def _read(settings: KafkaSettings, consumer: Any, stretch: Stretch) -> Iterator[Logged]:
    """Read one stretch. Its end may hold nothing (a marker of a transaction): the position tells."""
    from kafka import TopicPartition

    place = TopicPartition(stretch.topic, stretch.partition)
    consumer.assign([place])
    consumer.seek(place, stretch.start)
    position, heard = stretch.start, time.monotonic()
    while position < stretch.end:
        with speaking(settings, f"give {stretch.topic}/{stretch.partition}@{position}"):
            polled = consumer.poll(timeout_ms=500, max_records=AT_ONCE).get(place, [])
            reached = max(position, consumer.position(place))
        for each in polled:
            if each.offset >= stretch.end:
                return
            yield _logged(each)
        if reached == position and time.monotonic() - heard > PATIENCE_SECONDS:
            raise Unavailable(
                f"Kafka gave nothing of {stretch.topic}/{stretch.partition} behind {position}"
                f" for {PATIENCE_SECONDS:g} seconds",
                retry_after=2.0,
            )
        if reached > position:
            position, heard = reached, time.monotonic()


def _logged(record: Any) -> Logged:
    return Logged(
        partition=record.partition,
        offset=record.offset,
        key=record.key,
        value=record.value,
        headers=tuple((name, value) for name, value in record.headers),
        timestamp=logged_at(record.timestamp) or EPOCH,
    )


def _first_since(
    consumer: Any, first: dict[Any, int], last: dict[Any, int], since: datetime
) -> dict[Any, int]:
    """Find the first offset of each partition that was produced at an instant or later."""
    asked = max(0, int(since.astimezone(UTC).timestamp() * 1000))
    found = consumer.offsets_for_times(dict.fromkeys(first, asked))
    return {place: found[place].offset if found.get(place) else last[place] for place in first}


@contextmanager
def _consumer(settings: KafkaSettings) -> Iterator[Any]:
    """Open a consumer that belongs to no group."""
    from kafka import KafkaConsumer

    check_reach(settings, "give its records")
    with speaking(settings, "give its records"):
        consumer = KafkaConsumer(
            **settings.client(),
            group_id=None,
            enable_auto_commit=False,
            allow_auto_create_topics=False,
            auto_offset_reset="earliest",
            isolation_level="read_committed",
            metrics_enabled=False,
        )
    try:
        yield consumer
    finally:
        consumer.close()
