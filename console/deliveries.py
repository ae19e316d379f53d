"""Deliveries as whoever looks after them names them: one by its message and channel, or those that failed.

The same for commands and for whoever asks by HTTP.
"""

from collections.abc import Collection
from typing import TYPE_CHECKING

from schemas import DeliveryState, InvalidSetting, TocsinError
from store.redriving import FAILED, REDRIVABLE, Entry, Wanted, entries

if TYPE_CHECKING:
    from sqlalchemy import Connection


class NoDelivery(TocsinError):
    """There is no such message to this channel."""


class NotFailed(TocsinError):
    """It was delivered, or is on its way: it is not sent again."""


def the_one(connection: "Connection", message: str, channel: str) -> Entry:
    """Find a delivery by the id of its message, or the beginning of one that no other to the channel shares.

    Raises `NoDelivery`, and `TocsinError` where several begin so.
    """
    beginning = message.strip().lower()
    named = Wanted(message=beginning, channel=channel)
    found = entries(connection, named, 2) if beginning and channel else []
    if len(found) > 1:
        raise TocsinError(f"More than one message to {channel} begins with {beginning}.")
    if not found:
        raise NoDelivery(
            f"No message to {channel} begins with {beginning}.",
            hint="`tocsin deliveries list --state all` names them.",
        )
    return found[0]


def the_one_that_failed(connection: "Connection", message: str, channel: str) -> Wanted:
    """Name one delivery that can be sent again. Raises `NotFailed`, and what `the_one` raises."""
    found = the_one(connection, message, channel)
    if found.state not in REDRIVABLE:
        raise NotFailed(f"{found.message} to {channel} is {found.state}: it did not fail.")
    return Wanted(states=(found.state,), message=found.message, channel=channel)


def redrivable(states: Collection[DeliveryState]) -> tuple[DeliveryState, ...]:
    """Check states of what is to be sent again; of none said those that failed. Raises `InvalidSetting`."""
    if others := set(states) - set(REDRIVABLE):
        raise InvalidSetting(f"what is {', '.join(sorted(others))} did not fail")
    return tuple(states) or FAILED
