"""Temporary files of Beam: in one folder a process, which is removed whole when it ends. Beam leaves many behind."""

import atexit
import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

PREFIX = "tocsin-beam-"

YOUNG_SECONDS = 60.0
"""A folder that is younger may be one whose process has not locked it yet."""


@contextmanager
def scratch() -> Iterator[Path]:
    """Let the temporary files of this process and of those that it starts go into a folder of its own.

    It is removed when the process ends, behind Beam, which ends its runner then and looks for its own
    files; after Ctrl-C at once, for then nobody waits for Beam. Of a process that is killed it stays,
    unlocked, and the next one that comes here removes it.
    """
    before, variable = tempfile.tempdir, os.environ.get("TMPDIR")
    _sweep(Path(tempfile.gettempdir()))
    folder = Path(tempfile.mkdtemp(prefix=PREFIX))
    fcntl.flock(os.open(folder, os.O_RDONLY), fcntl.LOCK_EX)  # for as long as this process lives
    remove = atexit.register(partial(shutil.rmtree, folder, ignore_errors=True))
    try:
        tempfile.tempdir = os.environ["TMPDIR"] = str(folder)
        yield folder
    except KeyboardInterrupt:
        remove()
        raise
    finally:
        tempfile.tempdir = before
        if variable is None:
            os.environ.pop("TMPDIR", None)
        else:
            os.environ["TMPDIR"] = variable


def _sweep(parent: Path) -> None:
    """Remove the folders of processes that are no more."""
    for folder in parent.glob(f"{PREFIX}*"):
        try:
            is_young = time.time() - folder.stat().st_mtime < YOUNG_SECONDS
            lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        except OSError:  # gone meanwhile, or somebody else's
            continue
        try:
            if not is_young:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder, ignore_errors=True)
        except BlockingIOError:
            continue  # its process lives
        finally:
            os.close(lock)
