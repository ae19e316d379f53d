"""Outlives `tocsin run` by an instant: kills what is left of its roles when it is gone, however it ended.

The kernel ends the roles themselves (`pipelines/launcher.py`); what they started, such as a runner, it would
leave alone. Run as a file, `python -I -S reaper.py`, it reads a line for each process group that
begins (`+ID`) or has ended (`-ID`), and kills those that are left when nobody writes any more.
"""

import os
import signal
import sys
from collections.abc import Iterable
from contextlib import suppress


def main(lines: Iterable[str]) -> None:
    """Keep account of the groups to the end, and kill those that are left."""
    groups: set[int] = set()
    for line in lines:
        group = int(line[1:])
        if line.startswith("+"):
            groups.add(group)
        else:
            groups.discard(group)
    for group in groups:
        with suppress(ProcessLookupError):
            os.killpg(group, signal.SIGKILL)


if __name__ == "__main__":
    main(sys.stdin)
