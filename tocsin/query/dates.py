"""Dates in queries: `published:2026-11-01`, `seen>=2026-11`, `published:2026-11-01..2026-11-07`.

A date is a span of time as coarse as it is written: a year, a month, a day, or a minute, in UTC. What
is compared with it is compared with the whole span: `>` is after its end, `<=` up to its end.
"""

import re
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from schemas import QueryError
from tocsin.query.date_hints import date_hint
from tocsin.query.nodes import Clock, Comparison, Dated
from tocsin.query.signs import COMPARISONS
from tocsin.query.tokens import shown

_DATE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2})(?:T(\d{2}):(\d{2})Z?)?)?)?", re.IGNORECASE)
_COMPARED = re.compile(rf"([a-z]+)\s*({COMPARISONS})\s*(.*)", re.IGNORECASE | re.DOTALL)
FIRST_YEAR = 1900
"""Earlier years are slips of the keyboard."""

_FORMS = {1: "%Y", 2: "%Y-%m", 3: "%Y-%m-%d", 5: "%Y-%m-%dT%H:%M"}


def compared_dates(text: str, line: str, column: int) -> Dated:
    """Make the term of `published>=2026-11-01`; `column` is where it begins. Raises `QueryError`."""
    found = _COMPARED.fullmatch(text)
    assert found, text  # the grammar lets nothing else through
    clock, sign, at = Clock(found[1].lower()), Comparison.of(found[2]), column + found.start(3)
    start, numbers = _start(clock, found[3], line, at)
    if sign in (">=", "<"):
        since, before = (start, None) if sign == ">=" else (None, start)
    else:
        end = _end_of(clock, found[3], start, numbers, line, at)
        since = {">": end, "=": start}.get(sign)
        before = {"<=": end, "=": end}.get(sign)
    return Dated(clock=clock, since=since, before=before, column=column)


def dates(clock: Clock, text: str, line: str, column: int) -> Dated:
    """Make the term of `published:` and a date or a range. Raises `QueryError`."""
    first, dots, last = text.partition("..")
    start, numbers = _start(clock, first, line, column)
    if not dots:
        end = _end_of(clock, first, start, numbers, line, column)
        return Dated(clock=clock, since=start, before=end, column=column)
    behind = column + len(first) + len(dots)
    end = _end_of(clock, last, *_start(clock, last, line, behind), line, behind)
    if end <= start:
        raise QueryError(
            "This range ends before it begins.",
            query=line,
            column=behind,
            hint=f"Turn it round: {clock}:{last}..{first}.",
        )
    return Dated(clock=clock, since=start, before=end, column=column)


def _start(clock: Clock, text: str, line: str, column: int) -> tuple[datetime, int]:
    """Read a date: where the span begins that it names, and by how many numbers it is given."""
    found = _DATE.fullmatch(text)
    numbers = [int(each) for each in found.groups() if each] if found else []
    with suppress(ValueError):
        if numbers and numbers[0] >= FIRST_YEAR:
            year, month, day, hour, minute = (*numbers, *(1, 1, 1, 0, 0)[len(numbers) :])
            return datetime(year, month, day, hour, minute, tzinfo=UTC), len(numbers)
    raise _no_date(clock, text, line, column)


def _end_of(
    clock: Clock, text: str, start: datetime, numbers: int, line: str, column: int
) -> datetime:
    """Find where the span of a date ends. Raises `QueryError` at the end of the calendar."""
    try:
        return _end(start, numbers)
    except (ValueError, OverflowError):
        raise _no_date(clock, text, line, column) from None


def _no_date(clock: Clock, text: str, line: str, column: int) -> QueryError:
    said = f"{shown(text)!r} is no date." if text else "There is no date here."
    hint = date_hint(clock, line, column, text)
    return QueryError(said, query=line, column=column, hint=hint)


def _end(start: datetime, numbers: int) -> datetime:
    """Find where a span of time ends that is given by so many numbers: 1 for a year, 5 for a minute."""
    if numbers == 1:
        return start.replace(year=start.year + 1)
    if numbers == 2:
        return (start + timedelta(days=31)).replace(day=1)
    return start + (timedelta(days=1) if numbers == 3 else timedelta(minutes=1))


def _coarsest(instant: datetime) -> int:
    """Tell how many numbers are enough to name an instant."""
    marks = (instant.month == 1, instant.day == 1, (instant.hour, instant.minute) == (0, 0))
    needless = next((at for at, fits in enumerate(reversed(marks)) if not fits), len(marks))
    return (5, 3, 2, 1)[needless]


def _written(start: datetime, numbers: int) -> str:
    return start.strftime(_FORMS[numbers])


def print_dates(node: Dated) -> str:
    """Write dates as coarsely as they can be."""
    since, before = node.since, node.before
    if since is None or before is None:
        sign, limit = ("<", before) if since is None else (">=", since)
        assert limit is not None, node
        return f"{node.clock}{sign}{_written(limit, _coarsest(limit))}"
    for numbers in _FORMS:
        if _coarsest(since) <= numbers and _end(since, numbers) == before:
            return f"{node.clock}:{_written(since, numbers)}"
    numbers = max(_coarsest(since), _coarsest(before))
    last = before - timedelta(minutes=1)
    return f"{node.clock}:{_written(since, numbers)}..{_written(last, numbers)}"
