"""Rule sets on a worker: one for a whole replay, or those of the store, each from its instant on.

An article gets the rule set in force at its first seen, in every worker and at every time: whoever
publishes one says from when on, some seconds ahead, and a worker looks before it handles an article
that was seen later than its last look.
"""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Protocol

from pipelines.memory import engine_at
from pipelines.metrics import rule_set_is
from schemas import RuleSet, Unavailable
from store import rules
from store.engine import reading


class RuleSets(Protocol):
    """Says which rule set is in force when. Travels to workers, so it is a plain value."""

    def in_force(self, first_seen: datetime) -> RuleSet:
        """Return the rule set for articles first seen at this instant."""

    def known(self) -> Sequence[RuleSet]:
        """Return what is worth getting ready for before the first article comes."""


@dataclass(frozen=True)
class FixedRules:
    """One rule set, whenever an article was first seen."""

    rule_set: RuleSet

    def in_force(self, first_seen: datetime) -> RuleSet:
        """Return the one."""
        return self.rule_set

    def known(self) -> Sequence[RuleSet]:
        """Return the one."""
        return (self.rule_set,)


@dataclass(frozen=True)
class LiveRules:
    """The rule sets of the store at a URL."""

    url: str

    def in_force(self, first_seen: datetime) -> RuleSet:
        """Return the last one whose time had come; before the first, the first.

        Raises `Unavailable` where there is none at all.
        """
        return _schedule(self.url).in_force(first_seen)

    def known(self) -> Sequence[RuleSet]:
        """Return the newest, or nothing where there is none yet."""
        return _schedule(self.url).newest()


@lru_cache(maxsize=8)
def _schedule(url: str) -> "_Schedule":
    return _Schedule(url)


class _Schedule:
    """What this process knows of the store's rule sets, and when it looked last."""

    def __init__(self, url: str) -> None:
        self._engine = engine_at(url)
        self._lock = threading.Lock()
        self._looked = datetime.min.replace(tzinfo=UTC)
        self._since: list[tuple[datetime, str]] = []
        self._sets: dict[str, RuleSet] = {}

    def in_force(self, first_seen: datetime) -> RuleSet:
        """See `LiveRules.in_force`."""
        with self._lock:
            if first_seen >= self._looked or not self._since:
                self._look()
            if not self._since:
                raise Unavailable(
                    "the store has no rule set yet", hint="Publish one: tocsin rules publish"
                )
            due = [id for since, id in self._since if since <= first_seen]
            found = self._read(due[-1] if due else self._since[0][1])
        rule_set_is(found.id)
        return found

    def newest(self) -> Sequence[RuleSet]:
        """See `LiveRules.known`."""
        with self._lock:
            self._look()
            return (self._read(self._since[-1][1]),) if self._since else ()

    def _look(self) -> None:
        looked = datetime.now(UTC)
        with reading(self._engine) as connection:
            self._since = rules.schedule(connection)
        self._looked = looked

    def _read(self, id: str) -> RuleSet:
        """Read a rule set, the first time that it is asked for."""
        if id not in self._sets:
            with reading(self._engine) as connection:
                self._sets[id] = rules.read(connection, id)
        return self._sets[id]
