"""The Atom feed of a subscription, made of what is stored."""

from datetime import datetime
from typing import TYPE_CHECKING

from console.proposals import in_force
from schemas import RuleSet, Subscription, TocsinError
from tocsin.query.fields import nearest

if TYPE_CHECKING:
    from sqlalchemy import Engine

MOST = 100
"""Alerts that a feed shows: what rang last."""


def alert_feed(engine: "Engine", name: str, now: datetime, own_url: str = "") -> bytes:
    """Write what rang last for a subscription, by the rules in force for its name and those of actors.

    What was removed meanwhile still has its feed. Raises `TocsinError` where there never was one.
    """
    from store.engine import reading
    from store.rung import rung_for
    from tocsin.atom import feed
    from tocsin.messages import Shown
    from tocsin.watchlists import names_of

    rules = in_force(engine, now)
    with reading(engine) as connection:
        rung = rung_for(connection, name, MOST)
    subscription = _subscription(name, rules, has_rung=bool(rung))
    names = names_of(rules.watch_lists)
    shown = [
        Shown(
            alert=each.alert,
            rung=each.rung,
            copies=each.copies,
            publishers=each.publishers,
            names=names,
        )
        for each in rung
    ]
    return feed(subscription, shown, own_url=own_url)


def _subscription(name: str, rules: RuleSet, *, has_rung: bool) -> Subscription:
    for each in rules.subscriptions:
        if each.id == name:
            return each
    if has_rung:
        return Subscription(id=name, query="")
    near = nearest(name, [each.id for each in rules.subscriptions])
    hint = f"Did you mean {near}?" if near else "`tocsin subscriptions list` names them."
    raise TocsinError(f"There is no subscription {name!r}.", hint=hint)
