"""What requests bring and what answers hold: the nouns of the API that are no records of their own."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec

from console.subscriptions import Place
from schemas import Alert, DeliveryState, Message, Subscription
from store.pages import Sent
from store.redriving import Entry
from tocsin.estimate import Estimate
from tocsin.query.doubts import Doubt
from tocsin.whereabouts import Delivery


class Reason(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A change, and a word about it for the history."""

    why: str = ""


class Snooze(Reason, frozen=True, kw_only=True, rename={"span": "for"}):
    """Silence for a span such as `90m`, `8h`, `30d`, or until an instant: one of the two."""

    span: str = ""
    until: datetime | None = None


class Mute(Snooze, frozen=True, kw_only=True, rename={"span": "for"}):
    """Silence about a story (its id or that of its alert, or how one begins) or an actor: one of the two.

    Without an end it is for ever.
    """

    story: str = ""
    actor: str = ""


class Unmute(Reason, frozen=True, kw_only=True):
    """A story or an actor that was muted: one of the two."""

    story: str = ""
    actor: str = ""


class Enable(Reason, frozen=True, kw_only=True):
    """A channel that was disabled."""

    channel: str


class Check(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A query, and whether to say how often it would have rung in the last week that is stored."""

    query: str
    estimate: bool = False


class Redrive(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Send again; with `dry_run` say only what would be sent."""

    dry_run: bool = False


class RedriveMany(Redrive, frozen=True, kw_only=True):
    """Which deliveries: of a channel, of a subscription, or all; in some states, else what is dead or expired."""

    channel: str = ""
    subscription: str = ""
    all: bool = False
    states: tuple[DeliveryState, ...] = ()


class Keys(msgspec.Struct):
    """The keys of a subscription, as in a file. They are checked where those of files are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A subscription, where it is, and what of it is held."""

    subscription: Subscription
    place: Place
    states: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscriptions:
    """All subscriptions, by id."""

    subscriptions: tuple[Listed, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What was done, in a sentence; `warnings` say what is odd about a query."""

    said: str
    warnings: tuple[Doubt, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """How a query was understood, what is odd about it, and how often it would have rung.

    `alerts_a_day` is null where no article is stored, or no estimate was asked for.
    """

    query: str
    warnings: tuple[Doubt, ...]
    alerts_a_day: float | None = None
    estimate: Estimate | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RungAlert:
    """An alert, when it was entered, and how far its story has spread as far as is stored."""

    alert: Alert
    rung: datetime
    copies: int
    publishers: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Alerts:
    """A page of alerts; `next` is the `after` of the next one, empty at the end."""

    alerts: tuple[RungAlert, ...]
    next: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertShown:
    """An alert, and what became of it on its way to each channel."""

    alert: Alert
    deliveries: tuple[Delivery, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Deliveries:
    """A page of deliveries; `next` is the `after` of the next one, empty at the end."""

    deliveries: tuple[Sent, ...]
    next: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryShown:
    """A delivery to people, and what is sent: null before the first attempt."""

    delivery: Entry
    sent: Message | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Redriven:
    """How many deliveries were made ready, in a sentence, too; of a `dry_run` those that would be."""

    said: str
    number: int = 0
    deliveries: tuple[Entry, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """The server answers."""

    status: str = "ok"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What is answered; `number` is that of the subscription's last change, its tag."""

    content: Any
    status: int = 200
    number: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
