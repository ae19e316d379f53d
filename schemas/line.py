"""What a reader hands on: lines that hold records, and files that it passed over."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from schemas.article import EPOCH

_IN_LOG = re.compile(r"kafka:(\S+)/(\d+)@(\d+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One record as bytes, not yet decoded.

    `origin` says where it lay: `file`, `file:line`, or a place in the log (`log_origin`). `logged` is
    when it came into the log, as Kafka has it; None for what is not from there.
    """

    content: bytes
    origin: str = ""
    logged: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped:
    """A file that is no input, named with the reason, so that nothing is passed over silently."""

    name: str
    reason: str


def log_origin(topic: str, partition: int, offset: int) -> str:
    """Name a place in the log: `kafka:TOPIC/PARTITION@OFFSET`."""
    return f"kafka:{topic}/{partition}@{offset}"


def log_place(origin: str) -> tuple[str, int, int] | None:
    """Read (topic, partition, offset) out of an origin; None for one that is not in the log."""
    found = _IN_LOG.fullmatch(origin)
    return (found[1], int(found[2]), int(found[3])) if found else None


def logged_at(milliseconds: int) -> datetime | None:
    """Read the timestamp of a Kafka record, milliseconds since 1970; None for one that says nothing."""
    try:
        return EPOCH + timedelta(milliseconds=milliseconds) if milliseconds > 0 else None
    except OverflowError:  # no calendar goes that far
        return None
