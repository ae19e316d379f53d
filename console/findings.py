"""What `tocsin doctor` finds: one line for each check, and what to do about it."""

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """How a check ended."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True)
class Finding:
    """One check: its state, what was found, and what to do about it."""

    check: str
    state: State
    found: str
    remedy: str = ""
