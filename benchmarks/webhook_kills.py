"""A deliverer killed between the 2xx and its note, fifty times: what do receivers see twice?

    python -m benchmarks.webhook_kills [--kills 50]

Asked is exactly one POST more for each kill, with the same id and the same bytes, and nothing lost.
Each process has a clock that is a minute later than the last one's: so leases run out without waiting.
"""

import argparse
import signal
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from store.leases import LEASE
from tests.system.hooks import running_hooks
from tests.system.late_deliverer import deliver_late
from tests.system.subscribers import Subscribers, spread

_STEP = LEASE.total_seconds() + 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """How many alerts were killed, delivered in the end, sent how often, and sent with other bytes."""

    kills: int
    delivered: int
    posts: dict[int, int]
    altered: int

    @property
    def is_as_asked(self) -> bool:
        """Tell whether each was sent exactly twice, and the same."""
        once_more = self.posts == {2: self.kills}
        return once_more and self.delivered == self.kills and not self.altered


def main() -> int:
    """Kill, and print what the receiver saw; 1 where it is not as asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=50)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        found = measure(Path(scratch), given.kills)
    print(f"killed between 2xx and note   {found.kills}")
    print(f"delivered in the end          {found.delivered}")
    for times, number in sorted(found.posts.items()):
        print(f"sent {times} times                  {number}")
    print(f"sent with other bytes         {found.altered}")
    return 0 if found.is_as_asked else 1


def measure(folder: Path, kills: int) -> Figures:
    """Ring, kill when the receiver has said 2xx, and let the next process deliver."""
    with running_hooks(folder, 1, seconds=0.0) as hooks:
        those = Subscribers(folder, spread(list(hooks.kinds), 1))
        those.prepare()
        for number in range(kills):
            late = 2 * number * _STEP
            now = datetime.now(UTC) + timedelta(seconds=late)
            those.ring(f"story-{number}", now)
            if deliver_late(those.environment, late, "sent") != -signal.SIGKILL:
                print(f"kill {number}: it was not killed", file=sys.stderr)
            deliver_late(those.environment, late + _STEP)
        posts = hooks.posts()
    sent = Counter(each.id for each in posts)
    bytes_of = {(each.id, each.body) for each in posts}
    return Figures(
        kills=kills,
        delivered=sum(state == "delivered" for _, state, _ in those.states()),
        posts=dict(Counter(sent.values())),
        altered=len(bytes_of) - len(sent),
    )


if __name__ == "__main__":
    sys.exit(main())
