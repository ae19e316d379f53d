"""Becomes another program that ends when its parent does. Run as a file, with nothing imported before.

`python -I -S launcher.py PARENT PROGRAM ARGUMENT...`: Linux kills the program when the process
PARENT is gone, however that ended. Elsewhere the program outlives a parent that was killed.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1
"""From <linux/prctl.h>; it holds beyond the exec."""


def tied(*command: str) -> list[str]:
    """Write how a program is called that becomes `command`, and ends when this process does."""
    return [sys.executable, "-I", "-S", __file__, str(os.getpid()), *command]


def main(parent: int, command: list[str]) -> None:
    """Ask to be killed with the parent, and become the program."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    # The parent may have gone before we asked.
    if os.getppid() == parent:
        os.execvp(command[0], command)  # noqa: S606


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
