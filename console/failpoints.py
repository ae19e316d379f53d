"""Failpoints: a process that kills itself at a named point, for tests of what that leaves behind."""

import os
import signal
from collections import Counter
from collections.abc import Callable

from schemas import InvalidSetting


def killing_at(failpoint: str) -> Callable[[str], None]:
    """Give what kills this process when it comes to a point for the Nth time (`produced:3`).

    Raises `InvalidSetting` for no number.
    """
    name, _, number = failpoint.partition(":")
    if number and not number.isdigit():
        raise InvalidSetting(f"--failpoint {failpoint}: write NAME or NAME:N")
    times, wanted = Counter[str](), int(number or 1)

    def reach(point: str) -> None:
        times[point] += 1
        if point == name and times[point] == wanted:
            os.kill(os.getpid(), signal.SIGKILL)

    return reach
