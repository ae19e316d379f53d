"""Instants as publishers write them, read without a clock. Not a guesser: what is unclear is `None`.

Read are RFC 3339 and its ISO 8601 relatives, RFC 822 and its relatives in feeds, `ctime`, English
month names in either order, and numbers of seconds, milliseconds or microseconds since 1970.
A time without a zone is UTC. Refused are dates whose order of day and month is a guess, and years
that no news is from.
"""

import re
from datetime import UTC, datetime, timedelta, timezone

EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)
LATEST = datetime(2200, 1, 1, tzinfo=UTC)
"""Instants outside of [EARLIEST, LATEST) are nonsense."""

SMALLEST_NUMBER = 100_000_000
"""Numbers below it (3 March 1973 in seconds) are counters or placeholders, not instants."""

LONGEST = 64
"""Characters; anything longer is not a date."""

_CLOCK = (
    r"(?P<hour>\d{1,2})[:.h](?P<minute>\d{2})(?:[:.](?P<second>\d{2})(?:[.,](?P<fraction>\d+))?)?"
)
_HALF = r"(?:\s*(?P<half>[ap])\.?m\.?)?"
_ZONE = r"(?:\s*(?P<zone>\(?[a-z]{1,5}\)?|(?:gmt|utc|z)?\s*[+-]\d{1,2}:?\d{0,2})(?:\s*\([^)]*\))?)?"
_TIME = rf"(?:(?:,?\s+|,?\s*t\s*|,?\s+at\s+|\s+-\s+)(?P<zone_first>(?!am|pm)[a-z]{{3,4}}\s+)?{_CLOCK}{_HALF}{_ZONE})?"
_YEAR = r"(?P<year>\d{4}|\d{2})"
_MONTH = r"(?P<month_name>[a-z]{3,9})\.?"
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_WEEKDAY = r"(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*[.,]?\s*)?"

_FORMS = tuple(
    re.compile(form, re.IGNORECASE | re.ASCII)
    for form in (
        rf"(?P<year>\d{{4}})[-/.](?P<month>\d{{1,2}})[-/.]{_DAY}{_TIME}",
        r"(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})"
        rf"(?:t?(?P<hour>\d{{2}})(?P<minute>\d{{2}})(?P<second>\d{{2}})?{_ZONE})?",
        r"(?P<year>\d{4})(?:-(?P<month>\d{2}))?",
        rf"{_WEEKDAY}{_DAY}[\s-]+{_MONTH},?[\s-]+{_YEAR}{_TIME}",
        rf"{_WEEKDAY}{_MONTH}\s+{_DAY},?\s+(?P<year>\d{{4}}){_TIME}",
        rf"{_WEEKDAY}{_MONTH}\s+{_DAY}\s+{_CLOCK}(?:\s+(?P<zone>[a-z]{{3,4}}|[+-]\d{{4}}))?"
        r"\s+(?P<year>\d{4})",
    )
)

_MONTHS = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip

_HOURS = {
    "est": -5, "edt": -4, "cst": -6, "cdt": -5, "mst": -7, "mdt": -6, "pst": -8, "pdt": -7,
    "wet": 0, "west": 1, "bst": 1, "cet": 1, "cest": 2, "eet": 2, "eest": 3, "msk": 3,
    "wat": 1, "cat": 2, "sast": 2, "eat": 3, "hkt": 8, "jst": 9, "kst": 9, "aest": 10, "aedt": 11,
}  # fmt: skip
"""Zones by name, in hours east of Greenwich: RFC 822's and those of agencies. Others are UTC."""


def parse_instant(value: str | int | float | None) -> datetime | None:
    """Read an instant as UTC, or `None` where there is none to be read. Never raises."""
    if value is None or isinstance(value, bool):
        return None
    if isinstance(value, str):
        return _from_text(value)
    return _from_number(value)


def _from_number(value: int | float) -> datetime | None:
    """Read seconds, milliseconds or microseconds since 1970, told apart by their size."""
    if not SMALLEST_NUMBER <= value < 1e17:  # NaN compares false
        return None
    for unit in (1, 1_000, 1_000_000):
        if value < 1e10 * unit:
            break
    return _in_range(
        datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=value * 1_000_000 // unit)
    )


def _from_text(value: str) -> datetime | None:
    text = value.strip()
    if not text or len(text) > LONGEST or not text.isascii():
        return None
    if len(text) > 10 and text[4:5] == "-" and text[10] in "Tt ":
        try:
            return _in_range(datetime.fromisoformat(text))
        except ValueError:
            pass
    if text.isdigit() and len(text) in (9, 10, 13, 16):
        return _from_number(int(text))
    for form in _FORMS:
        match = form.fullmatch(text)
        if match is not None:
            return _assemble(match.groupdict())
    return None


def _assemble(parts: dict[str, str | None]) -> datetime | None:
    """Make an instant of the named parts of a form; `None` where they name no real one."""
    month = _month(parts)
    hour = _hour(int(parts.get("hour") or 0), parts.get("half"))
    if month is None or hour is None:
        return None
    # A leap second is read as the second before it; 24:00 as the midnight that it is.
    second = 59 if parts.get("second") == "60" else int(parts.get("second") or 0)
    fraction = (parts.get("fraction") or "")[:6].ljust(6, "0")
    try:
        local = datetime(
            _year(parts["year"] or ""), month, int(parts.get("day") or 1),
            hour % 24, int(parts.get("minute") or 0), second, int(fraction),
            _zone(parts.get("zone") or parts.get("zone_first") or ""),
        )  # fmt: skip
        return _in_range(local + timedelta(days=hour // 24))
    except (ValueError, OverflowError):
        return None


def _year(written: str) -> int:
    """Read two digits as RFC 2822 does: 00 to 49 are this century."""
    year = int(written)
    if len(written) > 2:
        return year
    return year + (2000 if year < 50 else 1900)


def _month(parts: dict[str, str | None]) -> int | None:
    name = (parts.get("month_name") or "").lower()
    if not name:
        return int(parts.get("month") or 1)
    if name == "sept":
        return 9
    fitting = [place for place, month in enumerate(_MONTHS, 1) if month.startswith(name)]
    return fitting[0] if fitting else None


def _hour(hour: int, half: str | None) -> int | None:
    """Turn 12-hour into 24-hour time; `None` for hours that no clock shows."""
    if half is None:
        return hour if hour <= 24 else None
    if not 1 <= hour <= 12:
        return None
    return hour % 12 + (12 if half.lower() == "p" else 0)


def _zone(written: str) -> timezone:
    """Read an offset or the name of a zone. Raises `ValueError` for offsets that do not exist."""
    name = written.strip().lower().strip("()")
    offset = re.search(r"([+-])(\d{1,2}):?(\d{2})?$", name)
    if offset is None:
        return timezone(timedelta(hours=_HOURS.get(name, 0)))
    sign, hours, minutes = offset.groups()
    span = timedelta(hours=int(hours), minutes=int(minutes or 0))
    return timezone(-span if sign == "-" else span)


def _in_range(instant: datetime) -> datetime | None:
    """Bring to UTC, and refuse what lies outside of the years that news is from."""
    if instant.tzinfo is None:
        instant = instant.replace(tzinfo=UTC)
    try:
        instant = instant.astimezone(UTC)
    except OverflowError:
        return None
    return instant if EARLIEST <= instant < LATEST else None
