"""Sentences: where they begin and end, in any script, in time linear in the text.

Line breaks always end a sentence. A full stop does not when an abbreviation or an initial stands
before it or a small letter behind it. Scripts without sentence stops or spaces (Thai, Lao, Khmer)
end sentences at line breaks only; `sentence_around` keeps what is shown of them short.
"""

import re

from tocsin.lists import words

_LINE = "\n\r\x0b\x0c\x85\u2028\u2029"
_STOPS = ".!?…؟۔।॥။።፧։"
_WIDE_STOPS = "。！？｡．"
_CLOSERS = "\"'»”’›)\\]」』）》"
_BREAK = re.compile(f"[{_LINE}]+|[{_STOPS}{_WIDE_STOPS}]+(?:[{_CLOSERS}]|[ \u00a0\u202f]»)*")
_OPENERS = "\"'«“‘„([¿¡-–—\n\t\u00a0"
_AFTER = re.compile(r"[\s\"'«“‘„(\[¿¡–—-]*([^\W_]*)")
_NEAR = 40
"""Characters looked at on either side of a full stop: longer words are no abbreviations."""

WIDEST = 400
"""Longest sentence shown as evidence, in characters; of a longer one the part around the span."""

_REACH = 1200
"""Characters on either side of a span in which its sentence is looked for."""


_ABBREVIATIONS = words("abbreviations.txt")
STARTERS = words("sentence_starters.txt")
"""Words that begin sentences and are never names."""

_MONTHS = words("months.txt")


def sentences(text: str) -> tuple[tuple[int, int], ...]:
    """Split a text into sentences: half-open spans, in order, without surrounding white space."""
    spans: list[tuple[int, int]] = []
    start = 0
    for match in _BREAK.finditer(text):
        sign = match.group()[0]
        if sign in _LINE or sign in _WIDE_STOPS or _ends(text, match):
            _append(spans, text, start, match.end())
            start = match.end()
    _append(spans, text, start, len(text))
    return tuple(spans)


def _append(spans: list[tuple[int, int]], text: str, start: int, end: int) -> None:
    """Add the span without its white space, unless nothing is left."""
    inside = text[start:end]
    left = len(inside) - len(inside.lstrip())
    right = len(inside.rstrip())
    if right > left:
        spans.append((start + left, start + right))


def _ends(text: str, stop: re.Match[str]) -> bool:
    """Tell whether this run of stops ends a sentence."""
    end = stop.end()
    if end < len(text) and not text[end].isspace() and stop.group()[0] in ".!?…":
        return False
    following = _AFTER.match(text, end, end + _NEAR)
    word = following.group(1) if following else ""
    if word[:1].islower():
        return False
    if stop.group() != ".":
        return True
    before = text[max(0, stop.start() - _NEAR) : stop.start()].rpartition(" ")[2]
    return not _is_abbreviation(before.lstrip(_OPENERS), word)


def _is_abbreviation(before: str, following: str) -> bool:
    """Tell whether `before` is cut short by its full stop, given the word that follows it."""
    lower, after = before.lower(), following.lower()
    if before.isdigit():
        return len(before) <= 2 and after in _MONTHS
    if lower in _ABBREVIATIONS:
        return True
    is_initial = (len(before) == 1 and before.isalpha()) or "." in before
    return is_initial and (len(after) == 1 or after not in STARTERS)


def sentence_around(text: str, start: int, end: int) -> tuple[int, int]:
    """Find the sentence around [start, end), cut to `WIDEST` characters at word boundaries."""
    low = max(0, start - _REACH)
    window = text[low : end + _REACH]
    for first, last in sentences(window):
        if first + low <= start and end <= last + low:
            return shorten(text, (first + low, last + low), start, end)
    return shorten(text, (low, min(len(text), end + _REACH)), start, end)


def shorten(text: str, sentence: tuple[int, int], start: int, end: int) -> tuple[int, int]:
    """Cut a sentence to `WIDEST` characters around [start, end), where possible at spaces."""
    first, last = sentence
    if last - first <= WIDEST:
        return sentence
    room = max(0, WIDEST - (end - start))
    low = max(first, min(start - room // 2, last - WIDEST))
    low = min(low, start)
    high = min(last, max(end, low + WIDEST))
    if low > first:
        space = text.find(" ", low, start)
        low = space + 1 if space >= 0 else low
    if high < last:
        space = text.rfind(" ", end, high)
        high = space if space >= 0 else high
    return low, high
