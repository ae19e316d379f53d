"""Rule sets: the watch lists and subscriptions in force, frozen, named by their content."""

from dataclasses import dataclass

import msgspec

from schemas.ids import digest
from schemas.subscription import Subscription
from schemas.watchlist import WatchList


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSet:
    """Everything that decides what rings. `versions` names the code and models that read it."""

    id: str
    watch_lists: tuple[WatchList, ...]
    subscriptions: tuple[Subscription, ...]
    versions: tuple[str, ...] = ()


def freeze(
    watch_lists: tuple[WatchList, ...],
    subscriptions: tuple[Subscription, ...],
    versions: tuple[str, ...] = (),
) -> RuleSet:
    """Make a rule set; the order in which its parts are given does not change its id."""
    lists = tuple(sorted(watch_lists, key=lambda each: each.name))
    wanted = tuple(sorted(subscriptions, key=lambda each: each.id))
    content = msgspec.json.encode([lists, wanted, sorted(versions)]).decode()
    return RuleSet(
        id=digest("rule-set.1", content),
        watch_lists=lists,
        subscriptions=wanted,
        versions=tuple(sorted(versions)),
    )
