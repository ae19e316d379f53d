"""Leases: what is ready to be sent, taken by one deliverer for a while, and marked when it is known how it ended.

Whoever is killed leaves a lease that runs out; then somebody sends the same bytes once more.
"""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, select, text, update

from schemas import Alert, DeliveryState, Ended, Message, MessageKind, Outcome, decode, encode
from store.bulk import chunks
from store.deliveries import TO_PEOPLE
from store.ordinals import instant, microseconds
from store.run_rows import LIVE
from store.tables import RUN_TABLES, delivery
from tocsin.delivery import EXPIRY, next_attempt

LEASE = timedelta(seconds=60)
"""How long one deliverer has a delivery: longer than any attempt takes."""

_READY = text("state = 'ready'")
_KEY = (delivery.c.message == bindparam("m"), delivery.c.channel == bindparam("c"))
_FROZEN = update(delivery).where(*_KEY).values(body=bindparam("b"))
_LEASED = update(delivery).where(*_KEY).values(leased=bindparam("u"), attempts=bindparam("a"))
_MARKED = (
    update(delivery)
    .where(*_KEY, _READY)
    .values(state=bindparam("s"), due=bindparam("d"), reason=bindparam("w"), leased=0)
)


class Leased(NamedTuple):
    """A delivery that is to be sent now. `attempts` counts this one; without a `body` it is the first."""

    message: str
    channel: str
    kind: MessageKind
    subscription: str
    alert: str
    rung: datetime
    attempts: int
    body: Message | None


def lease(
    connection: Connection, now: datetime, limit: int, busy: Collection[str] = ()
) -> list[Leased]:
    """Take deliveries that are due, but none of the `busy` channels; what is too old expires instead."""
    at, columns = microseconds(now), delivery.c
    query = (
        select(delivery)
        .where(TO_PEOPLE, _READY, columns.due <= at, columns.leased <= at)
        .order_by(columns.due, columns.message, columns.channel)
        .limit(limit)
    )
    if busy:
        query = query.where(columns.channel.not_in(sorted(busy)))
    rows = connection.execute(query).all()
    oldest = microseconds(now - EXPIRY)
    expired = [row for row in rows if row.rung < oldest]
    if expired:
        why = f"it rang over {EXPIRY.days} days ago"
        connection.execute(
            _MARKED,
            [_mark(row.message, row.channel, DeliveryState.EXPIRED, at, why) for row in expired],
        )
    taken = [row for row in rows if row.rung >= oldest]
    until = at + LEASE // timedelta(microseconds=1)
    if taken:
        leased = [
            {"m": row.message, "c": row.channel, "u": until, "a": row.attempts + 1} for row in taken
        ]
        connection.execute(_LEASED, leased)
    return [
        Leased(
            message=row.message,
            channel=row.channel,
            kind=MessageKind(row.kind),
            subscription=row.subscription,
            alert=row.alert,
            rung=instant(row.rung),
            attempts=row.attempts + 1,
            body=None if row.body is None else decode(Message, bytes(row.body)),
        )
        for row in taken
    ]


def freeze(connection: Connection, bodies: Sequence[tuple[Leased, Message]]) -> None:
    """Keep what is sent, so that every attempt sends the same."""
    if bodies:
        connection.execute(
            _FROZEN,
            [{"m": each.message, "c": each.channel, "b": encode(body)} for each, body in bodies],
        )


def mark(connection: Connection, ended: Sequence[tuple[Leased, Outcome]], now: datetime) -> None:
    """Note how attempts ended; what may go better is due again, until there is no sense in it."""
    marks = [_outcome(each, outcome, now) for each, outcome in ended]
    if marks:
        connection.execute(_MARKED, marks)


def _outcome(each: Leased, outcome: Outcome, now: datetime) -> dict[str, object]:
    why = f"{outcome.status}: {outcome.reason}" if outcome.status else outcome.reason
    if outcome.ended is Ended.DELIVERED:
        return _mark(each.message, each.channel, DeliveryState.DELIVERED, microseconds(now), "")
    pause = None
    if outcome.ended is Ended.RETRY:
        pause = next_attempt(each.message, each.attempts, outcome.retry_after)
    if pause is None:
        return _mark(each.message, each.channel, DeliveryState.DEAD, microseconds(now), why)
    return _mark(each.message, each.channel, DeliveryState.READY, microseconds(now + pause), why)


def _mark(
    message: str, channel: str, state: DeliveryState, due: int, why: str
) -> dict[str, object]:
    return {"m": message, "c": channel, "s": state, "d": due, "w": why}


def alerts(connection: Connection, ids: Collection[str]) -> dict[str, Alert]:
    """Read alerts by id."""
    table = RUN_TABLES["alerts"].c
    found: dict[str, Alert] = {}
    for some in chunks(sorted(set(ids))):
        query = select(table.id, table.record).where(table.run == LIVE, table.id.in_(some))
        found |= {id: decode(Alert, bytes(record)) for id, record in connection.execute(query)}
    return found


def members(connection: Connection, digest: str, channel: str) -> Iterator[str]:
    """Read the ids of the alerts that were gathered into a digest for a channel, what rang first first."""
    query = (
        select(delivery.c.alert)
        .where(delivery.c.gathered == digest, delivery.c.channel == channel)
        .order_by(delivery.c.rung, delivery.c.message)
    )
    yield from connection.scalars(query)
