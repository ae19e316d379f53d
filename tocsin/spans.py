"""Spans: where a recogniser says a name stands in one field, and how doubtful ones are mended.

Models cut names badly: with titles, articles and possessives, over line breaks, around dates. This
module trims them, and decides between a model and the gazetteer where the two overlap. It knows
nothing of articles: offsets are code points of the one text given.
"""

import re
import tomllib
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib.resources import files

from schemas import EntityType

_WORDS = tomllib.loads(
    files("tocsin.lists").joinpath("entity_words.toml").read_text(encoding="utf-8")
)


def _alternatives(*keys: str) -> str:
    """Make a regular expression of the words under the keys, longest first."""
    words = sorted({each for key in keys for each in _WORDS[key]}, key=lambda it: (-len(it), it))
    return "|".join(map(re.escape, words))


_TITLE = re.compile(rf"(?:{_alternatives('titles')})(?!\w)\.?\s*", re.IGNORECASE)
_ARTICLE = re.compile(
    rf"(?:(?:{_alternatives('articles')})\s+|(?:{_alternatives('elided')})['’]|The\s+)"
)
_CONNECTION = re.compile(
    rf"(?:\W|\d|_|\b(?:{_alternatives('articles', 'elided', 'connections', 'titles')})\b)*",
    re.IGNORECASE,
)
_POSSESSIVE = re.compile(r"(?:['’‘`]s|(?<=s)['’])\Z")
OPENERS = frozenset(_WORDS["openers"])
"""Words that are capitalised only because a sentence begins with them; casefolded."""

_CALENDAR = frozenset(_WORDS["calendar"])
_EDGE = " \t\r\n\f\v\u00a0\u202f\"'«»“”„‘’`´()[]{}<>*•·|/\\,;:!?…—–-_=+~#&"
_NOT_A_NAME = re.compile(r"[\n\r\u2028\u2029]|https?:|www\.|@|[<>{}|\\=]")
_BREAK = re.compile(r"[\n\r\u2028\u2029]+")
_LETTER = re.compile(r"[^\W\d_]")

LONGEST = 100
"""Longest name believed, in characters; what is longer is a list or a broken sentence."""

MOST_WORDS_OF_A_PERSON = 6
"""Full names of persons have up to six parts; what has more is several persons, or none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """One name at [start, end) of a text. `name` and `id` are empty where nobody knows better."""

    start: int
    end: int
    type: EntityType
    name: str = ""
    id: str = ""
    model: str = ""

    @property
    def order(self) -> tuple[int, int, str]:
        """Sort key: by place, then by type."""
        return (self.start, self.end, self.type.value)


def tidy(text: str, span: Span) -> Span | None:
    """Trim what does not belong to the name; None if no name is left."""
    start, end = _trimmed(text, *_longest_line(text, span.start, span.end))
    if span.type is EntityType.PERSON:
        start = _after(_TITLE, text, start, end)
    else:
        start = _after(_ARTICLE, text, start, end)
    possessive = _POSSESSIVE.search(text[start:end])
    if possessive:
        end = start + possessive.start()
    start, end = _closed(text, *_trimmed(text, start, _before_bracket(text, start, end)))
    if start >= end or not _is_name(text[start:end], span.type):
        return None
    return replace(span, start=start, end=end)


def _longest_line(text: str, start: int, end: int) -> tuple[int, int]:
    """Keep the longest part of [start, end) without a line break, the first of equals."""
    best = (start, start)
    for match in [*_BREAK.finditer(text, start, end), None]:
        stop = match.start() if match else end
        if stop - start > best[1] - best[0]:
            best = (start, stop)
        start = match.end() if match else end
    return best


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """Take away quotes, brackets and stops at both ends, but not the stop of an abbreviation."""
    while start < end and text[start] in _EDGE + ".":
        start += 1
    while start < end and (
        text[end - 1] in _EDGE or (text[end - 1] == "." and not _is_abbreviation(text[start:end]))
    ):
        end -= 1
    return start, end


def _before_bracket(text: str, start: int, end: int) -> int:
    """Move the end before a bracket that the span opens and does not close."""
    opened = text.rfind("(", start, end)
    return end if opened < 0 or text.find(")", opened, end) >= 0 else opened


def _closed(text: str, start: int, end: int) -> tuple[int, int]:
    """Take in the closing quote or bracket right behind, where the span has opened it."""
    for opening, closing in ("«»", "“”", "()", "„“"):
        if text.count(opening, start, end) > text.count(closing, start, end):
            end += text[end : end + 1] == closing
    return start, end


def _is_abbreviation(name: str) -> bool:
    """Tell whether the stop at the end belongs to the name: U.N., Jr., Co."""
    last = name.split()[-1]
    return last.count(".") > 1 or last in {"Jr.", "Sr.", "Inc.", "Co.", "Corp.", "Ltd."}


def _after(pattern: re.Pattern[str], text: str, start: int, end: int) -> int:
    """Move the start behind what the pattern matches, as often as it matches."""
    while match := pattern.match(text, start, end):
        if match.end() in {start, end}:
            break
        start = match.end()
    return start


def _is_name(name: str, kind: EntityType) -> bool:
    """Tell whether the words can be a name at all: not a date, number, address or plain word."""
    letters = _LETTER.findall(name)
    if len(name) > LONGEST or len(letters) < 2 or _NOT_A_NAME.search(name):
        return False
    if name.casefold() in _CALENDAR or name == name.lower() != name.upper():
        return False
    if kind is not EntityType.PERSON:
        return name[0].isalnum()
    first = name[0]
    return (
        (not first.islower() or " " in name)
        and not any(each.isdigit() for each in name)
        and len(name.split()) <= MOST_WORDS_OF_A_PERSON
    )


def without_overlaps(spans: Sequence[Span]) -> list[Span]:
    """Keep of overlapping spans the first, of those that begin together the longest."""
    kept: list[Span] = []
    for span in sorted(spans, key=lambda it: (it.start, -it.end, it.type.value)):
        if not kept or span.start >= kept[-1].end:
            kept.append(span)
    return kept


def reconcile(text: str, known: Sequence[Span], guessed: Sequence[Span]) -> list[Span]:
    """Join what the gazetteer knows with what a model guessed, without overlaps, in order.

    What is known wins, unless the guess is a longer name that only contains it (`Bank of China`,
    `Joe Niger`). Of a guess that begins or ends with something known and a title or a comma, the
    rest is kept (`Niger President Mohamed Bazoum`). `known` must be in order, without overlaps.
    """
    kept: list[Span] = []
    beaten: set[Span] = set()
    starts, ends = [it.start for it in known], [it.end for it in known]
    for guess in without_overlaps([each for it in guessed if (each := tidy(text, it))]):
        first = bisect_right(ends, guess.start)
        inside = known[first : bisect_left(starts, guess.end)]
        if not inside:
            kept.append(guess)
        elif _contains_by_chance(text, guess, inside):
            kept.append(guess)
            beaten.update(inside)
        else:
            kept += _rest(text, guess, inside)
    kept += [it for it in known if it not in beaten]
    return sorted(without_overlaps(kept), key=lambda it: it.order)


def _contains_by_chance(text: str, guess: Span, inside: Sequence[Span]) -> bool:
    """Tell whether the guess is a longer name of its own, of which the known ones are a part."""
    if inside[0].start < guess.start or inside[-1].end > guess.end:
        return False
    if _CONNECTION.fullmatch(_without(text, guess, inside)):
        return False
    if guess.type is EntityType.PERSON:
        before = text[guess.start : inside[0].start]
        return len(inside) == 1 and inside[0].end == guess.end and _is_plain(before)
    if guess.type is EntityType.ORGANISATION:
        return not any(each in text[guess.start : guess.end] for each in ",;:—–(/")
    return guess.type in {EntityType.PLACE, EntityType.EVENT} and all(
        word[:1].isupper() for word in text[guess.start : guess.end].split(" ")
    )


def _is_plain(before: str) -> bool:
    """Tell whether only capitalised words, parted by single spaces, stand before."""
    words = before.split(" ")
    return len(words) > 1 and not words[-1] and all(it[:1].isupper() for it in words[:-1])


def _without(text: str, guess: Span, inside: Sequence[Span]) -> str:
    """Return the words of the guess that no known name covers."""
    pieces: list[str] = []
    done = guess.start
    for span in inside:
        pieces.append(text[done : max(done, span.start)])
        done = max(done, span.end)
    return " ".join([*pieces, text[done : guess.end]])


def _rest(text: str, guess: Span, inside: Sequence[Span]) -> list[Span]:
    """Keep of a person what stands before or after the known names, if it is a name by itself."""
    if guess.type is not EntityType.PERSON:
        return []
    parts = [
        replace(guess, start=guess.start, end=max(guess.start, inside[0].start)),
        replace(guess, start=min(guess.end, inside[-1].end), end=guess.end),
    ]
    named = [each for it in parts if it.start < it.end and (each := tidy(text, it))]
    return [it for it in named if " " in text[it.start : it.end]]
