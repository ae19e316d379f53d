"""Instants and orders as whole numbers, which databases compare and index alike."""

from datetime import UTC, datetime, timedelta
from enum import IntEnum

NONE_LATER = 2**63 - 1
"""Stands where an article has no parent: no ordinal is greater."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TICK = timedelta(microseconds=1)
_ID_BITS = 9


class State(IntEnum):
    """Whether an article has been linked since it came, or since it moved."""

    NEW = 0
    LINKED = 1
    MOVED = 2


def microseconds(moment: datetime) -> int:
    """Write an instant as microseconds since 1970."""
    return (moment - _EPOCH) // _TICK


def instant(count: int) -> datetime:
    """Read an instant written by `microseconds`."""
    return _EPOCH + count * _TICK


def ordinal(seen: int, article: str) -> int:
    """Fold (first seen, id) into 63 bits, keeping the order: the id gives its 9 leading bits.

    Two articles may share an ordinal; whoever needs the exact order compares both parts. The bits
    keep many articles of one instant (all those without a date) from lying in one heap.
    """
    return (seen << _ID_BITS) | (int(article[:3].ljust(3, "0"), 16) >> 3)


def least_ordinal(seen: int) -> int:
    """Return the least ordinal of an instant."""
    return seen << _ID_BITS


def greatest_ordinal(seen: int) -> int:
    """Return the greatest ordinal of an instant."""
    return (seen << _ID_BITS) | ((1 << _ID_BITS) - 1)
