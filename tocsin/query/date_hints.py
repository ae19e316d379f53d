"""What to write in place of something that is no date: as other tools, and other hands, write them."""

import re
from collections.abc import Callable

from tocsin.query.nodes import Clock

USUAL = "Write a year, a month, a day or a minute (UTC): 2026-11-01, 2026-11-01..2026-11-07."

_DATE = r"\d{4}(?:-\d{2}(?:-\d{2}(?:T\d{2}:\d{2})?)?)?"
_BEHIND_A_DATE = re.compile(rf"(published|seen)\s*[:<>=≤≥]+\s*({_DATE}) +$", re.IGNORECASE)
_BRACKETED = re.compile(rf"[\[{{]({_DATE}) +TO +({_DATE})[\]}}]")
_BRACKETS = re.compile(r"[\[{][^\]}]{0,40} TO ")
_OPEN_END = re.compile(rf"({_DATE})\.\.$")
_OPEN_BEGINNING = re.compile(rf"\.\.({_DATE})")
_FARTHEST = 40
"""Characters that are looked back for a date."""


def date_hint(clock: Clock, line: str, column: int, text: str) -> str:
    """Guess which date was meant by `text`, which stands at `column`."""
    before, rest = line[max(0, column - _FARTHEST) : column - 1], line[column - 1 :]
    if found := _BRACKETED.match(rest):
        return _range(clock, found)
    if _BRACKETS.match(rest):
        return f"Write a range with two dots: {clock}:2026-11-01..2026-11-07."
    if not text and (found := _OPEN_END.search(before)):
        return _from(clock, found)
    if not text and (found := _OPEN_BEGINNING.match(rest)):
        return _until(clock, found)
    if before.endswith("=") and text[:1] in ("<", ">"):
        text = f"={text}"
    for pattern, hint in _HINTS:
        if found := pattern.fullmatch(text):
            return hint(clock, found)
    return USUAL


def date_fault(word: str, line: str, column: int) -> tuple[str, str] | None:
    """Say what is wrong with a word that goes on with a date: `published:2026-11-01 13:30`."""
    before = _BEHIND_A_DATE.search(line[max(0, column - _FARTHEST) : column - 1])
    if not before:
        return None
    written = f"{before[1].lower()}:{before[2]}"
    if re.fullmatch(r"\d{1,2}:\d{2}(?::\d{2})?Z?", word):
        said = f"{word} is no part of the date."
        return said, f"Write the time behind a T: {written}T{word[:5]:0>5}."
    if re.fullmatch(r"TO|to|until|-{1,2}|–|—|\.{2,3}|…", word):
        return f"{word} makes no range.", f"Write two dots without spaces: {written}..2026-11-07."
    return None


def _day(year: str, month: str, day: str) -> str:
    """Write a day, whichever of the two was which, if only one can be the month."""
    if int(month) > 12 >= int(day):
        month, day = day, month
    return f"{year}-{month:0>2}-{day:0>2}"


def _year_first(_: Clock, found: re.Match[str]) -> str:
    return f"Write the year first: {_day(found[3], found[2], found[1])}."


def _with_hyphens(_: Clock, found: re.Match[str]) -> str:
    written = _day(found[1], found[2], found[3]) if found[3] else f"{found[1]}-{found[2]:0>2}"
    return f"Write it with hyphens, and two digits each: {written}."


def _range(clock: Clock, found: re.Match[str]) -> str:
    return f"Write a range with two dots: {clock}:{found[1]}..{found[2]}."


def _shortened(clock: Clock, found: re.Match[str]) -> str:
    return f"Write a range with two dots: {clock}:{found[1]}{found[2]}..{found[1]}{found[3]}."


def _from(clock: Clock, found: re.Match[str]) -> str:
    return f"Write {clock}>={found[1]} for that day and all after it."


def _until(clock: Clock, found: re.Match[str]) -> str:
    return f"Write {clock}<={found[1]} for that day and all before it."


def _to_the_minute(_: Clock, found: re.Match[str]) -> str:
    return f"Minutes are the finest, all of them in UTC: {found[1]}."


def _hour(clock: Clock, found: re.Match[str]) -> str:
    return f"Write the minutes too: {clock}:{found[1]}:00..{found[1]}:59."


def _compared(clock: Clock, found: re.Match[str]) -> str:
    sign = {"=>": ">=", "=<": "<="}.get(found[1], found[1])
    return f"Write one sign, and no colon before it: {clock}{sign}{found[2]}."


def _colon(clock: Clock, found: re.Match[str]) -> str:
    return f"A range stands behind a colon: {clock}:{found[1]}."


def _lasting(clock: Clock, _: re.Match[str]) -> str:
    return (
        "A query means the same whenever it is asked: there is no today and no last week. "
        f"Write a date: {clock}>=2026-11-01, {clock}:2026-11-01..2026-11-07."
    )


_HINTS: tuple[tuple[re.Pattern[str], Callable[[Clock, re.Match[str]], str]], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), hint)
    for pattern, hint in (
        (r"(\d{1,2})[./-](\d{1,2})[./-](\d{4})", _year_first),
        (r"(\d{4}-(?:\d{2}-(?:\d{2}T)?)?)(\d{2}(?::\d{2})?)/(\d{2}(?::\d{2})?)", _shortened),
        (rf"(?!{_DATE}$)(\d{{4}})[-./年](\d{{1,2}})(?:[-./月](\d{{1,2}})日?|月)?", _with_hyphens),
        (r"(\d{4})(0[1-9]|1[0-2])([0-3]\d)?", _with_hyphens),
        (rf"({_DATE})(?:/|TO|-{{1,2}}|–|—|…|\.{{3,}})({_DATE})", _range),
        (rf"\.+{_DATE}", lambda *_: "Write two dots between the dates."),
        (rf"({_DATE})/", _from),
        (rf"/({_DATE})", _until),
        (r"(\d{4}-\d{2}-\d{2}T\d{2}:\d{2})(?::\d{2}\S{0,20}|[+-]\d{2}:?\d{2})", _to_the_minute),
        (r"(\d{4}-\d{2}-\d{2}T\d{2})", _hour),
        (rf"([<>]=?|=[<>])({_DATE})", _compared),
        (rf"({_DATE}\.\.{_DATE})", _colon),
        (r"P\S{0,40}|[a-z]\D{0,40}\S{0,20}|\d{1,3}[a-z]+", _lasting),
    )
)
"""By a pattern of what was written; the first that fits is told."""
