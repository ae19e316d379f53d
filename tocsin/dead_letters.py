"""When to stop over dead letters: a few are bad records, nothing but them is something else."""

from collections import deque
from dataclasses import dataclass, field

LONGEST_RUN = 500
"""Dead letters without one good record between them."""

WINDOW = 2_000
MOST_SHARE = 0.5
"""No more than this share of the last `WINDOW` records."""


@dataclass(slots=True)
class Limit:
    """Counts good records and dead letters as they come; `exceeded` says in words what is wrong."""

    run: int = 0
    last: deque[bool] = field(default_factory=lambda: deque(maxlen=WINDOW))
    dead: int = 0

    def note(self, *, is_dead: bool, records: int = 1) -> None:
        """Take in what became of some records."""
        for _ in range(records):
            if len(self.last) == WINDOW:
                self.dead -= self.last[0]
            self.last.append(is_dead)
            self.dead += is_dead
        self.run = self.run + records if is_dead else 0

    @property
    def exceeded(self) -> str:
        """Say what is wrong; empty where nothing is."""
        if self.run > LONGEST_RUN:
            return f"the last {self.run} records all became dead letters"
        if len(self.last) == WINDOW and self.dead > MOST_SHARE * WINDOW:
            return f"{self.dead} of the last {WINDOW} records became dead letters"
        return ""
