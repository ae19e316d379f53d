"""What Linux tells of memory: what processes have, and what is free. Zero where there is no Linux."""

import os
from contextlib import suppress
from pathlib import Path

PROC = Path("/proc")


def resident(session: int) -> int:
    """Give the bytes of memory that all processes of a session have; 0 for no session.

    Pages that they share are counted for each of them.
    """
    if not session:
        return 0
    pages = 0
    for path in PROC.glob("[0-9]*/stat"):
        with suppress(OSError):  # it has just ended
            # The name, in brackets, may hold anything: state, parent, group and session come after it.
            fields = path.read_text().rpartition(")")[2].split()
            if int(fields[3]) == session:
                pages += int(fields[21])
    return pages * os.sysconf("SC_PAGE_SIZE")


def available() -> int:
    """Give the bytes of memory that can be had without swapping."""
    with suppress(OSError):
        for line in (PROC / "meminfo").read_text().splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    return 0
