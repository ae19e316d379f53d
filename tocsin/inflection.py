"""Inflection: which forms a name takes in a language, by rules of endings and not by lists of forms.

The rules are data (`lists/inflection.toml`). A paradigm is a row of endings that replace each other:
with `ия ии ию ией` the name Россия is also found as России, Россию, Россией. Languages that glue
endings together have a pattern (`suffix`) instead. All of it is compared in folded form, so that
diacritics need no rules of their own. Rules cover forms newspapers print, not every form a grammar
allows; a wrong form that nobody writes costs nothing.
"""

import re
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

from schemas import MentionKind
from tocsin.folding import fold
from tocsin.scripts import word_character

VERSION = "2"
"""Counts the changes of rules: part of the alias code version, hence of every rule set's id."""

_VOWELS = frozenset("aeiouyаеиоуыэюяіїєйьαειουωηаәөү")
_ANY_LETTER = "~"
"""In a paradigm: no ending, after vowels too."""

_SHORTEST = 3
_SHORTEST_CAPITALS = 5
"""Shorter words, and shorter acronyms, are not inflected: what is left would be too common."""

_FAMILIES = {
    "nb": "no", "nn": "no", "bs": "hr", "sr": "hr", "sh": "hr", "cnr": "hr", "ms": "id",
    "prs": "fa", "tg": "fa", "iw": "he", "yue": "zh", "wuu": "zh", "tl": "fil", "mo": "ro",
}  # fmt: skip
"""Languages that share their names' forms, or that detectors can't tell apart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """How one language changes names. Paradigms are rows of folded endings, base ending first."""

    words: tuple[tuple[str, ...], ...] = ()
    demonyms: tuple[tuple[str, ...], ...] = ()
    suffix: str = ""
    prefix: str = ""
    demonym_prefix: str = ""
    compounds: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class WordForm:
    """A folded word as a fixed `stem` and the pattern of what may follow it inside the word."""

    stem: str
    rest: str


@lru_cache(maxsize=1024)
def family(language: str) -> str:
    """Reduce a language tag to the code under which its rules and local names are kept."""
    primary = language.replace("_", "-").split("-")[0].lower()
    return _FAMILIES.get(primary, primary)


@lru_cache(maxsize=1)
def _all_rules() -> dict[str, Rules]:
    source = files("tocsin.lists").joinpath("inflection.toml").read_text(encoding="utf-8")
    tables: dict[str, dict[str, Any]] = tomllib.loads(source)
    return {name: _rules(tables[table.get("same_as", name)]) for name, table in tables.items()}


def _rules(table: dict[str, Any]) -> Rules:
    return Rules(
        words=_paradigms(table.get("words", [])),
        demonyms=_paradigms(table.get("demonyms", [])),
        suffix=table.get("suffix", ""),
        prefix=table.get("prefix", ""),
        demonym_prefix=table.get("demonym_prefix", ""),
        compounds=table.get("compounds", False),
    )


def _paradigms(rows: list[str]) -> tuple[tuple[str, ...], ...]:
    """Fold the rows and sort them so that the longest base ending is tried first."""
    folded = [
        tuple(dict.fromkeys("" if each == "-" else fold(each).text for each in row.split()))
        for row in rows
    ]
    return tuple(sorted(folded, key=lambda row: -len(row[0].strip(_ANY_LETTER))))


def rules_of(language: str) -> Rules:
    """Find the rules of a language; a language without any leaves names as they are."""
    return _all_rules().get(family(language), Rules())


def inflect(word: str, language: str, kind: MentionKind) -> WordForm:
    """Say which forms of a written `word` count in `language`."""
    folded = fold(word).text
    shortest = _SHORTEST_CAPITALS if word.isupper() and len(word) > 1 else _SHORTEST
    rules = rules_of(language)
    is_people = kind in (MentionKind.DEMONYM, MentionKind.MEMBER)
    if len(folded) < shortest or not folded[-1:].isalpha():
        return WordForm(stem=folded, rest=_suffix(rules, folded) if folded[-1:] > "\u0900" else "")
    row = _fitting(rules.demonyms, folded) if is_people else None
    row = row or _fitting(rules.words, folded)
    if row is None:
        return WordForm(stem=folded, rest=_suffix(rules, folded))
    stem = folded[: len(folded) - len(row[0])]
    endings = sorted(row, key=lambda ending: (-len(ending), ending))
    pattern = "|".join(re.escape(ending) for ending in endings)
    return WordForm(stem=stem, rest=f"(?:{pattern}){_suffix(rules, folded)}")


def _suffix(rules: Rules, folded: str) -> str:
    """Spell out the pattern of what is glued on: `W` is a character that continues the word."""
    return rules.suffix.replace("W", word_character(folded[-1:]) or ".") if rules.suffix else ""


def _fitting(paradigms: tuple[tuple[str, ...], ...], folded: str) -> tuple[str, ...] | None:
    """Find the paradigm of the longest base ending that the word has and that leaves a stem."""
    for row in paradigms:
        base = row[0]
        if base == _ANY_LETTER:
            return ("", *row[1:])
        if base and folded.endswith(base) and len(folded) - len(base) >= 2:
            return row
        if not base and folded[-1] not in _VOWELS and _same_script(folded, row):
            return row
    return None


def _same_script(folded: str, row: tuple[str, ...]) -> bool:
    """Tell whether the endings are written in the script of the word."""
    return any((each[0] < "\u0250") == (folded[-1] < "\u0250") for each in row if each)
