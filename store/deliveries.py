"""Deliveries: what is on its way to which channel. Each is entered with its alert, in one transaction.

What goes to Kafka goes as it is, in batches; what goes to people is decided first (`tocsin.delivery`), then
leased, sent and marked (`store/leases.py`).
"""

from collections.abc import Collection, Iterable
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, TextClause, bindparam, func, select, text, update

from schemas import DeliveryState, Message, MessageKind, decode
from store.bulk import chunks, insert_missing
from store.lookups import alert_records, is_recorded
from store.ordinals import instant
from store.tables import delivery
from tocsin.messages import what_of

KAFKA = "kafka"
"""The channel that is the topic of alerts: no policy holds there."""

# Written out: a database takes an index of some rows only where it sees which rows are meant.
TO_KAFKA = text("channel = 'kafka' AND state = 'ready'")
TO_PEOPLE = text("channel <> 'kafka'")
OPEN = text("channel <> 'kafka' AND state IN ('pending', 'ready')")
FAILURES = text("state IN ('dead', 'expired')")

_COUNTED = (
    DeliveryState.PENDING,
    DeliveryState.READY,
    DeliveryState.DEAD,
    DeliveryState.EXPIRED,
)

BY_KEY = (delivery.c.message == bindparam("m"), delivery.c.channel == bindparam("c"))
"""One delivery, in statements that change many at once."""


class New(NamedTuple):
    """A delivery that begins: what is sent, where, for whom; `due` and `rung` in microseconds."""

    message: str
    channel: str
    kind: MessageKind
    subscription: str
    alert: str
    due: int
    rung: int


def enter(
    connection: Connection,
    new: Iterable[New],
    state: DeliveryState | None = None,
    body: bytes | None = None,
    reason: str = "",
) -> int:
    """Enter deliveries that are not there yet; return how many. What goes to Kafka needs no decision.

    `body` is what is sent, where that is known already; `reason` says why of a `state` that is an end.
    """
    rows = []
    for each in new:
        by_default = DeliveryState.READY if each.channel == KAFKA else DeliveryState.PENDING
        rows.append((*each, state or by_default, body))
    return insert_missing(
        connection,
        delivery,
        [
            (
                message,
                channel,
                kind,
                subscription,
                alert,
                state,
                due,
                rung,
                rung,
                0,
                0,
                "",
                reason,
                body,
            )
            for message, channel, kind, subscription, alert, due, rung, state, body in rows
        ],
    )


def due(connection: Connection, limit: int) -> list[tuple[str, bytes]]:
    """Read (id, record) of the alerts that have to go to Kafka, the first seen first."""
    message = delivery.c.message
    first = select(message).where(TO_KAFKA, is_recorded(message))
    first = first.order_by(delivery.c.due, message).limit(limit)
    ids = list(connection.scalars(first))
    records = alert_records(connection, ids)
    return [(id, records[id]) for id in ids]


def delivered(connection: Connection, ids: Collection[str]) -> None:
    """Note that alerts have reached Kafka."""
    for some in chunks(ids):
        reached = update(delivery).where(delivery.c.channel == KAFKA, delivery.c.message.in_(some))
        connection.execute(
            reached.values(state=DeliveryState.DELIVERED, attempts=delivery.c.attempts + 1)
        )


def to_kafka(connection: Connection) -> int:
    """Count the deliveries that wait for Kafka."""
    return _count(connection, TO_KAFKA)


def by_state(connection: Connection) -> dict[DeliveryState, int]:
    """Count the deliveries to people that wait, and those that failed, by state."""
    found = dict.fromkeys(_COUNTED, 0)
    for which in (OPEN, FAILURES):
        query = select(delivery.c.state, func.count()).where(which).group_by(delivery.c.state)
        found |= {DeliveryState(state): number for state, number in connection.execute(query)}
    return found


def converted(row: Row[Any]) -> dict[str, Any]:
    """Read columns of a delivery as records have them: kinds, states and instants instead of texts and numbers."""
    return dict(row._mapping) | {
        "kind": MessageKind(row.kind),
        "state": DeliveryState(row.state),
        "rung": instant(row.rung),
        "due": instant(row.due),
    }


def told_by(kind: str, body: bytes | None) -> str:
    """Say what an update tells of its alert, as it is kept; `''` of whatever else goes out."""
    if kind != MessageKind.UPDATE or body is None:
        return ""
    return what_of(decode(Message, bytes(body)))


def pending(connection: Connection) -> int:
    """Count the deliveries that wait: for a decision, or to be sent."""
    return to_kafka(connection) + _count(connection, OPEN)


def _count(connection: Connection, which: TextClause) -> int:
    return connection.scalar(select(func.count()).select_from(delivery).where(which)) or 0
