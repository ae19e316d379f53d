"""Which part of the log is read: Beam's restriction over the partitions of one share, and its tracker."""

from dataclasses import dataclass
from typing import Any

from apache_beam.io.iobase import RestrictionTracker

Places = tuple[tuple[int, int], ...]
"""(partition, offset) pairs, sorted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LogSpan:
    """From the offsets `start` on, before the offsets `stop`; without `stop` for ever.

    A partition that is made later belongs to a span without `stop` from its beginning.
    """

    start: Places
    stop: Places | None = None


class LogTracker(RestrictionTracker):
    """Claims (partition, offset), each partition in its order. Splits only where it stands.

    To claim an offset at or beyond the stop says that the partition is done, and is refused.
    """

    def __init__(self, span: LogSpan) -> None:
        self._span = span
        self._next = dict(span.start)
        self._is_stopped = False

    def current_restriction(self) -> LogSpan:
        """Return the span, which ends where it was cut."""
        return self._span

    def current_progress(self) -> None:
        """Say nothing: the log has no end, and what Beam makes of a guess is not always a number."""

    def try_claim(self, position: tuple[int, int]) -> bool:
        """Claim one record."""
        partition, offset = position
        if self._is_stopped:
            return False
        if self._span.stop is not None:
            stop = dict(self._span.stop).get(partition, 0)
            if offset >= stop:
                self._next[partition] = stop
                return False
        self._next[partition] = offset + 1
        return True

    def try_split(self, fraction_of_remainder: float) -> tuple[LogSpan, LogSpan] | None:
        """Cut between what is claimed and the rest; a share is never cut otherwise."""
        if fraction_of_remainder != 0 or self._is_stopped:
            return None
        here = tuple(sorted(self._next.items()))
        rest = LogSpan(start=here, stop=self._span.stop)
        self._span = LogSpan(start=self._span.start, stop=here)
        self._is_stopped = True
        return self._span, rest

    def check_done(self) -> bool:
        """Tell whether all is claimed. Raises ValueError."""
        for partition, stop in self._span.stop or ():
            if self._next.get(partition, 0) < stop:
                raise ValueError(
                    f"partition {partition} is read to {self._next.get(partition)} only"
                )
        if self._span.stop is None:
            raise ValueError("a span without an end is never done")
        return True

    def is_bounded(self) -> bool:
        """Tell whether there is an end."""
        return self._span.stop is not None


def span_to(start: dict[int, int], stop: dict[int, int] | None = None) -> LogSpan:
    """Make a span of offsets by partition."""
    return LogSpan(start=_places(start), stop=None if stop is None else _places(stop))


def _places(offsets: dict[int, int]) -> Any:
    return tuple(sorted(offsets.items()))
