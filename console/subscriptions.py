"""Subscriptions from both places, the files and the store, with what of them is held."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from console.paths import existing
from console.rules import load_rule_set
from console.settings import Settings
from schemas import Action, Change, RuleSet, Subscription, TocsinError, encode
from tocsin.holds import Holds
from tocsin.query.fields import nearest
from tocsin.subscriptions import joined
from tocsin.wording import moment

if TYPE_CHECKING:
    from sqlalchemy import Connection


class NoSubscription(TocsinError):
    """There is none of this id."""


class Place(StrEnum):
    """Where a subscription is: in the files of the settings, kept in the store, or no more in either."""

    FILES = "files"
    STORE = "store"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A subscription, where it is, and what of it is held.

    `left_out` says why the one that is kept in the store does not take part, if it does not.
    """

    subscription: Subscription
    place: Place
    held: Holds = field(default_factory=Holds)
    left_out: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A subscription as it is shown to machines: what it is, where, what of it is held, who changed what.

    Of one that was removed there is only the history.
    """

    subscription: Subscription | None
    place: Place
    states: tuple[str, ...]
    history: tuple[Change, ...]


def written(settings: Settings) -> RuleSet:
    """Read the rules of the settings' files; the shipped ones where none are named.

    Raises `InvalidSetting` where they are wrong, `NoSuchPath` where they are not there.
    """
    paths = (settings.rules.watch_lists, settings.rules.subscriptions)
    watch_lists, subscriptions = (existing(each) if each else None for each in paths)
    return load_rule_set(watch_lists, subscriptions)


def known(connection: "Connection | None", rules: RuleSet) -> dict[str, Known]:
    """Put the subscriptions of files and those of a store beside each other, by id; files go first."""
    from store import changes

    kept = changes.kept(connection) if connection is not None else {}
    held = changes.all_holds(connection) if connection is not None else {}
    left_out = joined(rules.subscriptions, kept.values(), rules.watch_lists).left_out
    in_files = {each.id: each for each in rules.subscriptions}
    return {
        name: Known(
            subscription=subscription,
            place=Place.FILES if name in in_files else Place.STORE,
            held=held.get(name, Holds()),
            left_out=left_out.get(name, ""),
        )
        for name, subscription in sorted({**kept, **in_files}.items())
    }


def the_one(found: Mapping[str, Known], name: str) -> Known:
    """Take a subscription by its id. Raises `NoSubscription` that names the nearest."""
    if name in found:
        return found[name]
    near = nearest(name, found)
    hint = f"Did you mean {near}?" if near else "`tocsin subscriptions list` names them."
    raise NoSubscription(f"There is no subscription {name!r}.", hint=hint)


def shown(each: Known | None, now: datetime, history: Iterable[Change]) -> Shown:
    """Show a subscription to machines; None is one that was removed."""
    return Shown(
        subscription=each.subscription if each else None,
        place=each.place if each else Place.REMOVED,
        states=tuple(states(each, now)) if each else (),
        history=tuple(history),
    )


def saved(subscription: Subscription, at: datetime, by: str, why: str = "") -> Change:
    """Make the change that keeps a subscription, in the place of any of this id before."""
    return Change(
        subscription=subscription.id,
        action=Action.SAVE,
        at=at,
        by=by,
        record=encode(subscription).decode(),
        why=why,
    )


def states(known: Known, now: datetime) -> list[str]:
    """Say in words what keeps a subscription, or a part of it, from being sent; nothing where nothing does."""
    held, said = known.held, list[str]()
    if known.left_out:
        said.append(f"the one in the store is left out: {known.left_out}")
    if known.subscription.paused:
        said.append("paused by its own key")
    if held.paused:
        said.append("paused")
    if held.is_snoozed(now) and held.snoozed_until:
        said.append(f"snoozed until {moment(held.snoozed_until)}")
    for subject, until in sorted(held.muted.items()):
        if held.is_muted(subject, now):
            said.append(f"muted: {subject}" + (f" until {moment(until)}" if until else ""))
    said += [f"channel disabled: {each}" for each in sorted(held.disabled)]
    return said
