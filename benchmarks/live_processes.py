"""What the processes of a stand use: processor time, memory; and how far the groups are behind meanwhile."""

import itertools
import os
import subprocess
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.live_stand import Stand
from console.machine import members
from console.run_folder import noted_roles
from schemas import Unavailable

TICKS = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True, slots=True)
class Use:
    """What one process uses: seconds of processor time so far, MB resident."""

    cpu: float
    mb: float


def use_of(pid: int) -> tuple[str, Use] | None:
    """Read the name of a process and what it uses; nothing where it is gone."""
    try:
        name, _, rest = Path(f"/proc/{pid}/stat").read_text().rpartition(")")
    except OSError:
        return None
    fields = rest.split()
    cpu = (int(fields[11]) + int(fields[12])) / TICKS
    return name.partition("(")[2], Use(cpu, int(fields[21]) * PAGE / 2**20)


def uses_of(session: int) -> dict[str, Use]:
    """Read what the processes of a session use, by program."""
    found: dict[str, Use] = {}
    for pid in members(session):
        if use := use_of(pid):
            before = found.get(use[0], Use(0, 0))
            found[use[0]] = Use(before.cpu + use[1].cpu, before.mb + use[1].mb)
    return found


def uses(running: Stand) -> dict[str, Use]:
    """Read what every process uses, by role and program: `alerts: python`, `alerts: prism`, ..."""
    sessions = {**noted_roles(running.state), "kafka": running.broker.pid}
    if running.run is not None:
        sessions["run"] = running.run.pid
    found = {
        f"{role}: {name}": use
        for role, session in sessions.items()
        for name, use in uses_of(session).items()
    }
    if running.server is not None:
        parent = str(running.server.pid)
        for path in Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = path.read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if parent in (fields[1], path.parent.name) and (use := use_of(int(path.parent.name))):
                before = found.get("postgresql", Use(0, 0))
                found["postgresql"] = Use(before.cpu + use[1].cpu, before.mb + use[1].mb)
    return found


def is_ours(process: str) -> bool:
    """Tell whether a process of `uses` is one of Tocsin's."""
    return not process.startswith(("kafka", "postgresql"))


@dataclass(slots=True)
class Samples:
    """What was looked at every few seconds: lags, and what processes use."""

    every: float = 5.0
    lag: list[tuple[float, dict[str, int]]] = field(default_factory=list)
    use: list[tuple[float, dict[str, Use]]] = field(default_factory=list)
    _stop: threading.Event = field(default_factory=threading.Event)

    def take(self, running: Stand) -> None:
        """Take samples until stopped."""
        while not self._stop.is_set():
            now = time.time()
            try:
                self.lag.append((now, running.lag()))
            except Unavailable as error:
                print(f"no lag: {error}", file=sys.stderr)
            self.use.append((now, uses(running)))
            self._stop.wait(max(self.every - (time.time() - now), 0))

    def between(self, start: float, end: float) -> dict[str, float]:
        """Say how many cores each process used between two instants."""
        inside = [(at, use) for at, use in self.use if start <= at <= end]
        if len(inside) < 2:
            return {}
        spent: defaultdict[str, float] = defaultdict(float)
        for (_, before), (_, after) in itertools.pairwise(inside):
            for name, use in after.items():
                spent[name] += max(use.cpu - before.get(name, Use(0.0, 0.0)).cpu, 0.0)
        return {name: seconds / (inside[-1][0] - inside[0][0]) for name, seconds in spent.items()}


@contextmanager
def sampling(running: Stand, every: float = 5.0) -> Iterator[Samples]:
    """Take samples meanwhile."""
    samples = Samples(every)
    thread = threading.Thread(target=samples.take, args=(running,), daemon=True)
    thread.start()
    try:
        yield samples
    finally:
        samples._stop.set()
        thread.join(30)


@dataclass(frozen=True, slots=True)
class Bounded:
    """How a bounded run of a part went: seconds to the first commit, then articles a second, and cores."""

    first: float
    rate: float
    cores: dict[str, float]
    mb: dict[str, float]


def to_end(running: Stand, part: str, *words: str) -> Bounded:
    """Run a part of the stream to where the log ends; the rate counts from its first commit to its last."""
    before_it = running.lag()[part]
    began = time.monotonic()
    process = subprocess.Popen(
        running.command("pipeline", "run", "--part", part, "--to-end", *words),
        env=running.environment,
        stdin=subprocess.DEVNULL,
        start_new_session=True,
    )
    steps: list[tuple[float, int, dict[str, Use]]] = []
    try:
        while process.poll() is None:
            lag = running.lag()[part]
            if lag >= 0 and lag != (steps[-1][1] if steps else before_it):
                steps.append((time.monotonic() - began, lag, uses_of(process.pid)))
            time.sleep(0.2)
    finally:
        if process.poll() is None:
            process.terminate()
        if process.wait(60):
            raise subprocess.CalledProcessError(process.returncode, "pipeline run")
    (start, most, before), (end, least, after) = steps[0], steps[-1]
    return Bounded(
        first=round(start, 2),
        rate=round((most - least) / max(end - start, 0.001), 1),
        cores={
            name: round((use.cpu - before.get(name, Use(0, 0)).cpu) / max(end - start, 0.001), 3)
            for name, use in after.items()
        },
        mb={name: round(max(use[name].mb for _, _, use in steps if name in use)) for name in after},
    )
