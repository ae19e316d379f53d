"""The rulebook: the rules and holds that are in force now, read anew only when they have changed."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection

from schemas import Subscription
from store import changes, rules
from tocsin.holds import Holds
from tocsin.watchlists import names_of

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
        id = rules.in_force(connection, now)
        if id is not None and id != self._rule_set:
            found = rules.read(connection, id)
            self.subscriptions = {each.id: each for each in found.subscriptions}
            self.names = names_of(found.watch_lists)
            self._rule_set = found.id
        made = changes.count(connection)
        if made != self._changes:
            self._holds, self._changes = changes.all_holds(connection), made
