"""Deliveries to people as whoever looks after them sees them, and the way back for those that failed."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, select, update

from schemas import DeliveryState, Message, MessageKind, decode
from store.deliveries import FAILURES, TO_PEOPLE, converted
from store.ordinals import microseconds
from store.tables import delivery

FAILED = (DeliveryState.DEAD, DeliveryState.EXPIRED)
"""What failed, and waits for somebody."""

REDRIVABLE = (*FAILED, DeliveryState.SUPPRESSED)
"""What can be sent after all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which deliveries: in one of some states (none: all), of a channel, of a subscription, of a message.

    Each is `''` for any; `message` is an id or the beginning of one.
    """

    states: Collection[DeliveryState] = ()
    channel: str = ""
    subscription: str = ""
    message: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One delivery to people."""

    message: str
    channel: str
    kind: MessageKind
    subscription: str
    alert: str
    state: DeliveryState
    due: datetime
    rung: datetime
    attempts: int
    reason: str


_COLUMNS = tuple(delivery.c[each.name] for each in fields(Entry))


def entries(connection: Connection, wanted: Wanted, limit: int) -> list[Entry]:
    """Read the deliveries that are wanted, of more than `limit` those that were due last, the last last."""
    columns = delivery.c
    query = _where(select(*_COLUMNS), wanted)
    query = query.order_by(columns.due.desc(), columns.message, columns.channel).limit(limit)
    return [Entry(**converted(row)) for row in reversed(connection.execute(query).all())]


def body(connection: Connection, message: str, channel: str) -> Message | None:
    """Read what is sent, as it was kept; None before the first attempt."""
    columns = delivery.c
    query = select(columns.body).where(columns.message == message, columns.channel == channel)
    found = connection.scalar(query)
    return None if found is None else decode(Message, bytes(found))


def redrive(connection: Connection, wanted: Wanted, now: datetime) -> int:
    """Make ready what failed or was suppressed, to be sent now as if for the first time; count it.

    Its id and its bytes stay as they are. What was delivered, or waits, is not touched. Call it within
    `writing`.
    """
    at = microseconds(now)
    states = set(wanted.states or REDRIVABLE) & set(REDRIVABLE)
    query = (
        update(delivery)
        .where(*_conditions(wanted), delivery.c.state.in_(sorted(states)))
        .values(state=DeliveryState.READY, due=at, decided=at, leased=0, attempts=0, reason="")
    )
    return connection.execute(query).rowcount


def failed_only(states: Collection[DeliveryState]) -> bool:
    """Tell whether some states are those of what failed: then `FAILURES` finds the index of those alone."""
    return bool(states) and set(states) <= set(FAILED)


def _where(query: "Select[Any]", wanted: Wanted) -> "Select[Any]":
    query = query.where(*_conditions(wanted))
    if wanted.states:
        query = query.where(delivery.c.state.in_(sorted(wanted.states)))
    if failed_only(wanted.states):
        query = query.where(FAILURES)
    return query


def _conditions(wanted: Wanted) -> Iterator[Any]:
    columns = delivery.c
    yield TO_PEOPLE
    if wanted.channel:
        yield columns.channel == wanted.channel
    if wanted.subscription:
        yield columns.subscription == wanted.subscription
    if wanted.message:
        yield columns.message.startswith(wanted.message, autoescape=True)
