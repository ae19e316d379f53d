"""Timetables that people write: digests by cron, hours of quiet; and what is wrong with them."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import fields
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from cronsim import CronSim, CronSimError

from schemas import Digest, QuietHours
from tocsin.query.fields import nearest

_LONGEST_CRON = 100
_FIELDS = 5
_HOUR = re.compile(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]")
_LEAP_YEAR = datetime(2024, 1, 1, tzinfo=UTC)

# It names whatever the machine is set to, which others would read otherwise.
_NOT_EVERYWHERE = "localtime"


def digest_faults(table: Mapping[str, Any]) -> Iterator[str]:
    """Find what is wrong with a digest, given as keys and values."""
    yield from _key_faults("digest", table, Digest, needed=("cron",))
    cron, even_empty = table.get("cron"), table.get("even_empty", False)
    if isinstance(cron, str):
        yield from _cron_faults(cron)
    if not isinstance(even_empty, bool):
        yield "digest: even_empty must be true or false"


def quiet_faults(table: Mapping[str, Any]) -> Iterator[str]:
    """Find what is wrong with quiet hours, given as keys and values."""
    yield from _key_faults("quiet", table, QuietHours, needed=("start", "end"))
    for key in ("start", "end"):
        hour = table.get(key)
        if isinstance(hour, str) and not _HOUR.fullmatch(hour):
            yield f"quiet: {key} {hour!r} is not HH:MM, from 00:00 to 23:59"
    if "start" in table and table.get("start") == table.get("end"):
        yield "quiet: start and end are the same: to be sent nothing at all, say paused = true"


def _key_faults(
    name: str, table: Mapping[str, Any], record: type, needed: tuple[str, ...]
) -> Iterator[str]:
    """Find keys that are unknown or missing, texts that are none, and a time zone that nobody knows."""
    known = [each.name for each in fields(record)]
    for key, value in table.items():
        if key not in known:
            near = nearest(key, known)
            hint = f"did you mean {near!r}?" if near else f"known are {', '.join(known)}"
            yield f"{name}: unknown key {key!r}: {hint}"
        elif key != "even_empty" and not isinstance(value, str):
            yield f"{name}: {key} must be text in quotation marks"
        elif key == "timezone" and not _is_timezone(value):
            near = nearest(value, sorted(available_timezones()))
            hint = f"did you mean {near!r}?" if near else "write one such as 'Africa/Bamako'"
            yield f"{name}: unknown time zone {value!r}: {hint}"
    for key in needed:
        if key not in table:
            yield f"{name}: {key} is missing"


def _is_timezone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ValueError, KeyError, OSError):  # no such name, no such file, a folder
        return False
    return name != _NOT_EVERYWHERE


def _cron_faults(cron: str) -> Iterator[str]:
    said = f"digest: cron {cron[:_LONGEST_CRON]!r}"
    parts = cron.split()
    if len(cron) > _LONGEST_CRON or len(parts) != _FIELDS:
        yield f"{said}: write minute, hour, day, month and weekday, as in '0 7 * * *' (daily at 7)"
        return
    try:
        if next(CronSim(cron, _LEAP_YEAR), None) is None:
            yield f"{said}: such a day never comes"
    except CronSimError as error:
        yield f"{said}: {str(error)[:1].lower()}{str(error)[1:]}"
