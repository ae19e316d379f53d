"""What came back from a fetch, and what its headers say about asking again."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from schemas import EPOCH

LONGEST_DELAY = 86_400.0
"""Seconds. No server can send us away, or ask us to keep what we have, for longer than a day."""

PERMANENT = (301, 308)
REDIRECTS = (301, 302, 303, 307, 308)
SAME_METHOD = (307, 308)
"""Redirects that a POST follows; by the others it would become a GET."""

_SECONDS = re.compile(r"[0-9]{1,12}")
_MAX_AGE = re.compile(r"(?i)(?:^|,)\s*max-age\s*=\s*\"?([0-9]{1,12})\"?\s*(?:,|$)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Hop:
    """One redirect on the way: the URL that was asked, and the status it answered."""

    url: str
    status: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """An answer, whatever its status.

    `requested` was asked for, `url` answered after `redirects`. `headers` are by lower-case name, those
    of one name joined by commas; `http_headers` as they came. `body` is unpacked, `raw` as it came but
    without chunks; `is_whole` tells that neither was cut. `seconds` is the time from the first byte sent
    to the last received, waiting for turns not counted. `sent`, `reason`, `version` and `at` are
    for the archive.
    """

    requested: str
    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes = b""
    raw: bytes = b""
    http_headers: tuple[tuple[str, str], ...] = ()
    redirects: tuple[Hop, ...] = ()
    seconds: float = 0.0
    is_whole: bool = True
    sent: tuple[tuple[str, str], ...] = ()
    reason: str = ""
    version: str = "HTTP/1.1"
    at: datetime = EPOCH

    @property
    def retry_after(self) -> float | None:
        """Say in how many seconds the server wants to be asked again; `None` where it says nothing."""
        return delay(self.headers.get("retry-after", ""), self._said_at)

    @property
    def max_age(self) -> float | None:
        """Say for how many seconds the answer holds (Cache-Control), a day at most."""
        found = _MAX_AGE.search(self.headers.get("cache-control", ""))
        return min(float(found[1]), LONGEST_DELAY) if found else None

    @property
    def moved_to(self) -> str:
        """Say where the page has moved for good; `''` where it has not, or not certainly.

        Every redirect on the way must be permanent, the answer good, and what was asked for encrypted
        must not have moved to where it is not.
        """
        if not self.redirects or not (200 <= self.status < 300 or self.status == 304):
            return ""
        is_downgrade = self.redirects[0].url.startswith("https:") and self.url.startswith("http:")
        if is_downgrade or any(hop.status not in PERMANENT for hop in self.redirects):
            return ""
        return self.url

    @property
    def _said_at(self) -> datetime:
        """Read the server's clock where it shows it, for its dates are by that."""
        return _date(self.headers.get("date", "")) or self.at


def delay(text: str, now: datetime) -> float | None:
    """Read a Retry-After: seconds, or a date. `None` for what is past, negative or neither."""
    text = text.strip()
    if _SECONDS.fullmatch(text):
        return min(float(text), LONGEST_DELAY)
    until = _date(text)
    if until is None or until < now:
        return None
    return min((until - now).total_seconds(), LONGEST_DELAY)


def _date(text: str) -> datetime | None:
    """Read a date of HTTP, which is always in UTC; `None` where it is none."""
    if not text or len(text) > 64:
        return None
    try:
        found = parsedate_to_datetime(text)
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError, TypeError, IndexError):
        return None
