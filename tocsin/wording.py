"""Wording: hostile text made fit to be shown to people, in one line, cut, and with the names set off.

Nothing here is markup yet: what a channel takes for markup is escaped where that channel is written.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

from schemas import EPOCH

LONGEST_SUBJECT = 150
"""Characters of a subject: about what programs for mail show."""

LONGEST_TITLE = 300
"""Characters of a title."""

PLACE = "{alert}"
"""Stands in the pattern of a link where the id of an alert comes."""

_UNSEEN = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f"  # controls that are no white space
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # what turns the direction of text round
    "\ufeff\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]"  # what is no character, and the byte order mark
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A piece of a line: marked where it is a name that rang, a link where `link` is not empty."""

    text: str
    marked: bool = False
    link: str = ""


def clean(text: str) -> str:
    """Put text into one line without anything that is not seen but changes what is seen."""
    return " ".join(_UNSEEN.sub("", text).split())


def cut(text: str, longest: int) -> str:
    """Cut clean text at a word, or where there are no spaces at a character, and say so by an ellipsis."""
    if len(text) <= longest:
        return text
    kept = text[: longest - 1]
    word = kept.rpartition(" ")[0]
    return f"{(word if len(word) > longest // 2 else kept).rstrip(' ,;:–—-')}…"


def marked(sentence: str, surfaces: Collection[str]) -> tuple[Span, ...]:
    """Set off names in a sentence; whole words before parts of words. Both are cleaned first."""
    text = clean(sentence)
    wanted = sorted({clean(each) for each in surfaces} - {""}, key=lambda it: (-len(it), it))
    places = [place for each in wanted for place in _places(text, each)]
    spans: list[Span] = []
    at = 0
    for start, end in sorted(places, key=lambda place: (place[0], -place[1])):
        if start < at:
            continue
        if start > at:
            spans.append(Span(text=text[at:start]))
        spans.append(Span(text=text[start:end], marked=True))
        at = end
    if at < len(text):
        spans.append(Span(text=text[at:]))
    return tuple(spans)


def _places(text: str, surface: str) -> list[tuple[int, int]]:
    name = re.escape(surface)
    whole = [each.span() for each in re.finditer(rf"(?<!\w){name}(?!\w)", text)]
    return whole or [each.span() for each in re.finditer(name, text)][:1]


def moment(instant: datetime | None, without: str = "") -> str:
    """Write an instant for people, to the minute in UTC; `without` where there is none."""
    if instant is None or instant == EPOCH:
        return without
    return f"{instant.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def counted(number: int, one: str, many: str = "") -> str:
    """Write a number with its noun."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def link_to(pattern: str, alert: str) -> str:
    """Write the URL at which an alert is explained; `''` where there is no pattern of such URLs."""
    return pattern.replace(PLACE, alert)


def web_link(url: str) -> str:
    """Return a URL if it may be followed, which only addresses of the web may; else an empty text."""
    try:
        parts = urlsplit(url)
        is_web = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        return ""
    return url if is_web and clean(url) == url and " " not in url else ""
