"""The routes of the API: one table, which the server serves and the OpenAPI document describes."""

from collections.abc import Callable
from dataclasses import dataclass

import msgspec

from console.subscriptions import Shown
from console.web import alerts, asked, bodies, deliveries, subscriptions
from console.web.asked import Asked, Parameter
from console.web.bodies import Answer
from console.web.service import Service
from schemas import DeliveryState


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """What is done for a method and a path.

    `body` is what a request brings, None for nothing; `answer` what the answer holds, None for JSON of any
    form. `is_open` is for those without a token; `is_tagged` takes and gives tags of subscriptions.
    """

    method: str
    path: str
    do: Callable[[Service, Asked], Answer]
    answer: type | None
    parameters: tuple[Parameter, ...] = ()
    body: type[msgspec.Struct] | None = None
    is_open: bool = False
    is_tagged: bool = False

    @property
    def says(self) -> str:
        """Say in a sentence what it does: the first of its function."""
        return (self.do.__doc__ or "").partition("\n")[0]


def healthy(service: Service, asked: Asked) -> Answer:
    """Tell that the server answers, and nothing else."""
    return Answer(content=bodies.Health())


def described(service: Service, asked: Asked) -> Answer:
    """Describe the API: OpenAPI 3.1."""
    from console.web.openapi import document

    return Answer(content=document(ROUTES))


_TEXT = {"type": "string", "maxLength": asked.LONGEST}
_LIMIT = {"type": "integer", "minimum": 1, "maximum": asked.MOST, "default": alerts.USUAL}
_STATES = {"type": "string", "enum": [*map(str, DeliveryState), asked.ALL_FAILED]}

WHY = Parameter(name="why", says="A word for the history.", schema=_TEXT, read=str)
SUBSCRIPTION = Parameter(
    name="subscription", says="Only of this subscription.", schema=_TEXT, read=str
)
CHANNEL = Parameter(name="channel", says="Only by this channel.", schema=_TEXT, read=str)
SINCE = Parameter(
    name="since",
    says="Only what rang since an instant, or so far back: `12h`, `30d`.",
    schema=_TEXT,
    read=asked.since,
)
STATE = Parameter(
    name="state",
    says="Only in this state; `failed`: dead or expired.",
    schema=_STATES,
    read=asked.states,
)
LIMIT = Parameter(name="limit", says="How many on a page.", schema=_LIMIT, read=asked.limit)
AFTER = Parameter(
    name="after", says="The `next` of the page before.", schema=_TEXT, read=asked.place
)

_ONE = "/v1/subscriptions/{id}"
_DELIVERY = "/v1/deliveries/{id}/{channel}"


def _hold(word: str, do: Callable[[Service, Asked], Answer], body: type[msgspec.Struct]) -> Route:
    path = f"{_ONE}/{word}"
    return Route(method="POST", path=path, do=do, body=body, answer=bodies.Done, is_tagged=True)


ROUTES = (
    Route(method="GET", path="/healthz", do=healthy, answer=bodies.Health, is_open=True),
    Route(method="GET", path="/v1/openapi.json", do=described, answer=None),
    Route(
        method="GET",
        path="/v1/subscriptions",
        do=subscriptions.list_,
        answer=bodies.Subscriptions,
    ),
    Route(method="GET", path=_ONE, do=subscriptions.show, answer=Shown, is_tagged=True),
    Route(
        method="PUT",
        path=_ONE,
        do=subscriptions.put,
        parameters=(WHY,),
        body=bodies.Keys,
        answer=bodies.Done,
        is_tagged=True,
    ),
    Route(
        method="DELETE",
        path=_ONE,
        do=subscriptions.remove,
        parameters=(WHY,),
        answer=bodies.Done,
        is_tagged=True,
    ),
    _hold("pause", subscriptions.pause, bodies.Reason),
    _hold("resume", subscriptions.resume, bodies.Reason),
    _hold("snooze", subscriptions.snooze, bodies.Snooze),
    _hold("mute", subscriptions.mute, bodies.Mute),
    _hold("unmute", subscriptions.unmute, bodies.Unmute),
    _hold("enable", subscriptions.enable, bodies.Enable),
    Route(
        method="POST",
        path="/v1/queries/check",
        do=alerts.check,
        body=bodies.Check,
        answer=bodies.Checked,
    ),
    Route(
        method="GET",
        path="/v1/alerts",
        do=alerts.list_alerts,
        parameters=(SUBSCRIPTION, SINCE, LIMIT, AFTER),
        answer=bodies.Alerts,
    ),
    Route(method="GET", path="/v1/alerts/{id}", do=alerts.show_alert, answer=bodies.AlertShown),
    Route(
        method="GET",
        path="/v1/deliveries",
        do=alerts.list_deliveries,
        parameters=(STATE, SUBSCRIPTION, CHANNEL, LIMIT, AFTER),
        answer=bodies.Deliveries,
    ),
    Route(method="GET", path=_DELIVERY, do=deliveries.show, answer=bodies.DeliveryShown),
    Route(
        method="POST",
        path=f"{_DELIVERY}/redrive",
        do=deliveries.redrive_one,
        body=bodies.Redrive,
        answer=bodies.Redriven,
    ),
    Route(
        method="POST",
        path="/v1/deliveries/redrive",
        do=deliveries.redrive,
        body=bodies.RedriveMany,
        answer=bodies.Redriven,
    ),
)
