"""Pages of what rang and of what is delivered, the newest first: each begins behind the last of the one before."""

from collections.abc import Collection
from dataclasses import dataclass, fields
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, TextClause, select, tuple_

from schemas import DeliveryState, MessageKind
from store.deliveries import FAILURES, KAFKA, converted
from store.lookups import alerts_by_id, is_recorded
from store.ordinals import microseconds
from store.redriving import failed_only
from store.rung import Rung, with_stories
from store.tables import delivery


class Place(NamedTuple):
    """Where a row stands among the others: when it was entered, in microseconds, and its key."""

    rung: int
    message: str
    channel: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A delivery as it is now. `due` is the next attempt, or when the last one was."""

    message: str
    channel: str
    kind: MessageKind
    subscription: str
    alert: str
    state: DeliveryState
    rung: datetime
    due: datetime
    attempts: int
    gathered: str
    reason: str


def rung_page(
    connection: Connection,
    *,
    subscription: str = "",
    since: datetime | None = None,
    after: Place | None = None,
    limit: int,
) -> list[tuple[Place, Rung]]:
    """Read at most so many alerts that rang (since an instant), those behind a place.

    Every alert that rings goes to Kafka, whatever other channels it has: so it is there once.
    """
    columns = delivery.c
    wanted = [columns.channel == KAFKA, columns.kind == MessageKind.ALERT]
    wanted += [columns.subscription == subscription] if subscription else []
    wanted += [columns.rung >= microseconds(since)] if since else []
    query = (
        select(*_KEY)
        .where(*wanted, *_behind(after), is_recorded(columns.message))
        .order_by(*_NEWEST_FIRST)
        .limit(limit)
    )
    places = [Place(*row) for row in connection.execute(query)]
    alerts = alerts_by_id(connection, {place.message for place in places})
    found = [(alerts[place.message], place.rung) for place in places]
    return list(zip(places, with_stories(connection, found), strict=True))


def delivery_page(
    connection: Connection,
    *,
    subscription: str = "",
    channel: str = "",
    states: Collection[DeliveryState] = (),
    after: Place | None = None,
    limit: int,
) -> list[tuple[Place, Sent]]:
    """Read at most so many deliveries, in one of some states (none: all), those behind a place."""
    columns = delivery.c
    wanted: list[ColumnElement[bool] | TextClause] = [FAILURES] if failed_only(states) else []
    wanted += [columns.subscription == subscription] if subscription else []
    wanted += [columns.channel == channel] if channel else []
    wanted += [columns.state.in_(sorted(states))] if states else []
    read = [columns[each.name] for each in fields(Sent)]
    query = select(*read).where(*wanted, *_behind(after)).order_by(*_NEWEST_FIRST).limit(limit)
    rows = connection.execute(query).all()
    return [(Place(row.rung, row.message, row.channel), Sent(**converted(row))) for row in rows]


_KEY = (delivery.c.rung, delivery.c.message, delivery.c.channel)
_NEWEST_FIRST = tuple(each.desc() for each in _KEY)


def _behind(place: Place | None) -> list[ColumnElement[bool]]:
    return [tuple_(*_KEY) < tuple(place)] if place else []
