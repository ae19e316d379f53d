"""The rulebook: the rules and holds that are in force now, read anew only when they have changed."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection

from schemas import Subscription
from store import changes, rules
from tocsin.holds import Holds

_NOTHING_HELD = Holds()


class Rulebook:
    """What is in force. `subscriptions` are by id, `names` those of actors by id.

    `is_empty` says that no rule set is in force at all: then nobody knows who is to be told.
    """

    def __init__(self) -> None:
        self.subscriptions: Mapping[str, Subscription] = {}
        self.names: Mapping[str, str] = {}
        self._holds: Mapping[str, Holds] = {}
        self._rule_set = ""
        self._changes = -1

    @property
    def is_empty(self) -> bool:
        """Tell whether no rule set is in force."""
        return not self._rule_set

    def holds(self, subscription: str) -> Holds:
        """Say what of a subscription is held."""
        return self._holds.get(subscription, _NOTHING_HELD)

    def read(self, connection: Connection, now: datetime) -> None:
        """Read what is in force at an instant."""
        due = [id for since, id in rules.schedule(connection) if since <= now]
        if due and due[-1] != self._rule_set:
            found = rules.read(connection, due[-1])
            self.subscriptions = {each.id: each for each in found.subscriptions}
            actors = (actor for each in found.watch_lists for actor in each.actors)
            self.names = {actor.id: actor.name for actor in actors}
            self._rule_set = found.id
        made = changes.count(connection)
        if made != self._changes:
            self._holds, self._changes = changes.all_holds(connection), made
