"""Subscriptions that are kept in the store: what is asked before one is saved or removed.

The same for commands and for whoever asks by HTTP.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from console.subscriptions import known, saved, the_one
from schemas import Action, Change, Channel, RuleSet, Subscription, TocsinError, WatchList
from store import changes
from tocsin.channels import missing_channels
from tocsin.query.doubts import Doubt, doubts
from tocsin.query.nodes import Node
from tocsin.query.parse import parse
from tocsin.query.resolve import actor_names, resolve
from tocsin.subscriptions import made_of

if TYPE_CHECKING:
    from sqlalchemy import Connection


class InFiles(TocsinError):
    """It stands in the files, and can only be changed there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Understood:
    """A query, and what it means: its text, its resolved tree, and what is odd about it."""

    query: str
    node: Node
    doubts: tuple[Doubt, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A subscription that somebody would like to keep, and what its query means."""

    subscription: Subscription
    understood: Understood


def understood(query: str, watch_lists: Iterable[WatchList]) -> Understood:
    """Understand a query by the actors of these lists. Raises `QueryError`."""
    node = resolve(parse(query), actor_names(watch_lists), query)
    return Understood(query=query, node=node, doubts=doubts(node))


def wanted(
    row: Mapping[str, Any], rules: RuleSet, channels: Callable[[], Iterable[Channel]]
) -> Wanted:
    """Make a subscription of the keys that people write; `channels` reads what there is, where it names any.

    Raises `InFiles`, `QueryError` with the column, `InvalidSetting` with a line for every other fault,
    `TocsinError` where there is no such channel.
    """
    name = row.get("id")
    if any(each.id == name for each in rules.subscriptions):
        raise InFiles(
            f"{name} stands in the files already.", hint="Change it there, or take another id."
        )
    # What is wrong with a query is shown with its column; all else is told in words.
    given = row.get("query")
    query = given if isinstance(given, str) else made_of(row).query
    means = understood(query, rules.watch_lists)
    subscription = made_of(row)
    if subscription.channels:
        check_channels(subscription, channels())
    return Wanted(subscription=subscription, understood=means)


def check_channels(subscription: Subscription, channels: Iterable[Channel]) -> None:
    """Refuse channels that there are not. Raises `TocsinError`."""
    there = [each.id for each in channels]
    missing = list(missing_channels(subscription.channels, there))
    if missing:
        hint = "" if there else "[delivery] channels names the file of channels."
        raise TocsinError("; ".join(missing), hint=hint)


def save(
    connection: "Connection", subscription: Subscription, *, at: datetime, by: str, why: str
) -> int:
    """Keep a subscription, in the place of any of this id; give the number of the change."""
    return changes.add(connection, saved(subscription, at, by, why))


def remove(
    connection: "Connection", rules: RuleSet, name: str, *, at: datetime, by: str, why: str
) -> int:
    """Keep a subscription no more; give the number of the change. Raises `NoSubscription`, `InFiles`."""
    if name not in changes.kept(connection):
        the_one(known(connection, rules), name)
        raise InFiles(
            f"{name} stands in the files and not in the store.",
            hint="Take it out there, or hold it: tocsin subscriptions pause.",
        )
    change = Change(subscription=name, action=Action.REMOVE, at=at, by=by, why=why)
    return changes.add(connection, change)
