"""When a role that ended is started again: soon, then ever more seldom while it does not live.

But for one that ended by itself because going on would do harm: somebody must look first.
"""

from enum import StrEnum

HALTED = 3
"""The exit status that says so."""

HALTED_HINT = (
    "See `tocsin dead-letters list`; start tocsin run again when the cause is mended, or to get past"
    " records that are bad for good, some hundreds a start."
)
"""What to do then."""

FIRST_WAIT = 1.0
"""Seconds before the first new start."""

LONGEST_WAIT = 30.0
"""Seconds that are never exceeded: when Kafka or a database is back, that is how long we may lag."""

SETTLED = 60.0
"""Who lived so many seconds before it ended is started as if it were the first time."""


def failures_after(failures: int, lived: float) -> int:
    """Count the ends in a row, after one more that came `lived` seconds after its start."""
    return 1 if lived >= SETTLED else failures + 1


def wait_after(failures: int) -> float:
    """Give the seconds to wait before the start that follows so many ends in a row."""
    doublings = min(failures - 1, 10)
    return float(min(LONGEST_WAIT, FIRST_WAIT * 2**doublings))


def time_left(now: float, due: list[float]) -> float | None:
    """Give the seconds until the first start that is due; None where none is."""
    return max(0.0, min(due) - now) if due else None


class Reason(StrEnum):
    """Why a role is started again."""

    ENDED = "ended"
    MEMORY = "memory"
