"""What waits for a decision, what went the same way lately, and what was decided. Call it within `writing`."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, select, text, update

from schemas import Alert, DeliveryState, MessageKind
from schemas.ids import digest_id
from store.deliveries import BY_KEY, OPEN, New, enter
from store.lookups import alerts_by_id, is_recorded
from store.ordinals import instant, microseconds
from store.tables import delivery
from tocsin.delivery import WINDOW, Expire, Fail, Gather, Intent, Suppress, Traffic

_PENDING = text("state = 'pending'")

_SETTLED = (
    update(delivery)
    .where(*BY_KEY)
    .values(
        state=bindparam("s"),
        gathered=bindparam("g"),
        reason=bindparam("w"),
        due=bindparam("n"),
        decided=bindparam("n"),
    )
)
_COUNTED = (
    DeliveryState.READY,
    DeliveryState.DELIVERED,
    DeliveryState.DEAD,
    DeliveryState.EXPIRED,
)
"""States of what was sent, or is about to be."""


class Undecided(NamedTuple):
    """A delivery that was not decided yet, and the alert that it is about."""

    message: str
    channel: str
    kind: MessageKind
    rung: datetime
    alert: Alert


def undecided(connection: Connection, limit: int) -> list[Undecided]:
    """Read what waits for a decision, what rang first first."""
    columns = delivery.c
    named = (columns.message, columns.channel, columns.kind, columns.rung, columns.alert)
    query = select(*named).where(OPEN, _PENDING, is_recorded(columns.alert))
    query = query.order_by(columns.due, columns.message, columns.channel).limit(limit)
    rows = connection.execute(query).all()
    alerts = alerts_by_id(connection, {row.alert for row in rows})
    return [
        Undecided(
            row.message, row.channel, MessageKind(row.kind), instant(row.rung), alerts[row.alert]
        )
        for row in rows
    ]


def traffic(connection: Connection, subscription: str, channel: str, now: int) -> Traffic:
    """Read what of a subscription was sent by a channel within the last hour, and what is being gathered."""
    columns = delivery.c
    query = select(columns.message, columns.kind, columns.decided, columns.due).where(
        columns.subscription == subscription,
        columns.channel == channel,
        columns.decided > now - WINDOW.total_seconds() * 1e6,
        columns.state.in_(_COUNTED),
    )
    rows = connection.execute(query).all()
    summaries = [row for row in rows if row.kind == MessageKind.SUMMARY and row.due > now]
    waiting = min(summaries, key=lambda row: row.due, default=None)
    return Traffic(
        sent=[instant(row.decided) for row in rows if row.decided <= now],
        summary_due=instant(waiting.due) if waiting else None,
        summary_why=_begun_by(connection, waiting.message, channel) if waiting else "",
    )


def _begun_by(connection: Connection, summary: str, channel: str) -> str:
    """Say why the first that was gathered into a summary was."""
    columns = delivery.c
    query = select(columns.reason).where(columns.gathered == summary, columns.channel == channel)
    query = query.order_by(columns.decided, columns.rung, columns.message).limit(1)
    return connection.scalar(query) or ""


def settle(connection: Connection, decided: Sequence[tuple[Undecided, Intent]], now: int) -> None:
    """Write what was decided; digests and summaries are entered with the first that goes into them."""
    changes: list[dict[str, object]] = []
    digests: dict[tuple[str, str], New] = {}
    for each, intent in decided:
        state, gathered, why = DeliveryState.READY, "", ""
        match intent:
            case Gather(kind=kind, due=due, why=why):
                slot, subscription = microseconds(due), each.alert.subscription
                gathered = digest_id(subscription, each.channel, slot)
                state = DeliveryState.GATHERED
                digest = New(gathered, each.channel, kind, subscription, "", slot, slot)
                digests[gathered, each.channel] = digest
            case Suppress(why=why):
                state = DeliveryState.SUPPRESSED
            case Fail(why=why):
                state = DeliveryState.DEAD
            case Expire(why=why):
                state = DeliveryState.EXPIRED
        changes.append(
            {"m": each.message, "c": each.channel, "s": state, "g": gathered, "w": why, "n": now}
        )
    if changes:
        connection.execute(_SETTLED, changes)
    enter(connection, digests.values(), DeliveryState.READY)
