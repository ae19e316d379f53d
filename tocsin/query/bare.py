"""Bare words that were meant to be something else: each is refused, and the way out is named."""

import re

from schemas import QueryError
from tocsin.query.signs import is_nearness

_SINGLY_QUOTED = re.compile(r"['‘’‚‛‹›][^()（）]{1,80}?['‘’‛‹›](?![^\s()（）])")
_NUMBER = re.compile(r"[0-9]+")


def check_bare(word: str, line: str, column: int) -> None:
    """Refuse a bare word that is no word. Raises `QueryError`."""
    fault = _fault(word)
    if fault:
        raise QueryError(fault[0], query=line, column=column, hint=fault[1])
    quoted = _SINGLY_QUOTED.match(line, column - 1)
    if quoted and " " in quoted[0]:
        raise QueryError(
            "Single quotation marks make no phrase.",
            query=line,
            column=column,
            hint=f'Write "{quoted[0][1:-1].strip()}".',
        )


def _fault(word: str) -> tuple[str, str] | None:
    """Say what is wrong with a bare word, and what to write instead."""
    if word in ("and", "or", "not"):
        return (
            f"'{word}' in small letters is a word here, not an operator.",
            f'Write {word.upper()}; or "{word}" in quotation marks, if you mean the word.',
        )
    if is_nearness(word):
        return _nearness(word)
    if word[0] in "-+":
        return (
            f"'{word[0]}' in front of a word means nothing here.",
            "Write NOT for what must be absent; AND is understood between words.",
        )
    if re.fullmatch(r"~[0-9]+", word):
        return (
            f"{word} behind a phrase is not understood.",
            f"Write what stands near what: gold NEAR/{word[1:]} mali.",
        )
    if word[0] == "~" or re.search(r"[~^][0-9.]*$", word):
        return (
            "Fuzziness (~) and weights (^) are not part of this language.",
            "Leave the sign out, or use word* for several endings.",
        )
    if re.fullmatch(r"/.+/[a-z]*", word):
        return (
            "Regular expressions are not part of this language.",
            'Write words, a "phrase", or word* for several endings.',
        )
    return _sign_fault(word)


def _sign_fault(word: str) -> tuple[str, str] | None:
    """Say what is wrong with signs that stand where they mean nothing."""
    if re.match(r"copies[<>=]", word, re.IGNORECASE):
        return "copies is compared with a whole number of up to nine digits.", "Write copies>3."
    if re.match(r"stories[<>=]", word, re.IGNORECASE):
        return (
            "There is no number of stories: a story is asked for by its copies.",
            "Write copies>3.",
        )
    if word in ("&", "|"):
        return f"A single {word} is no operator.", "Write AND or OR."
    if word[0] == "=":
        return (
            f"{word} is not understood.",
            'Write = right in front of the word or phrase that is to be found as it is spelled: =Wagner, ="Wagner Group".',
        )
    if "\\" in word:
        return (
            "\\ takes no meaning away.",
            'Put the word or the phrase in quotation marks: "1+1", "(sic)".',
        )
    if re.match(r"[\[{][0-9*]", word):
        return (
            "A range in brackets is not understood.",
            "Write published:2026-11-01..2026-11-07, or published>=2026-11-01.",
        )
    if re.search(r"\w\?\w", word):
        return (
            "? stands for no letter here.",
            "Write the words that you mean: (woman OR women), or their beginning: wom*.",
        )
    return None


def _nearness(word: str) -> tuple[str, str]:
    """Say how nearness is written."""
    number = _NUMBER.search(word)
    words = min(int(number[0][:9]), 999) if number else 5
    return (
        f"{word} is not understood: nearness is written NEAR/ and a number up to 999.",
        f"Write NEAR/{words} for at most {words} words between, ONEAR/{words} if the order counts, "
        f'or "{word}" in quotation marks, if you mean the word.',
    )
