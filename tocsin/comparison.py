"""What two rule sets would have rung for, compared: what is added, what is lost, what is the same."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from tocsin.estimate import Estimate
from tocsin.rule_changes import Status


class Sign(StrEnum):
    """How an alert differs between an old and a new rule set."""

    ADDED = "+"
    LOST = "-"
    SAME = "="


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    """A story that would have rung, by the first of its article versions that matched.

    `language` is the one that its publisher declares, else the one that was found.
    """

    story: str
    article: str
    version: str
    first_seen: datetime
    publisher: str
    language: str

    @property
    def order(self) -> tuple[datetime, str, str]:
        """Sort key: the first is the one that stands for the story."""
        return (self.first_seen, self.article, self.version)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How many alerts about something (a publisher, a language) are added, lost and the same."""

    name: str
    added: int
    lost: int
    same: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One subscription: what it would have rung for, and how often, by the old rules and by the new.

    Of what is the same, the new rules say what stands for the story.
    """

    subscription: str
    status: Status
    added: tuple[Rung, ...]
    lost: tuple[Rung, ...]
    same: tuple[Rung, ...]
    before: Estimate
    after: Estimate

    @property
    def publishers(self) -> tuple[Tally, ...]:
        """Count by publisher."""
        return self._tallies(lambda rung: rung.publisher or "unknown")

    @property
    def languages(self) -> tuple[Tally, ...]:
        """Count by language."""
        return self._tallies(lambda rung: rung.language or "und")

    def _tallies(self, name_of: Callable[[Rung], str]) -> tuple[Tally, ...]:
        """Count by name, those first of whom most differs."""
        added, lost, same = (
            Counter(map(name_of, rung)) for rung in (self.added, self.lost, self.same)
        )
        found = [
            Tally(name=name, added=added[name], lost=lost[name], same=same[name])
            for name in added.keys() | lost.keys() | same.keys()
        ]
        return tuple(sorted(found, key=lambda it: (-it.added - it.lost, -it.same, it.name)))


def differences(
    before: Mapping[str, Rung], after: Mapping[str, Rung]
) -> tuple[tuple[Rung, ...], tuple[Rung, ...], tuple[Rung, ...]]:
    """Tell what is added, lost and the same, by story; each in the order in which it was first seen."""
    return (
        _in_order(after[story] for story in after.keys() - before.keys()),
        _in_order(before[story] for story in before.keys() - after.keys()),
        _in_order(after[story] for story in after.keys() & before.keys()),
    )


def _in_order(rung: Iterable[Rung]) -> tuple[Rung, ...]:
    return tuple(sorted(rung, key=lambda each: each.order))
