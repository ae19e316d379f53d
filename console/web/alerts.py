"""Answers about queries, and about what rang and where it was sent."""

import time
from dataclasses import replace
from http import HTTPStatus
from typing import Any

from console.estimates import last_week
from console.keeping import understood
from console.web.asked import Asked, cursor
from console.web.bodies import Alerts, AlertShown, Answer, Checked, Deliveries, RungAlert
from console.web.refusals import Refused
from console.web.service import Service
from schemas import Subscription
from store.engine import reading
from store.lookups import alerts_named
from store.pages import Place, delivery_page, rung_page
from store.whereabouts import of_alert
from tocsin.estimate import Estimate
from tocsin.query.nodes import Node
from tocsin.query.printer import print_query

USUAL = 50
"""Things on a page where no other number is asked for."""

ESTIMATE_SECONDS = 10.0
"""How long an estimate may take; what was looked at until then is what it is of."""


def check(service: Service, asked: Asked) -> Answer:
    """Say how a query is understood, what is odd about it and, if asked to, how often it would have rung."""
    query = asked.body.query
    means = understood(query, service.rules_at_hand().watch_lists)
    content = Checked(query=print_query(means.node), warnings=means.doubts)
    if not asked.body.estimate:
        return Answer(content=content)
    if not service.estimating.acquire(blocking=False):
        raise Refused(
            HTTPStatus.SERVICE_UNAVAILABLE,
            "Another estimate is being made.",
            headers={"Retry-After": "5"},
        )
    try:
        estimate = _estimate(service, query, means.node)
        return Answer(content=replace(content, alerts_a_day=estimate.a_day, estimate=estimate))
    finally:
        service.estimating.release()


def list_alerts(service: Service, asked: Asked) -> Answer:
    """List what rang, the newest first."""
    with reading(service.engine) as connection:
        found = rung_page(connection, **_wanted(asked))
    alerts = tuple(RungAlert(**each._asdict()) for _, each in found)
    return Answer(content=Alerts(alerts=alerts, next=_next([at for at, _ in found], asked)))


def show_alert(service: Service, asked: Asked) -> Answer:
    """Show an alert, and what became of it on its way to each channel."""
    with reading(service.engine) as connection:
        found = alerts_named(connection, [asked.id])
        if not found:
            raise Refused(HTTPStatus.NOT_FOUND, "There is no alert of this id.")
        deliveries = of_alert(connection, asked.id, found[0].subscription)
    return Answer(content=AlertShown(alert=found[0], deliveries=deliveries))


def list_deliveries(service: Service, asked: Asked) -> Answer:
    """List deliveries and how far each is, the newest first."""
    wanted = _wanted(asked)
    states = wanted.pop("state", ())
    with reading(service.engine) as connection:
        found = delivery_page(connection, states=states, **wanted)
    sent = tuple(each for _, each in found)
    return Answer(content=Deliveries(deliveries=sent, next=_next([at for at, _ in found], asked)))


def _wanted(asked: Asked) -> dict[str, Any]:
    return {"limit": USUAL} | dict(asked.parameters)


def _next(places: list[Place], asked: Asked) -> str:
    """Say where the next page begins; it may be empty where this one is just full."""
    is_full = len(places) == _wanted(asked)["limit"]
    return cursor(places[-1]) if is_full else ""


def _estimate(service: Service, query: str, node: Node) -> Estimate:
    end = time.monotonic() + ESTIMATE_SECONDS
    subscription = Subscription(id="query", query=query)
    return last_week(service.engine, subscription, node, is_over=lambda: time.monotonic() > end)
