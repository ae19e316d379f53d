"""One story that rings a thousand subscribers, each with a webhook: how soon do they know?

    python -m benchmarks.webhooks [--subscribers 1000] [--ports 200] [--dead 0.05]

Receivers are HTTP servers on loopback in a process of their own, which see how many come at once; some of
them are dead: they refuse, hang, or answer 500. The deliverer is `tocsin deliver` over a SQLite store.
Asked is from the alert's row to the 2xx: 95 of 100 within 10 s, and never over two at once to one target.
"""

import argparse
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.live_processes import use_of
from tests.system.hooks import Hooks, running_hooks
from tests.system.subscribers import Subscribers, delivering, spread

MOST_SECONDS = 10.0
MOST_AT_ONCE = 2
PATIENCE = 120.0
IDLE_SECONDS = 10.0
"""How long it is left idle first, to see what that takes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Seconds from the row to the 2xx, of all healthy subscribers; and what receivers saw."""

    seconds: list[float]
    missing: int
    repeated: int
    most_at_once: int
    idle: float
    busy: float

    @property
    def slow(self) -> float:
        """Give the seconds within which 95 of 100 knew."""
        return statistics.quantiles(self.seconds, n=100)[94]

    @property
    def is_as_asked(self) -> bool:
        """Tell whether every figure is."""
        held = not self.missing and not self.repeated and self.most_at_once <= MOST_AT_ONCE
        return held and self.slow <= MOST_SECONDS


def main() -> int:
    """Ring, measure and print; 1 where a figure is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--subscribers", type=int, default=1000)
    parser.add_argument("--ports", type=int, default=200)
    parser.add_argument("--dead", type=float, default=0.05)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        found = measure(
            Path(scratch), given.subscribers, given.ports, round(given.ports * given.dead)
        )
    print(f"healthy subscribers   {len(found.seconds):,}, missing {found.missing}")
    print(f"row to 2xx            p50 {statistics.median(found.seconds):.2f} s,", end=" ")
    print(
        f"p95 {found.slow:.2f} s, most {max(found.seconds):.2f} s (p95 asked: {MOST_SECONDS:g} s)"
    )
    print(f"sent twice            {found.repeated}")
    print(f"at once to a target   {found.most_at_once} (asked: {MOST_AT_ONCE})")
    print(f"processor             {found.busy:.1f} s for all, {found.idle:.2%} of a core when idle")
    return 0 if found.is_as_asked else 1


def measure(
    folder: Path, subscribers: int, ports: int, dead: int, idle_seconds: float = IDLE_SECONDS
) -> Figures:
    """Ring once, and wait until all healthy subscribers know."""
    with running_hooks(folder, ports, dead=dead) as hooks:
        those = Subscribers(folder, spread(list(hooks.kinds), subscribers))
        those.prepare()
        with delivering(those) as process:
            log = folder / "deliver.log"
            wait_for(lambda: '"started"' in log.read_text(), "the deliverer")
            idle = idling(process.pid, idle_seconds) if idle_seconds else 0.0
            before = cpu(process.pid)
            rung = datetime.now(UTC)
            those.ring("a-story", rung)
            well = sum(hooks.kinds[port_of(url)] == "well" for url in those.hooks.values())
            wait_for(lambda: len(healthy(hooks)) >= well, "every healthy subscriber")
            busy = cpu(process.pid) - before
        return figures(hooks, well, rung, idle, busy)


def idling(pid: int, seconds: float) -> float:
    """Say which share of a core a process takes that has nothing to do."""
    time.sleep(2.0)  # what is imported late, and the first look
    before = cpu(pid)
    time.sleep(seconds)
    return (cpu(pid) - before) / seconds


def figures(hooks: Hooks, well: int, rung: datetime, idle: float, busy: float) -> Figures:
    """Read the log of the receivers."""
    first = healthy(hooks)
    sent = Counter(each.path for each in hooks.posts() if hooks.kinds[each.port] == "well")
    return Figures(
        seconds=[at - rung.timestamp() for at in first.values()],
        missing=well - len(first),
        repeated=sum(number - 1 for number in sent.values()),
        most_at_once=max(each.at_once for each in hooks.posts()),
        idle=idle,
        busy=busy,
    )


def healthy(hooks: Hooks) -> dict[str, float]:
    """Say when each healthy subscriber knew."""
    found: dict[str, float] = {}
    for each in hooks.posts():
        if hooks.kinds[each.port] == "well":
            found.setdefault(each.path, each.answered)
    return found


def port_of(url: str) -> int:
    return int(url.split(":")[2].split("/")[0])


def cpu(pid: int) -> float:
    """Read the seconds of processor time that a process has taken. Raises ProcessLookupError."""
    used = use_of(pid)
    if used is None:
        raise ProcessLookupError(pid)
    return used[1].cpu


def wait_for(is_so: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not is_so():
        if time.monotonic() > deadline:
            print(f"{what}: not within {PATIENCE:.0f} s", file=sys.stderr)
            return
        time.sleep(0.2)


if __name__ == "__main__":
    sys.exit(main())
