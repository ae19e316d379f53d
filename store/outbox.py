"""The outbox: messages that were decided on and not yet acknowledged, with what they are about.

A message and the memory that it is done with change places in one transaction (`acked`), so whoever
is killed at any moment sends again at most, and sends the same bytes.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, delete, func, select

from store.bulk import chunks, insert_missing, insert_rows
from store.connector_tables import feed_entry, outbox
from store.ordinals import microseconds

_Headers = tuple[tuple[str, bytes], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxRow:
    """A message to be sent.

    Once it is acknowledged, `entry` of `feed` is done with as far as `fingerprint`; where `entry` is
    empty nothing is remembered.
    """

    topic: str
    key: str
    value: bytes
    headers: _Headers = ()
    feed: str = ""
    entry: str = ""
    fingerprint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting(OutboxRow):
    """A message in the outbox. Ids rise in the order in which messages were put there."""

    id: int


def put(connection: Connection, rows: Sequence[OutboxRow]) -> list[int]:
    """Put messages into the outbox; return their ids, in their order.

    A message whose topic, key and value wait already is not doubled: its id is that of the first.
    """
    digests = [sha256(row.value).digest() for row in rows]
    fresh = [_values(row, digest) for row, digest in zip(rows, digests, strict=True)]
    insert_missing(connection, outbox, fresh, without="id")
    ids: dict[tuple[bytes, str, str], int] = {}
    for some in chunks(set(digests)):
        query = select(outbox.c.id, outbox.c.digest, outbox.c.key, outbox.c.topic)
        for id, digest, key, topic in connection.execute(query.where(outbox.c.digest.in_(some))):
            ids[bytes(digest), key, topic] = id
    return [ids[digest, row.key, row.topic] for row, digest in zip(rows, digests, strict=True)]


def waiting(connection: Connection, after_id: int, limit: int) -> list[Waiting]:
    """Read the messages whose ids are above `after_id`, the earliest first."""
    query = select(outbox).where(outbox.c.id > after_id).order_by(outbox.c.id).limit(limit)
    return [_row(found) for found in connection.execute(query)]


def acked(connection: Connection, ids: Collection[int], at: datetime) -> None:
    """Take acknowledged messages out, and remember in the same breath that their entries are done."""
    done: dict[tuple[str, str], str] = {}
    for some in chunks(sorted(ids)):
        query = select(outbox.c.feed, outbox.c.entry, outbox.c.fingerprint)
        query = query.where(outbox.c.id.in_(some), outbox.c.entry != "").order_by(outbox.c.id)
        done |= {(feed, entry): mark for feed, entry, mark in connection.execute(query)}
        connection.execute(delete(outbox).where(outbox.c.id.in_(some)))
    rows = [(feed, entry, mark, microseconds(at)) for (feed, entry), mark in done.items()]
    insert_rows(connection, feed_entry, rows, replace=True)


def size(connection: Connection) -> int:
    """Count the messages that wait."""
    return connection.scalar(select(func.count()).select_from(outbox)) or 0


def _values(row: OutboxRow, digest: bytes) -> tuple[Any, ...]:
    headers = msgspec.msgpack.encode(row.headers)
    about = (row.feed, row.entry, row.fingerprint)
    return (row.topic, row.key, digest, row.value, headers, *about)


def _row(found: Row[Any]) -> Waiting:
    return Waiting(
        id=found.id,
        topic=found.topic,
        key=found.key,
        value=bytes(found.value),
        headers=msgspec.msgpack.decode(bytes(found.headers), type=_Headers),
        feed=found.feed,
        entry=found.entry,
        fingerprint=found.fingerprint,
    )
