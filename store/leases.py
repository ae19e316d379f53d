"""Leases: what is ready to be sent, taken by one deliverer for a while, and marked when it is known how it ended.

Whoever is killed leaves a lease that runs out; then somebody sends the same bytes once more.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, bindparam, select, text, update

from schemas import (
    DeliveryState,
    Ended,
    Message,
    MessageKind,
    Outcome,
    Rejected,
    decode,
    encode,
)
from store.deliveries import BY_KEY, TO_PEOPLE, told_by
from store.ordinals import instant, microseconds
from store.tables import delivery
from tocsin.delivery import EXPIRY, next_attempt

LEASE = timedelta(seconds=60)
"""How long one deliverer has a delivery: longer than any attempt takes."""

_READY = text("state = 'ready'")

# Written out, and from one channel to the next: each step is one look into the index by channel.
_CHANNELS = text(
    "WITH RECURSIVE waiting(channel) AS ("
    " SELECT min(channel) FROM delivery WHERE channel <> 'kafka' AND state = 'ready'"
    " UNION ALL SELECT (SELECT min(d.channel) FROM delivery d WHERE d.channel <> 'kafka'"
    " AND d.state = 'ready' AND d.channel > w.channel) FROM waiting w WHERE w.channel IS NOT NULL)"
    " SELECT w.channel, (SELECT d.due FROM delivery d WHERE d.channel <> 'kafka' AND d.state = 'ready'"
    " AND d.channel = w.channel AND d.leased <= :now ORDER BY d.due LIMIT 1)"
    " FROM waiting w WHERE w.channel IS NOT NULL"
)
_FROZEN = update(delivery).where(*BY_KEY).values(body=bindparam("b"))
_LEASED = update(delivery).where(*BY_KEY).values(leased=bindparam("u"), attempts=bindparam("a"))
_MARKED = (
    update(delivery)
    .where(*BY_KEY, _READY)
    .values(state=bindparam("s"), due=bindparam("d"), reason=bindparam("w"), leased=0)
)
# Whose lease ran out has no say any more, unless his was taken: somebody else may be sending by now.
_FAILED = _MARKED.where(delivery.c.attempts == bindparam("n"))
_SET_ASIDE = _MARKED.values(attempts=bindparam("a"))


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


class Aside(NamedTuple):
    """A delivery that was leased and is not sent: what becomes of it instead, when it is due, and why."""

    of: Leased
    state: DeliveryState
    why: str
    due: datetime


class Member(NamedTuple):
    """What was gathered: the id of its alert, when it was entered, and why it was not sent at once.

    `what` is what an update tells; `''` where it is the alert itself.
    """

    alert: str
    rung: datetime
    why: str
    what: str = ""


def due_channels(connection: Connection, now: datetime) -> dict[str, datetime]:
    """Say for which channels something waits that nobody has, and when the first of it is due."""
    rows = connection.execute(_CHANNELS, {"now": microseconds(now)})
    return {channel: instant(due) for channel, due in rows if due is not None}


def lease(connection: Connection, now: datetime, shares: Mapping[str, int]) -> list[Leased]:
    """Take what is due, of each channel so many at most; what is too old expires instead.

    What waits for other channels is not even looked at, however much it is. Where the message that was
    kept cannot be read any more, that delivery alone is dead.
    """
    at, oldest = microseconds(now), microseconds(now - EXPIRY)
    rows: list[Row[Any]] = []
    for channel, share in shares.items():
        found = _due(connection, channel, at, share)
        if any(row.decided < oldest for row in found):
            _expire(connection, channel, at, oldest)
            found = _due(connection, channel, at, share)
        rows += found
    if rows:
        until = at + LEASE // timedelta(microseconds=1)
        leased = [
            {"m": row.message, "c": row.channel, "u": until, "a": row.attempts + 1} for row in rows
        ]
        connection.execute(_LEASED, leased)
    taken: list[Leased] = []
    dead: list[dict[str, object]] = []
    for row in rows:
        try:
            taken.append(_leased(row))
        except Rejected as fault:
            why = f"the message that was kept cannot be read: {fault}"
            dead.append(_mark(row.message, row.channel, DeliveryState.DEAD, at, why))
    if dead:
        connection.execute(_MARKED, dead)
    return taken


def _due(connection: Connection, channel: str, at: int, share: int) -> Sequence[Row[Any]]:
    columns = delivery.c
    query = (
        select(delivery)
        .where(TO_PEOPLE, _READY, columns.channel == channel)
        .where(columns.due <= at, columns.leased <= at)
        .order_by(columns.due, columns.message)
        .limit(share)
    )
    return connection.execute(query).all()


def _expire(connection: Connection, channel: str, at: int, oldest: int) -> None:
    columns = delivery.c
    too_old = update(delivery).where(TO_PEOPLE, _READY, columns.channel == channel)
    connection.execute(
        too_old.where(columns.leased <= at, columns.decided < oldest).values(
            state=DeliveryState.EXPIRED,
            due=at,
            reason=f"it could not be sent within {EXPIRY.days} days",
        )
    )


def _leased(row: Row[Any]) -> Leased:
    return Leased(
        message=row.message,
        channel=row.channel,
        kind=MessageKind(row.kind),
        subscription=row.subscription,
        alert=row.alert,
        rung=instant(row.rung),
        attempts=row.attempts + 1,
        body=None if row.body is None else decode(Message, bytes(row.body)),
    )


def freeze(connection: Connection, bodies: Sequence[tuple[Leased, Message]]) -> None:
    """Keep what is sent, so that every attempt sends the same."""
    if bodies:
        connection.execute(
            _FROZEN,
            [{"m": each.message, "c": each.channel, "b": encode(body)} for each, body in bodies],
        )


def mark(connection: Connection, ended: Sequence[tuple[Leased, Outcome]], now: datetime) -> None:
    """Note how attempts ended; what may go better is due again, until there is no sense in it.

    That an attempt failed is passed over where the delivery was leased anew since: that one counts.
    """
    taken = [it for it in ended if it[1].ended is Ended.DELIVERED]
    failed = [it for it in ended if it[1].ended is not Ended.DELIVERED]
    if taken:
        connection.execute(_MARKED, [_outcome(each, outcome, now) for each, outcome in taken])
    if failed:
        marks = [_outcome(each, outcome, now) | {"n": each.attempts} for each, outcome in failed]
        connection.execute(_FAILED, marks)


def set_aside(connection: Connection, asides: Sequence[Aside]) -> None:
    """Note what becomes of what was leased and is not sent: no attempt was made."""
    rows = [
        _mark(each.of.message, each.of.channel, each.state, microseconds(each.due), each.why)
        | {"a": each.of.attempts - 1}
        for each in asides
    ]
    if rows:
        connection.execute(_SET_ASIDE, rows)


def _outcome(each: Leased, outcome: Outcome, now: datetime) -> dict[str, object]:
    why = outcome.said
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


def members(connection: Connection, digest: str, channel: str) -> list[Member]:
    """Read what was gathered into a digest for a channel, what rang first first."""
    columns = delivery.c
    query = (
        select(columns.alert, columns.rung, columns.reason, columns.kind, columns.body)
        .where(columns.gathered == digest, columns.channel == channel)
        .order_by(columns.rung, columns.message)
    )
    return [
        Member(row.alert, instant(row.rung), row.reason, told_by(row.kind, row.body))
        for row in connection.execute(query)
    ]
