"""Losses: channels where nobody is any more are disabled, and their owners told by another way."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection

from connectors.delivery.rulebook import Rulebook
from schemas import (
    Action,
    Change,
    Channel,
    DeliveryState,
    Ended,
    MessageKind,
    Outcome,
    Subscription,
    encode,
)
from schemas.ids import notice_id
from store import changes, deliveries
from store.leases import Leased
from store.ordinals import microseconds
from tocsin.messages import notice_message

DELIVERER = "deliverer"
"""By whom a channel is disabled, in the history of its subscription."""


def note_losses(
    connection: Connection,
    ended: Sequence[tuple[Leased, Outcome]],
    channels: Mapping[str, Channel],
    rulebook: Rulebook,
    now: datetime,
) -> int:
    """Disable the channels that are gone, for the subscriptions that were to be sent by them; count them.

    Each that has a fallback is told of by it, once.
    """
    gone = {
        (each.subscription, each.channel): outcome
        for each, outcome in ended
        if outcome.ended is Ended.GONE
        and each.channel not in rulebook.holds(each.subscription).disabled
    }
    for (name, channel), outcome in gone.items():
        why = outcome.said
        disabled = Change(
            subscription=name,
            action=Action.DISABLE,
            at=now,
            by=DELIVERER,
            subject=channel,
            why=why,
        )
        changes.add(connection, disabled)
        known = channels.get(channel)
        if known and known.fallback:
            subscription = rulebook.subscriptions.get(name) or Subscription(id=name, query="")
            _tell(connection, subscription, known, why, now)
    return len(gone)


def _tell(
    connection: Connection, subscription: Subscription, lost: Channel, why: str, now: datetime
) -> None:
    at = microseconds(now)
    id = notice_id(subscription.id, lost.id, at)
    text = (
        f"The channel {lost.id} is gone ({why}), and nothing more is sent by it."
        f" When somebody is there again: tocsin subscriptions enable {subscription.id} {lost.id}"
    )
    new = deliveries.New(
        message=id,
        channel=lost.fallback,
        kind=MessageKind.NOTICE,
        subscription=subscription.id,
        alert="",
        due=at,
        rung=at,
    )
    message = notice_message(id, subscription, text, now)
    deliveries.enter(connection, [new], DeliveryState.READY, encode(message))
