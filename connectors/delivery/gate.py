"""The gate: how many deliveries may be on their way to one target, and when it is left alone.

No clock: whoever asks says what time it is. One thread at a time.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

MOST_AT_ONCE = 2
"""Deliveries on their way to one target; one only after a failure, until something succeeds."""

MOST_FAILURES = 3
"""Failures one after the other from which on a target rests."""

FIRST_REST = timedelta(seconds=10)
LONGEST_REST = timedelta(minutes=5)
"""A target rests so long at first, after each further failure twice as long, and at most so long."""


@dataclass(slots=True)
class _Target:
    flying: int = 0
    failures: int = 0
    rests_until: datetime | None = None


class Gate:
    """Counts what is on its way to each target, and remembers how it went last."""

    def __init__(self) -> None:
        self._targets: dict[str, _Target] = {}

    def room(self, target: str, now: datetime) -> int:
        """Say how many deliveries may be sent to a target now, beside those on their way."""
        found = self._targets.get(target, _Target())
        if self.is_resting(target, now):
            return 0
        most = 1 if found.failures else MOST_AT_ONCE
        return max(most - found.flying, 0)

    def is_resting(self, target: str, now: datetime) -> bool:
        """Tell whether a target is left alone after failures."""
        found = self._targets.get(target)
        return found is not None and found.rests_until is not None and now < found.rests_until

    def enter(self, target: str) -> None:
        """Note that a delivery is sent."""
        self._targets.setdefault(target, _Target()).flying += 1

    def leave(self, target: str, now: datetime, *, is_well: bool) -> None:
        """Note that an attempt has ended, and whether the target was found well."""
        found = self._targets[target]
        found.flying -= 1
        if is_well:
            found.failures, found.rests_until = 0, None
        else:
            found.failures += 1
            found.rests_until = _rest(found.failures, now)
        if not (found.flying or found.failures):
            del self._targets[target]  # as one that was never heard of


def _rest(failures: int, now: datetime) -> datetime | None:
    if failures < MOST_FAILURES:
        return None
    doubled = min(failures - MOST_FAILURES, 10)
    return now + min(FIRST_REST * (1 << doubled), LONGEST_REST)
