"""The processes of roles: how one is started so that it ends with us, and how all of it is killed."""

import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from console.restarts import Reason
from pipelines import launcher

BARE = (sys.executable, "-I", "-S")
"""Python with nothing but itself: it starts in 20 ms."""

REAPER = Path(__file__).with_name("reaper.py")


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """One process that is kept running: its name, and the program with its arguments."""

    name: str
    command: tuple[str, ...]


@dataclass(slots=True, kw_only=True)
class Child:
    """A role and the process that has it now: none while it waits to be started again.

    `outgrown` is when the process was told to end because it had too much memory; `reason` is why the
    one before it ended; `halted` says that the role is not started again.
    """

    role: Role
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    failures: int = 0
    starts: int = 0
    due: float = 0.0
    outgrown: float | None = None
    halted: bool = False
    reason: Reason = Reason.ENDED
    restarts: Counter[Reason] = field(default_factory=Counter)
    lines: threading.Thread | None = field(default=None, repr=False)

    @property
    def pid(self) -> int:
        """Name the process, 0 for none."""
        return self.process.pid if self.process else 0


def launched(role: Role, environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
    """Start the process of a role, as the leader of a session of its own. Raises `OSError`."""
    return subprocess.Popen(  # noqa: S603
        launcher.tied(*role.command),
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )


@contextmanager
def reaper() -> Iterator[Callable[[str], None]]:
    """Start what kills the roles' processes when we are gone; give the way to tell it of them."""
    process = subprocess.Popen(  # noqa: S603
        [*BARE, str(REAPER)], stdin=subprocess.PIPE, text=True, start_new_session=True
    )
    assert process.stdin

    def tell(line: str) -> None:
        # A reaper that was killed is not worth ending for: the kernel still ends the roles.
        with suppress(BrokenPipeError):
            print(line, file=process.stdin, flush=True)

    try:
        yield tell
    finally:
        with suppress(BrokenPipeError):
            process.stdin.close()
        process.wait()


def tell_to_end(pid: int) -> None:
    """Tell a role to end in order."""
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGTERM)


def kill_group(pid: int) -> None:
    """Kill a role and what it started."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def in_words(status: int) -> str:
    """Say how a process ended."""
    return signal.Signals(-status).name if status < 0 else f"exit {status}"
