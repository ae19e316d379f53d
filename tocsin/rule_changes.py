"""What differs between two rule sets in what rings; how alerts are delivered is left out of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from schemas import Actor, RuleSet, Subscription, WatchList
from tocsin.alerting import actors_named
from tocsin.query.nodes import Node
from tocsin.query.parse import parse
from tocsin.query.resolve import actor_names, resolve


class Status(StrEnum):
    """What became of a subscription; `changed` is also one that asks for an actor that changed."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A subscription with its query, resolved by the watch lists of its rule set."""

    subscription: Subscription
    node: Node

    @property
    def decides(self) -> tuple[object, ...]:
        """All of the subscription that decides what rings."""
        it = self.subscription
        filters = (frozenset(it.languages), frozenset(it.publishers))
        return (self.node, *filters, it.min_confidence, it.include_old)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A subscription by an old and by a new rule set; None where it is not in one of them."""

    id: str
    before: Rule | None
    after: Rule | None
    status: Status


def changed_actors(old: RuleSet, new: RuleSet) -> frozenset[str]:
    """Name the actors that are not the same in both, those that only one has among them."""
    before, after = _actors(old.watch_lists), _actors(new.watch_lists)
    return frozenset(id for id in before.keys() | after.keys() if before.get(id) != after.get(id))


def pairs(old: RuleSet, new: RuleSet) -> tuple[Pair, ...]:
    """Pair the subscriptions of two rule sets, sorted by id. Raises `QueryError`."""
    before, after, changed = _rules(old), _rules(new), changed_actors(old, new)
    return tuple(
        Pair(
            id=id,
            before=before.get(id),
            after=after.get(id),
            status=_status(before.get(id), after.get(id), changed),
        )
        for id in sorted(before.keys() | after.keys())
    )


def _status(before: Rule | None, after: Rule | None, changed: frozenset[str]) -> Status:
    if before is None:
        return Status.ADDED
    if after is None:
        return Status.REMOVED
    if before.decides != after.decides or changed & actors_named(after.node):
        return Status.CHANGED
    return Status.UNCHANGED


def _actors(watch_lists: Iterable[WatchList]) -> dict[str, Actor]:
    return {actor.id: actor for each in watch_lists for actor in each.actors}


def _rules(rules: RuleSet) -> dict[str, Rule]:
    actors = actor_names(rules.watch_lists)
    return {
        each.id: Rule(subscription=each, node=resolve(parse(each.query), actors, each.query))
        for each in rules.subscriptions
    }
