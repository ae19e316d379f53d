"""What a feed asks of those who poll it: how long to wait, and where it would rather call them.

`ttl` of RSS 2.0, the syndication module of RSS 1.0 (`sy:`), and the links of WebSub.
"""

import re
from typing import Any

LONGEST_WAIT = 366 * 86400.0
"""Seconds. A longer wait is a slip of the pen."""

PERIODS = {
    "hourly": 3600.0,
    "daily": 86400.0,
    "weekly": 7 * 86400.0,
    "monthly": 30 * 86400.0,
    "yearly": 365 * 86400.0,
}
"""Seconds in each value of `sy:updatePeriod`."""

_NUMBER = re.compile(r"\d{1,9}(?:\.\d{1,9})?")


def wait_of(ttl: Any, period: Any, frequency: Any) -> float | None:
    """Return for how many seconds a feed asks to be left alone, or `None` where it does not say.

    `ttl` is in minutes; without it, `frequency` updates are expected in each `period`.
    """
    minutes = _number(ttl)
    if minutes:
        return min(minutes * 60, LONGEST_WAIT)
    length = PERIODS.get(str(period or "").strip().lower())
    if length is None:
        return None
    return length / max(_number(frequency) or 1.0, 1.0)


def linked(links: Any, relation: str) -> str:
    """Return the address of the first link of a relation, as feedparser lists links."""
    for link in links or ():
        if relation in str(link.get("rel") or "").lower().split():
            return str(link.get("href") or "")
    return ""


def _number(given: Any) -> float | None:
    found = _NUMBER.fullmatch(str(given or "").strip())
    return float(found.group()) if found else None
