"""The folder of `tocsin run`: one for each store. Held by one run at a time; says which processes run."""

import fcntl
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from console.machine import lives
from console.restarts import SETTLED, Reason
from schemas import Unavailable

SQLITE = "sqlite:///"

ROLES = "roles.json"
"""The file that says which process has which role now."""

MANY = 3
"""Ends in a row that are no accident any more."""

SHARED_MEMORY = Path("/dev/shm")  # noqa: S108
"""Where the roles write what they count, so that neither a slow disk nor a full one stops them.

A process that writes into a file which it has mapped is killed where the disk has no room for it.
"""


def folder_for(url: str) -> Path:
    """Give the folder for a store: beside the file of SQLite, else among the temporary files."""
    if url.startswith(SQLITE) and len(url) > len(SQLITE):
        return Path(f"{url.removeprefix(SQLITE)}.run").absolute()
    return Path(tempfile.gettempdir(), _name_for(url))


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Hold the folder for as long as this process runs. Raises `Unavailable` while another one does."""
    _make(folder)
    with (folder / "lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            lock.seek(0)
            raise Unavailable(
                f"another tocsin run works on this store (process {lock.read().strip() or '?'})",
                hint="Stop that one first; or set another [store] url.",
            ) from error
        lock.truncate(0)
        lock.write(f"{os.getpid()}\n")
        lock.flush()
        yield


@contextmanager
def metrics_of(folder: Path) -> Iterator[Path]:
    """Give a folder for what roles count, without what was left by a run before; remove it at the end."""
    in_memory = SHARED_MEMORY.is_dir() and os.access(SHARED_MEMORY, os.W_OK)
    metrics = SHARED_MEMORY / _name_for(str(folder)) if in_memory else folder / "metrics"
    _make(metrics)
    try:
        for path in metrics.glob("*.db"):
            path.unlink()
        yield metrics
    finally:
        shutil.rmtree(metrics, ignore_errors=True)


def _name_for(text: str) -> str:
    """Make a name that this user has for one thing only."""
    return f"tocsin-run-{os.getuid()}-{hashlib.sha256(text.encode()).hexdigest()[:16]}"


def _make(folder: Path) -> None:
    """Make a folder that nobody else can write to. Raises `Unavailable` where somebody else made it."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if folder.stat().st_uid != os.getuid():
        raise Unavailable(f"{folder} belongs to somebody else", hint="Remove it, or set TMPDIR.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ends:
    """How often a role ended in a row, `count`, the `reason` of the last time, and the last that it `said`.

    `started` is when its process was, in seconds of the monotonic clock; 0 where it has none.
    """

    role: str
    count: int
    started: float
    said: str = ""
    reason: str = Reason.ENDED

    def is_loop(self, now: float) -> bool:
        """Tell whether it goes on like that: whose process has settled is well again."""
        return self.count >= MANY and not (self.started and now - self.started >= SETTLED)


def note_roles(
    folder: Path, pids: Mapping[str, int], halted: Sequence[str] = (), ends: Sequence[Ends] = ()
) -> None:
    """Write which process has which role, 0 for none, which are not started again, and how they ended.

    Whoever reads sees all of it or what was before. A disk that is full keeps nobody from running.
    """
    noted = {
        "run": os.getpid(),
        "roles": dict(pids),
        "halted": list(halted),
        "ends": [asdict(each) for each in ends],
    }
    written = folder / f"{ROLES}.new"
    with suppress(OSError):
        written.write_text(json.dumps(noted, indent=2) + "\n")
        written.replace(folder / ROLES)


def noted_roles(folder: Path) -> dict[str, int]:
    """Read which process has which role; nothing where nothing was written yet."""
    found: dict[str, int] = _noted(folder).get("roles", {})
    return found


def is_run(folder: Path) -> bool:
    """Tell whether a `tocsin run` works here."""
    noted = _noted(folder)
    return bool(noted) and lives(noted["run"])


def halted_roles(folder: Path) -> list[str]:
    """Name the roles that are not started again by the `tocsin run` that works here; none where none does."""
    found: list[str] = _noted(folder).get("halted", [])
    return found if is_run(folder) else []


def looping_roles(folder: Path, now: float) -> list[Ends]:
    """Give the roles of the `tocsin run` that works here which end again and again; none where none does.

    `now` is in seconds of the monotonic clock.
    """
    found = [Ends(**each) for each in _noted(folder).get("ends", [])]
    return [each for each in found if each.is_loop(now)] if is_run(folder) else []


def _noted(folder: Path) -> dict[str, Any]:
    try:
        read: dict[str, Any] = json.loads((folder / ROLES).read_text())
    except FileNotFoundError:
        return {}
    return read
