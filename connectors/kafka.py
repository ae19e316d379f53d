"""Records into Kafka: what a message looks like, and a producer that knows whether it was taken.

Nothing here trusts the client's word that something was *sent*: every future is asked, and only when
all of a batch are acknowledged by all replicas in sync does `publish` return. What fails may be sent
again: ids and bytes are the same, so a reader drops it.
"""

import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Protocol

from connectors.cluster import ANSWER_SECONDS, KafkaSettings, speaking
from schemas import (
    Alert,
    Article,
    DeadLetter,
    Entity,
    Mention,
    Rejected,
    Story,
    Unavailable,
    encode,
)
from schemas.ids import digest
from schemas.jsonschema import MAJOR, RECORDS
from schemas.topics import LONGEST_MESSAGE, TOPICS, Topic, topic
from tocsin.articles import LONGEST_LINE

__all__ = [
    "Headers",
    "KafkaSettings",
    "Message",
    "Producer",
    "Publishing",
    "Record",
    "headers_for",
    "message_of",
]

Headers = tuple[tuple[str, bytes], ...]

DELIVERY_SECONDS = 20.0
"""How long a batch is tried before it is given back: a restart of a broker, and less than a shutdown."""

CLOSE_SECONDS = 2.0


class Sendable(Protocol):
    """What can be published: `topic` is its name without prefix (`articles`)."""

    @property
    def topic(self) -> str: ...
    @property
    def key(self) -> str: ...
    @property
    def value(self) -> bytes: ...
    @property
    def headers(self) -> Headers: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A record as it lies in a topic; the value is its canonical bytes."""

    topic: str
    key: str
    value: bytes
    headers: Headers


Record = Alert | Article | DeadLetter | Entity | Mention | Story
"""What has a topic."""


def message_of(record: Record) -> Message:
    """Make the message of a record. Raises `Rejected` with code `too-long` for one that is too long."""
    where = _topic_of(type(record))
    value = encode(record)
    if len(value) > LONGEST_LINE:
        raise Rejected("too-long", f"{len(value)} bytes, more than a record may have")
    return Message(
        topic=where.name,
        key=getattr(record, where.key),
        value=value,
        headers=headers_for(record),
    )


def headers_for(record: Record) -> Headers:
    """Make the headers of a record: CloudEvents 1.0 in binary mode. Equal records, equal headers.

    `ce_id` of an article names the version, too: each version is an event of its own. `ce_time` is
    first seen; facts that have none of their own carry none.
    """
    first_seen = getattr(record, "first_seen", None)
    attributes = {
        "ce_specversion": "1.0",
        "ce_type": _event_type(type(record)),
        "ce_source": _source(record),
        "ce_id": _event_id(record),
        "ce_time": encode(first_seen).decode().strip('"') if first_seen else "",
        "content-type": "application/json",
    }
    return tuple((name, value.encode()) for name, value in attributes.items() if value)


def _source(record: Record) -> str:
    """Name where a record comes from: the feed of an article, else the part of Tocsin."""
    if isinstance(record, Article):
        return record.feed or f"/tocsin/{record.via}"
    if isinstance(record, DeadLetter):
        return f"/tocsin/{record.stage}"
    return f"/tocsin/{_topic_of(type(record)).name}"


def _event_id(record: Record) -> str:
    """Name an event within its source. A story is one whenever it grows."""
    if isinstance(record, Article):
        return f"{record.id}.{record.version}"
    if isinstance(record, Entity):
        return f"{record.article}.{record.version}.{record.field}.{record.start}.{record.end}.{record.type}"
    if isinstance(record, Story):
        return f"{record.id}.{digest('story.event.1', encode(record).decode())}"
    return record.id


class Producer:
    """Sends messages and waits for their acks. Connects when first needed; safe in many threads.

    After a failure the connection is given up and the next call makes a new one, because what the
    client believes of the fate of a failed batch is not to be relied upon.
    """

    def __init__(
        self, settings: KafkaSettings, *, delivery_seconds: float = DELIVERY_SECONDS
    ) -> None:
        self._settings = settings
        self._seconds = delivery_seconds
        self._client: Any = None
        self._is_closed = False
        self._lock = threading.RLock()

    def __enter__(self) -> "Producer":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def send(self, where: Topic, key: str, value: bytes, headers: Headers = ()) -> Any:
        """Hand over one message; give kafka-python's future, which must be asked.

        Raises `Unavailable` where no broker answers or there is no such topic.
        """
        with self._lock, speaking(self._settings, "take a record"):
            return self._send(where, key, value, headers)

    def publish(self, messages: Sequence[Sendable]) -> None:
        """Send messages, and return when every one is acknowledged by all replicas in sync.

        Raises `Unavailable` when any is not: then none may be taken for sent, and all of them may be
        sent again. Waits for `delivery_seconds` at most, besides connecting.
        """
        with self._lock:
            try:
                with speaking(self._settings, f"acknowledge {len(messages)} records"):
                    self._publish(messages)
            except BaseException:
                self._give_up()
                raise

    def publish_records(self, records: Sequence[Record]) -> None:
        """Publish records to their topics. See `publish`; raises `Rejected` for one that is too long."""
        self.publish([message_of(record) for record in records])

    def flush(self) -> None:
        """Wait until the fate of everything sent is known; the futures tell what it is."""
        with self._lock, speaking(self._settings, "take what was sent"):
            if self._client is not None:
                self._client.flush(self._seconds + ANSWER_SECONDS)

    def close(self) -> None:
        """Give the connection back at once, for good: whoever waits for an ack gets `Unavailable`."""
        self._is_closed = True  # without the lock, which is held by whoever waits
        self._give_up()

    def _publish(self, messages: Sequence[Sendable]) -> None:
        futures = [
            self._send(topic(each.topic), each.key, each.value, each.headers) for each in messages
        ]
        # Not the client's `flush`: that one forgets records whose batch had to be split.
        deadline = time.monotonic() + self._seconds + ANSWER_SECONDS
        for future in futures:
            future.get(timeout=max(deadline - time.monotonic(), 0))

    def _send(self, where: Topic, key: str, value: bytes, headers: Headers) -> Any:
        return self._connected().send(
            where.full_name(self._settings.prefix),
            key=key.encode(),
            value=value,
            headers=list(headers),
        )

    def _connected(self) -> Any:
        """Give the client; make it where there is none."""
        if self._is_closed:
            raise Unavailable("the producer was closed")
        if self._client is None:
            from kafka import KafkaProducer

            self._client = KafkaProducer(
                **(self._settings.client() | producer_options(self._seconds))
            )
        return self._client

    def _give_up(self) -> None:
        """End the client without waiting for what it could not send.

        Its own `close` waits for that first and, when it waits in vain, leaves its thread running.
        """
        client, self._client = self._client, None
        if client is not None:
            client._sender.force_close()
            with suppress(Exception):
                client.close(timeout=CLOSE_SECONDS)


@dataclass(frozen=True)
class Publishing:
    """A producer as a plain value, which travels to workers: opened once a process.

    Secrets that the settings only name `look_up` finds where it is opened.
    """

    settings: KafkaSettings
    look_up: Callable[[str], str] = str

    def open(self) -> Producer:
        """Get the process's producer for this cluster."""
        given = self.settings
        ssl, sasl = self.look_up(given.ssl_password), self.look_up(given.sasl_password)
        return _opened(replace(given, ssl_password=ssl, sasl_password=sasl))


@lru_cache(maxsize=4)
def _opened(settings: KafkaSettings) -> Producer:
    return Producer(settings)


def producer_options(delivery_seconds: float = DELIVERY_SECONDS) -> dict[str, Any]:
    """Give what a producer of ours is told, whatever the cluster.

    `enable_idempotence` is said although it is the default: unsaid, any weaker setting beside it
    would switch it off with no more than a warning; said, such a setting is an error.
    """
    return {
        "enable_idempotence": True,
        "acks": "all",
        "compression_type": "zstd",
        "linger_ms": 5,
        "batch_size": 256 << 10,
        "max_request_size": LONGEST_MESSAGE,
        "delivery_timeout_ms": int(delivery_seconds * 1000),
        "request_timeout_ms": int(min(ANSWER_SECONDS, delivery_seconds / 2) * 1000),
        "max_block_ms": int(ANSWER_SECONDS * 1000),
        "allow_auto_create_topics": False,
        "metrics_enabled": False,
    }


def _topic_of(record: type) -> Topic:
    return next(each for each in TOPICS if each.record is record)


def _event_type(record: type) -> str:
    name = next(name for name, kind in RECORDS.items() if kind is record)
    return f"tocsin.{name}.v{MAJOR}"
