"""What Linux tells of processes and memory. Nothing where there is no Linux."""

import os
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

PROC = Path("/proc")


def members(session: int) -> list[int]:
    """Name the processes of a session; none for no session."""
    return [pid for pid, of, _ in _processes() if of == session] if session else []


def resident(session: int) -> int:
    """Give the bytes of memory that all processes of a session have; 0 for no session.

    Pages that they share are counted for each of them.
    """
    return residents().get(session, 0) if session else 0


def residents() -> dict[int, int]:
    """Give the bytes of memory that each session has, counted as by `resident`."""
    found: Counter[int] = Counter()
    for _, session, pages in _processes():
        found[session] += pages * os.sysconf("SC_PAGE_SIZE")
    return found


def _processes() -> Iterator[tuple[int, int, int]]:
    """Yield each process, its session, and its resident pages."""
    for path in PROC.glob("[0-9]*/stat"):
        with suppress(OSError):  # it has just ended
            # The name, in brackets, may hold anything: state, parent, group and session come after it.
            fields = path.read_text().rpartition(")")[2].split()
            yield int(path.parent.name), int(fields[3]), int(fields[21])


def lives(pid: int) -> bool:
    """Tell whether there is a process of this id, whoever's it is."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # somebody else's by now, and no less alive
        return True
    return True


def available() -> int:
    """Give the bytes of memory that can be had without swapping."""
    with suppress(OSError):
        for line in (PROC / "meminfo").read_text().splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    return 0
