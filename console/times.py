"""Times that are given as options: an instant, or how far back."""

import re
from datetime import datetime, timedelta
from typing import Any

import click

_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_AGO = re.compile(r"(\d{1,6})([mhdw])")


def span_of(text: str) -> timedelta | None:
    """Read how long: `90m`, `12h`, `30d`, `4w`; None for what is none, or no time at all."""
    found = _AGO.fullmatch(text.strip())
    if found is None or int(found[1]) == 0:
        return None
    return timedelta(**{_UNITS[found[2]]: int(found[1])})


def since_of(text: str, now: datetime) -> datetime | None:
    """Read an instant, or how far back from now; None for what is neither, or before there were years."""
    from tocsin.dates import parse_instant

    span = span_of(text)
    try:
        return now - span if span else parse_instant(text)
    except OverflowError:
        return None


class _Instant(click.ParamType[datetime]):
    """An instant such as 2026-11-01 or 2026-11-01T12:00:00Z."""

    name = "instant"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        """Read it as UTC; what is none is wrong usage."""
        from tocsin.dates import parse_instant

        found = parse_instant(str(value))
        if found is None:
            self.fail(f"{value!r} is no time such as 2026-11-01T00:00:00Z", param, ctx)
        return found


class _Span(click.ParamType[timedelta]):
    """How long: 90m, 12h, 30d, 4w."""

    name = "span"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> timedelta:
        """Read it; what is none, or no time at all, is wrong usage."""
        found = span_of(str(value))
        if found is None:
            self.fail(f"{value!r} is no span such as 90m, 8h or 30d", param, ctx)
        return found


class _Since(click.ParamType[datetime | timedelta]):
    """An instant, or how far back: 90m, 12h, 30d, 4w."""

    name = "since"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime | timedelta:
        """Read it; what is neither is wrong usage."""
        ago = span_of(str(value))
        if ago is not None:
            return ago
        from tocsin.dates import parse_instant

        found = parse_instant(str(value))
        if found is None:
            self.fail(
                f"{value!r} is neither a span such as 30d or 12h nor a time such as"
                " 2026-11-01T00:00:00Z",
                param,
                ctx,
            )
        return found


INSTANT = _Instant()
"""The type of an option that names an instant."""

SINCE = _Since()
"""The type of one that names an instant, or counts back."""

SPAN = _Span()
"""The type of one that says how long."""
