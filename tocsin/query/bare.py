"""Bare words that were meant to be something else: each is refused, and the way out is named."""

import re

from schemas import QueryError
from tocsin.query.date_hints import date_fault
from tocsin.query.signs import COMPARISONS, DASHES, NO_OPERATORS, is_nearness
from tocsin.query.tokens import shown

_SINGLE = "'‘’‚‛‹›＇`"
_SINGLY_QUOTED = re.compile(rf"[{_SINGLE}][^()（）]{{1,80}}?[{_SINGLE}](?![^\s()（）])")
_REGULAR = re.compile(
    r"/(?:[^/\s]{1,200}|[^/]{0,200}[\\^$.|?+*()\[\]{}][^/]{0,200})/[a-z]*(?![^\s()（）])"
)
_RANGE = re.compile(r"[\[{][^\]}\n]{0,80}\sTO\s[^\]}\n]{0,80}[\]}]")
_FUNCTION = re.compile(r"[0-9]{1,3}[nw](?=[(（])", re.IGNORECASE)
_NUMBER = re.compile(r"[0-9]+")

Fault = tuple[str, str]
"""What is wrong, and what to write instead."""


def check_bare(word: str, line: str, column: int) -> None:
    """Refuse a bare word that is no word, by itself or by what follows. Raises `QueryError`."""
    fault = (
        _nearness(word)
        if is_nearness(word)
        else date_fault(word, line, column) or _line_fault(line, column) or _word_fault(word)
    )
    if fault:
        raise QueryError(fault[0], query=line, column=column, hint=fault[1])


def _line_fault(line: str, column: int) -> Fault | None:
    """Say what is wrong with a word that begins something which goes on behind a space or a bracket."""
    quoted = _SINGLY_QUOTED.match(line, column - 1)
    if quoted and " " in quoted[0]:
        phrase = quoted[0].strip(_SINGLE + " ") or "several words"
        return "Single quotation marks make no phrase.", f'Write "{phrase}".'
    if function := _FUNCTION.match(line, column - 1):
        return _nearness(function[0])
    if line.startswith("/", column - 1) and _REGULAR.match(line, column - 1):
        return _NO_REGULAR
    if line[column - 1] in "[{" and _RANGE.match(line, column - 1):
        return _NO_RANGE
    return None


def _word_fault(word: str) -> Fault | None:
    """Say what is wrong with a word by itself."""
    if word in ("and", "or", "not"):
        return (
            f"'{word}' in small letters is a word here, not an operator.",
            f'Write {word.upper()}; or "{word}" in quotation marks, if you mean the word.',
        )
    if re.fullmatch(r"~[0-9]+", word):
        return (
            f"{word} behind a phrase is not understood.",
            f"Write what stands near what: gold NEAR/{word[1:]} mali.",
        )
    compared = _COMPARED.match(word)
    if compared:
        return _comparison(compared[1].lower())
    return next((fault for pattern, fault in _FAULTS if pattern.search(word)), None)


def _comparison(name: str) -> Fault:
    """Say what can be compared."""
    if name in ("copies", "copy"):
        return "copies is compared with a whole number of up to nine digits.", "Write copies>3."
    if name in ("stories", "story"):
        return (
            "There is no number of stories: a story is asked for by its copies.",
            "Write copies>3.",
        )
    return (
        f"There is nothing called {name} to compare.",
        "Compared are copies>3, published>=2026-11 and seen>=2026-11. "
        "If you mean the word, put it in quotation marks.",
    )


def _nearness(word: str) -> Fault:
    """Say how nearness is written."""
    word = shown(word)
    number = _NUMBER.search(word)
    words = min(int(number[0][:9]), 999) if number else 5
    return (
        f"{word} is not understood: nearness is written NEAR/ and a number up to 999.",
        f"Write NEAR/{words} for at most {words} words between, ONEAR/{words} if the order counts, "
        f'or "{word}" in quotation marks, if you mean the word.',
    )


_NO_REGULAR = (
    "Regular expressions are not part of this language.",
    'Write words, a "phrase", or word* for several endings.',
)
_NO_RANGE = (
    "A range in brackets is not understood.",
    "Write published:2026-11-01..2026-11-07, or published>=2026-11-01.",
)
_COMPARED = re.compile(rf"(\w{{1,40}})(?:{COMPARISONS}|!=|≠)")

_FAULTS: tuple[tuple[re.Pattern[str], Fault], ...] = tuple(
    (re.compile(pattern), fault)
    for pattern, fault in (
        (
            rf"^[{DASHES}+]",
            (
                "A sign in front of a word means nothing here.",
                "Write NOT for what must be absent; AND is understood between words.",
            ),
        ),
        (
            r"^~|[~^][0-9.]*$",
            (
                "Fuzziness (~) and weights (^) are not part of this language.",
                "Leave the sign out, or use word* for several endings.",
            ),
        ),
        (r"^/.+/[a-z]*$|^\^|\w\[|\]\w|\.[*+]", _NO_REGULAR),
        (
            r"^@[0-9]+$",
            (
                "So many out of several cannot be asked for.",
                "Write the pairs one by one: (gold AND mali) OR (gold AND mine) OR (mali AND mine).",
            ),
        ),
        (r"^[&|]$", ("A single & or | is no operator.", "Write AND or OR.")),
        (
            r"\||&&",
            (
                "This is read as one word.",
                "Write AND or OR with spaces round it: mali OR niger.",
            ),
        ),
        (
            rf"^(?:{'|'.join(sorted(NO_OPERATORS))})$",
            (
                "There are no operators but AND, OR, NOT, NEAR/5 and ONEAR/5.",
                "Write them one by one, as in mali AND NOT niger; "
                "or put it in quotation marks, if you mean the word.",
            ),
        ),
        (
            r"^:\w",
            (
                "A colon stands right behind the name of a field.",
                "Write it without a space: title:mali.",
            ),
        ),
        (
            r"^[^\W\d]\w*:\S",
            (
                "A field stands inside another one.",
                'Leave one of them out; or put the words in quotation marks: title:"Mali: gold".',
            ),
        ),
        (
            r"^=",
            (
                "= is not understood here.",
                "Write = right in front of the word or phrase that is to be found as it is spelled: "
                '=Wagner, ="Wagner Group".',
            ),
        ),
        (
            r"\\",
            (
                "\\ takes no meaning away.",
                'Put the word or the phrase in quotation marks: "1+1", "(sic)".',
            ),
        ),
        (r"^[\[{][0-9*]", _NO_RANGE),
        (
            r"\?\w",
            (
                "? stands for no letter here.",
                "Write the words that you mean: (woman OR women), or their beginning: wom*.",
            ),
        ),
    )
)
"""By a pattern of the word; the first that fits is told."""
