"""The folder of `tocsin run`: one for each store. Held by one run at a time; says which processes run."""

import fcntl
import hashlib
import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from schemas import Unavailable

SQLITE = "sqlite:///"

ROLES = "roles.json"
"""The file that says which process has which role now."""

METRICS = "metrics"
"""The folder where the roles write what they count."""


def folder_for(url: str) -> Path:
    """Give the folder for a store: beside the file of SQLite, else among the temporary files."""
    if url.startswith(SQLITE) and len(url) > len(SQLITE):
        return Path(f"{url.removeprefix(SQLITE)}.run").absolute()
    name = hashlib.sha256(url.encode()).hexdigest()[:16]
    return Path(tempfile.gettempdir(), f"tocsin-run-{os.getuid()}-{name}")


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Hold the folder for as long as this process runs. Raises `Unavailable` while another one does."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if folder.stat().st_uid != os.getuid():
        raise Unavailable(
            f"{folder} belongs to somebody else",
            hint="Name a folder of your own by --state, or set TMPDIR.",
        )
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


def empty_metrics(folder: Path) -> Path:
    """Give the folder where roles write what they count, without what a run before this one left."""
    metrics = folder / METRICS
    metrics.mkdir(exist_ok=True)
    for path in metrics.glob("*.db"):
        path.unlink()
    return metrics


def note_roles(folder: Path, pids: Mapping[str, int]) -> None:
    """Write which process has which role, 0 for none; whoever reads sees all of it or what was before."""
    written = folder / f"{ROLES}.new"
    written.write_text(json.dumps({"run": os.getpid(), "roles": dict(pids)}, indent=2) + "\n")
    written.replace(folder / ROLES)


def noted_roles(folder: Path) -> dict[str, int]:
    """Read which process has which role; nothing where nothing was written yet."""
    try:
        read: dict[str, dict[str, int]] = json.loads((folder / ROLES).read_text())
    except FileNotFoundError:
        return {}
    return read["roles"]
