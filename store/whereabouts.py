"""What became of an alert: its rows among the deliveries, and those of what they were gathered into."""

from typing import Any

from sqlalchemy import Connection, Row, select, tuple_

from schemas import DeliveryState, MessageKind
from store.deliveries import KAFKA, told_by
from store.ordinals import instant
from store.tables import delivery
from tocsin.whereabouts import Delivery


def of_alert(connection: Connection, alert: str, subscription: str) -> tuple[Delivery, ...]:
    """Read the deliveries of an alert of a subscription, and of its updates, as they were entered."""
    columns = delivery.c
    query = (
        select(delivery)
        # By the subscription the rows are found, as there is no index by alert.
        .where(columns.subscription == subscription, columns.alert == alert)
        .order_by(columns.rung, columns.message, columns.channel)
    )
    rows = connection.execute(query).all()
    digests = _digests(connection, {(row.gathered, row.channel) for row in rows if row.gathered})
    return tuple(_read(row, digests.get((row.gathered, row.channel))) for row in rows)


def _digests(connection: Connection, keys: set[tuple[str, str]]) -> dict[tuple[str, str], Delivery]:
    key = tuple_(delivery.c.message, delivery.c.channel)
    found = connection.execute(select(delivery).where(key.in_(sorted(keys)))) if keys else ()
    return {(row.message, row.channel): _read(row, None) for row in found}


def _read(row: Row[Any], digest: Delivery | None) -> Delivery:
    state = DeliveryState(row.state)
    # When Kafka had it is not noted: there `due` stays when the article was first seen.
    is_noted = row.channel != KAFKA or state is not DeliveryState.DELIVERED
    return Delivery(
        channel=row.channel,
        kind=MessageKind(row.kind),
        state=state,
        rung=instant(row.rung),
        due=instant(row.due) if is_noted else None,
        attempts=row.attempts,
        reason=row.reason,
        digest=digest,
        what=told_by(row.kind, row.body),
    )
