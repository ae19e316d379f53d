"""Subscriptions at WebSub hubs in the store, one a feed."""

from collections.abc import Collection

from sqlalchemy import Connection, delete, select

from schemas import HubSubscription, decode, encode
from store.bulk import chunks, insert_rows
from store.connector_tables import hub_subscription


def all(connection: Connection) -> list[HubSubscription]:
    """Read every subscription, by feed."""
    query = select(hub_subscription.c.record).order_by(hub_subscription.c.feed)
    return [decode(HubSubscription, record) for record in connection.scalars(query)]


def at(connection: Connection, path: str) -> HubSubscription | None:
    """Read the subscription whose hub reaches us at a path."""
    query = select(hub_subscription.c.record).where(hub_subscription.c.path == path)
    record = connection.scalar(query)
    return None if record is None else decode(HubSubscription, record)


def save(connection: Connection, subscription: HubSubscription) -> None:
    """Save the subscription of a feed, in the place of the one that it had."""
    row = (subscription.feed, subscription.path, encode(subscription))
    insert_rows(connection, hub_subscription, [row], replace=True)


def forget(connection: Connection, feeds: Collection[str]) -> None:
    """Forget the subscriptions of these feeds."""
    for some in chunks(feeds):
        connection.execute(delete(hub_subscription).where(hub_subscription.c.feed.in_(some)))
