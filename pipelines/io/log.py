"""The log as a worker sees it: consumers that outlive bundles, and what the group has committed.

Consumers are the process's, one a share of the partitions: Beam makes and drops DoFns as it likes.
No group is joined; which partitions a worker reads is said by its share, and offsets are committed
when the sinks are done (`pipelines.io.commit_offsets`).
"""

import logging
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaError, OffsetOutOfRangeError
from kafka.structs import OffsetAndMetadata

from pipelines.secrets import looked_up
from schemas import Unavailable
from tocsin.refusals import no_topic, refused, worded

NEW_PARTITIONS_SECONDS = 15.0
"""How often it is asked whether the topic has more partitions."""

LAG_SECONDS = 5.0
"""How often it is asked where the log ends."""

RENEW_SECONDS = 43_200.0
"""How often what a group has committed is committed again where nothing new comes. A broker forgets each
offset by itself, seven days after it was committed (`offsets.retention.minutes`), and we join no group
that would keep them."""

FETCH_MS = 1000
"""How long a broker holds a request for records that are not there yet."""

_PARTITION_BYTES = 8 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class KafkaLog:
    """The topic that is read, by its full name, and for which consumer group. `client`: how to get in."""

    client: tuple[tuple[str, Any], ...]
    topic: str
    group: str

    @classmethod
    def of(cls, client: Mapping[str, Any], *, topic: str, group: str) -> "KafkaLog":
        """Make it of what a client of the cluster is told."""
        told = {name: tuple(v) if isinstance(v, list) else v for name, v in client.items()}
        return cls(client=tuple(sorted(told.items())), topic=topic, group=group)

    @property
    def options(self) -> dict[str, Any]:
        """Give what every consumer is told, with the secrets that a job only names."""
        return {name: _told(value) for name, value in self.client}


def _told(value: Any) -> Any:
    if isinstance(value, tuple):
        return list(value)
    return looked_up(value) if isinstance(value, str) else value


@dataclass(frozen=True, slots=True)
class Share:
    """One of `of` shares of the partitions, counted from 1: those whose number fits."""

    number: int = 1
    of: int = 1

    def holds(self, partition: int) -> bool:
        """Tell whether a partition belongs to it."""
        return partition % self.of == self.number - 1


class LogReader:
    """A consumer of one share. Not to be used by two threads at once."""

    def __init__(self, log: KafkaLog, share: Share) -> None:
        self.log = log
        self.share = share
        self._positions: dict[int, int] = {}
        self._asked = self._measured = self._renewed = float("-inf")
        self._lag = 0
        self.empty = 0  # polls in a row that gave nothing
        with self._speaking("let a consumer in"):
            self._consumer = KafkaConsumer(
                **log.options,
                group_id=log.group,
                enable_auto_commit=False,
                allow_auto_create_topics=False,
                metadata_max_age_ms=int(NEW_PARTITIONS_SECONDS * 1000),
                auto_offset_reset="none",
                max_partition_fetch_bytes=_PARTITION_BYTES,
                fetch_max_wait_ms=FETCH_MS,
                metrics_enabled=False,
            )

    def partitions(self) -> list[int]:
        """Name the partitions of the share. Raises `InvalidSetting` where there is no such topic."""
        with self._speaking("name the partitions"):
            found = self._consumer.partitions_for_topic(self.log.topic) or set()
        if not found:
            raise no_topic(self.log.topic)
        return sorted(each for each in found if self.share.holds(each))

    def committed(self) -> dict[int, int]:
        """Say where the group goes on in each partition of the share; 0 where it never was."""
        return {each: self.committed_in(each) for each in self.partitions()}

    def committed_in(self, partition: int) -> int:
        """Say where the group goes on in a partition; one that is new need not be known here yet."""
        with self._speaking("tell what is committed"):
            return max(self._consumer.committed(self._place(partition)) or 0, 0)

    def ends(self) -> dict[int, int]:
        """Say where each partition of the share ends now."""
        with self._speaking("tell where the log ends"):
            found = self._consumer.end_offsets([self._place(each) for each in self.partitions()])
        return {place.partition: offset for place, offset in found.items()}

    def poll(self, start: Mapping[int, int], limit: int, wait: float) -> list[Any]:
        """Return up to `limit` records from these places on; waits so many seconds for the first, if any.

        Partitions that are new since are read from their beginning. What retention took is passed
        over. Raises `Unavailable` where the log ends before a place: it is not the one that was read.
        """
        self._go_to(start)
        if not limit:
            return []
        try:
            with self._speaking("give records"):
                polled = self._consumer.poll(timeout_ms=int(wait * 1000), max_records=limit)
        except OffsetOutOfRangeError:
            self._mend()
            return []
        records = [record for some in polled.values() for record in some]
        self.empty = 0 if records else self.empty + 1
        for place, some in polled.items():
            self._positions[place.partition] = some[-1].offset + 1
        return records

    def position(self, partition: int) -> int:
        """Say which offset of a partition is read next."""
        with self._speaking("tell what is read next"):
            return int(self._consumer.position(self._place(partition)) or 0)

    def lag(self) -> int:
        """Count the records of the share that are there and not read yet; looked up now and then."""
        if time.monotonic() - self._measured > LAG_SECONDS:
            self._measured = time.monotonic()
            ends = self.ends()
            self._lag = sum(max(ends[p] - at, 0) for p, at in self._positions.items() if p in ends)
        return self._lag

    def commit(self, offsets: Mapping[int, int]) -> None:
        """Commit where the group goes on. Raises `Unavailable`."""
        with self._speaking("take the offsets"):
            self._consumer.commit(
                {self._place(p): OffsetAndMetadata(offset, "", -1) for p, offset in offsets.items()}
            )

    def renew(self, reached: Mapping[int, int], every: float = RENEW_SECONDS) -> None:
        """Commit again where the group stands, unless that was done less than `every` seconds ago.

        `reached` says how far each partition is read. Where more is read than committed something is
        in work: that partition is left to whoever commits it when it is done. Raises `Unavailable`.
        """
        if time.monotonic() - self._renewed < every:
            return
        standing = {p: at for p, at in reached.items() if at and self.committed_in(p) == at}
        if standing:
            self.commit(standing)
        self._renewed = time.monotonic()

    def close(self) -> None:
        """Give the connection back."""
        self._consumer.close(timeout_ms=2000)

    @contextmanager
    def _speaking(self, what: str) -> Iterator[None]:
        """Turn what the client raises into `Unavailable`; what the reader mends itself passes."""
        try:
            yield
        except OffsetOutOfRangeError:
            raise
        except (KafkaError, OSError) as error:
            servers = dict(self.log.client)["bootstrap_servers"]
            raise refused(servers, what, worded(error)) from error

    def _place(self, partition: int) -> TopicPartition:
        return TopicPartition(self.log.topic, partition)

    def _go_to(self, start: Mapping[int, int]) -> None:
        """Stand where the span stands."""
        wanted = dict(start)
        if time.monotonic() - self._asked > NEW_PARTITIONS_SECONDS:
            wanted = dict.fromkeys(self.partitions(), 0) | wanted
            self._asked = time.monotonic()
        wanted = dict.fromkeys(self._positions, 0) | wanted
        if wanted.keys() != self._positions.keys():
            self._consumer.assign([self._place(each) for each in sorted(wanted)])
            self._positions = {}
        for partition, offset in wanted.items():
            if self._positions.get(partition) != offset:
                self._consumer.seek(self._place(partition), offset)
        self._positions = wanted

    def _mend(self) -> None:
        """Pass over what is not there any more."""
        places = [self._place(each) for each in self._positions]
        with self._speaking("tell what the log holds"):
            first, last = (
                self._consumer.beginning_offsets(places),
                self._consumer.end_offsets(places),
            )
        for place in places:
            position = self._positions[place.partition]
            if position > last[place]:
                raise Unavailable(
                    f"{place.topic}/{place.partition} ends at {last[place]}, and {position} was to be"
                    " read next: this is not the log that was read before",
                    hint=f"If it was made anew, delete the consumer group {self.log.group}.",
                )
            if position < first[place]:
                logging.getLogger(__name__).error(
                    "%s/%d: %d records were deleted before they were read",
                    *(place.topic, place.partition, first[place] - position),
                )
                self._consumer.seek(place, first[place])
                self._positions[place.partition] = first[place]


_idle: dict[tuple[KafkaLog, Share, str], LogReader] = {}
_lock = threading.Lock()


@contextmanager
def leased(log: KafkaLog, share: Share, purpose: str = "read") -> Iterator[LogReader]:
    """Lend the process's reader of a share; after an error it is given up, and the next is new."""
    key = (log, share, purpose)
    with _lock:
        reader = _idle.pop(key, None)
    if reader is None:
        reader = LogReader(log, share)
    try:
        yield reader
    except BaseException:
        reader.close()
        raise
    with _lock:
        other = _idle.pop(key, None)
        _idle[key] = reader
    if other is not None:
        other.close()
