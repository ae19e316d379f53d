"""Subscriptions at WebSub hubs, as they are remembered."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class HubState(StrEnum):
    """How a subscription at a hub stands."""

    ASKED = "asked"
    """Asked for; the hub has not asked back whether that was us."""
    VERIFIED = "verified"
    """In force until its lease ends."""
    DENIED = "denied"
    """The hub does not want us."""
    FAILED = "failed"
    """The hub could not be asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HubSubscription:
    """A feed's subscription at the hub that it names. Nothing of it is set but by `tocsin.websub`.

    `path` is the last part of the address under which the hub reaches us: who knows it is the hub.
    `next_try` is when the hub is to be asked (again), `None` at once; `until` when the lease ends,
    `None` without one; `tries` counts requests since it was last verified; `reason` says in words
    what went wrong last. `notified` is when the hub last said, and signed, that there is something new.
    """

    feed: str
    hub: str
    topic: str
    path: str
    state: HubState = HubState.ASKED
    reason: str = ""
    next_try: datetime | None = None
    tries: int = 0
    until: datetime | None = None
    notified: datetime | None = None
