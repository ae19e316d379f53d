"""Deliveries: what is sent to whom, how that ended, and what owners of subscriptions changed meanwhile."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class MessageKind(StrEnum):
    """What a message is about: an alert, an update of one, several gathered by time or by throttle, or us."""

    ALERT = "alert"
    UPDATE = "update"
    DIGEST = "digest"
    SUMMARY = "summary"
    NOTICE = "notice"


class DeliveryState(StrEnum):
    """How far a delivery is.

    `pending` is not decided yet, `ready` is sent when it is due.
    `gathered` went into a digest or a summary, `suppressed` is sent to nobody. `dead` was tried as often
    as there is sense in it, or refused; `expired` came too late to be news. All three can be redriven.
    """

    PENDING = "pending"
    READY = "ready"
    GATHERED = "gathered"
    DELIVERED = "delivered"
    SUPPRESSED = "suppressed"
    DEAD = "dead"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What is sent, rendered once: every attempt has the same bytes.

    `id` is that of the alert, the update or the digest; `story` the thread that it belongs to, empty for
    what has many. `json` is the body for machines.
    """

    id: str
    kind: MessageKind
    subscription: str
    subject: str
    text: str
    html: str
    json: str
    story: str = ""


class Ended(StrEnum):
    """How an attempt ended: `retry` may go better later, `gone` says that nobody is there any more."""

    DELIVERED = "delivered"
    RETRY = "retry"
    REFUSED = "refused"
    GONE = "gone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How one attempt ended, and why; `retry_after` are the seconds that the target asked for."""

    ended: Ended
    reason: str = ""
    status: int = 0
    retry_after: float | None = None

    @property
    def said(self) -> str:
        """Say why it ended so, with the status where there is one."""
        return f"{self.status}: {self.reason}" if self.status else self.reason


class Action(StrEnum):
    """What somebody did to a subscription."""

    SAVE = "save"
    REMOVE = "remove"
    PAUSE = "pause"
    RESUME = "resume"
    SNOOZE = "snooze"
    MUTE = "mute"
    UNMUTE = "unmute"
    DISABLE = "disable"
    ENABLE = "enable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One line of a subscription's history: what was done, by whom, when.

    `subject` is the story or actor of a mute, the channel of a disable; `until` is the end of a snooze
    or mute, None for ever; `record` is the subscription that was saved, as JSON; `why` a word for readers.
    """

    subscription: str
    action: Action
    at: datetime
    by: str
    subject: str = ""
    until: datetime | None = None
    record: str = ""
    why: str = ""
