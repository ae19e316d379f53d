"""Deliveries: what is on its way to which channel. Each is entered with its alert, in one transaction.

What goes to Kafka goes as it is, in batches; what goes to people is decided first (`tocsin.delivery`), then
leased, sent and marked (`store/leases.py`).
"""

from collections.abc import Collection, Iterable
from typing import NamedTuple

from sqlalchemy import Connection, func, select, text, update

from schemas import DeliveryState, MessageKind
from store.bulk import chunks, insert_missing
from store.run_rows import LIVE
from store.tables import RUN_TABLES, delivery

KAFKA = "kafka"
"""The channel that is the topic of alerts: no policy holds there."""

# Written out: a database takes an index of some rows only where it sees which rows are meant.
TO_KAFKA = text("channel = 'kafka' AND state = 'ready'")
TO_PEOPLE = text("channel <> 'kafka'")


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
    alerts = RUN_TABLES["alerts"].c
    query = (
        select(delivery.c.message, alerts.record)
        .join(RUN_TABLES["alerts"], (alerts.run == LIVE) & (alerts.id == delivery.c.message))
        .where(TO_KAFKA)
        .order_by(delivery.c.due, delivery.c.message)
        .limit(limit)
    )
    return [(alert, bytes(record)) for alert, record in connection.execute(query)]


def delivered(connection: Connection, ids: Collection[str]) -> None:
    """Note that alerts have reached Kafka."""
    for some in chunks(ids):
        reached = update(delivery).where(delivery.c.channel == KAFKA, delivery.c.message.in_(some))
        connection.execute(
            reached.values(state=DeliveryState.DELIVERED, attempts=delivery.c.attempts + 1)
        )


def pending(connection: Connection) -> int:
    """Count the deliveries that wait: for a decision, or to be sent."""
    found = 0
    for which in (TO_KAFKA, text("channel <> 'kafka' AND state IN ('pending', 'ready')")):
        found += connection.scalar(select(func.count()).select_from(delivery).where(which)) or 0
    return found
