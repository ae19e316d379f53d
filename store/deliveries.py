"""Deliveries: which alerts have still to go to which channel. `store.ledger` enters them."""

from collections.abc import Collection

from sqlalchemy import Connection, func, select, update

from store.bulk import chunks
from store.run_rows import LIVE
from store.tables import RUN_TABLES, delivery

PENDING = "pending"
DELIVERED = "delivered"


def due(connection: Connection, channel: str, limit: int) -> list[tuple[str, bytes]]:
    """Read (id, record) of the alerts that have to go to a channel, the first seen first."""
    alerts = RUN_TABLES["alerts"].c
    query = (
        select(delivery.c.alert, alerts.record)
        .join(RUN_TABLES["alerts"], (alerts.run == LIVE) & (alerts.id == delivery.c.alert))
        .where(delivery.c.channel == channel, delivery.c.state == PENDING)
        .order_by(delivery.c.due, delivery.c.alert)
        .limit(limit)
    )
    return [(alert, bytes(record)) for alert, record in connection.execute(query)]


def delivered(connection: Connection, channel: str, ids: Collection[str]) -> None:
    """Note that alerts have reached a channel."""
    for some in chunks(ids):
        reached = update(delivery).where(delivery.c.channel == channel, delivery.c.alert.in_(some))
        connection.execute(reached.values(state=DELIVERED, attempts=delivery.c.attempts + 1))


def pending(connection: Connection) -> int:
    """Count the deliveries that wait."""
    waiting = select(func.count()).select_from(delivery).where(delivery.c.state == PENDING)
    return connection.scalar(waiting) or 0
