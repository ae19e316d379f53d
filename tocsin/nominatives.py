"""Nominatives: the basic form of a Russian person's name that a text has only in other cases.

The first name, looked up in a list, tells case and gender; the other names follow by their endings,
as the school grammar declines them. Without a known first name nothing is changed: `Марина Коваль`
and `Сергея Коваля` cannot be told apart by endings alone.
"""

import tomllib
from enum import StrEnum
from functools import cache
from importlib.resources import files


class _Gender(StrEnum):
    MASCULINE = "masculine"
    FEMININE = "feminine"


_FIRST_NAME_CASES = (
    ("ия", ("ии", "ию", "ией")),
    ("ья", ("ьи", "ье", "ью", "ьей", "ьёй")),
    ("га", ("ги", "ге", "гу", "гой")),
    ("ка", ("ки", "ке", "ку", "кой")),
    ("а", ("ы", "е", "у", "ой", "ою")),
    ("я", ("и", "е", "ю", "ей")),
    ("ий", ("ия", "ию", "ием", "ии")),
    ("й", ("я", "ю", "ем", "е")),
    ("ь", ("я", "ю", "ем", "е")),
    ("Павел", ("Павла", "Павлу", "Павлом", "Павле")),
    ("Лев", ("Льва", "Льву", "Львом", "Льве")),
    ("", ("а", "у", "ом", "ем", "е")),
)
"""Nominative endings of first names and those of the other cases; the first that fits holds."""

_VOWELS = frozenset("аеёиоуыэюя")

_SURNAME_CASES = {
    _Gender.MASCULINE: (
        *(
            (stem, tuple(stem + each for each in ("а", "у", "ым", "е", "ом")))
            for stem in ("ов", "ев", "ёв", "ин", "ын")
        ),
        ("ский", ("ского", "скому", "ским", "ском")),
        ("цкий", ("цкого", "цкому", "цким", "цком")),
        ("ный", ("ного", "ному", "ным", "ном")),
        ("той", ("того", "тому")),
        ("ич", ("ича", "ичу", "ичем", "ичом", "иче")),
        *((f"{it}й", (f"{it}я", f"{it}ю", f"{it}ем", f"{it}е")) for it in ("а", "е", "и", "о")),
        ("ль", ("ля", "лю", "лем", "ле")),
        ("рь", ("ря", "рю", "рем", "ре")),
    ),
    _Gender.FEMININE: (
        *((f"{it}а", (f"{it}ой", f"{it}у")) for it in ("ов", "ев", "ёв", "ин", "ын")),
        ("ская", ("ской", "скую")),
        ("цкая", ("цкой", "цкую")),
        ("вна", ("вны", "вне", "вну", "вной")),
    ),
}
"""By gender: nominative endings of surnames and patronymics, with those of the other cases."""

_AFTER_CONSONANT = ("ом", "ем", "а", "у", "е")
_SHORTEST_STEM = 2


def nominative(name: str) -> str:
    """Return the nominative of a full name whose first name is a known one in another case.

    A name of one word, in the nominative already, or with an unknown first name stays as it is.
    """
    first, *others = name.split(" ")
    known = _first_names().get(first)
    if not known or not others:
        return name
    lemma, gender = known
    return " ".join([lemma, *(_in_nominative(each, gender) for each in others)])


@cache
def _first_names() -> dict[str, tuple[str, _Gender]]:
    """Map the other cases of all first names to name and gender; what is ambiguous is left out."""
    source = files("tocsin.lists").joinpath("russian_names.toml").read_text(encoding="utf-8")
    table: dict[str, list[str]] = tomllib.loads(source)
    nominatives = {name for gender in _Gender for name in table[gender.value]}
    cases: dict[str, tuple[str, _Gender]] = {}
    ambiguous: set[str] = set()
    for gender in _Gender:
        for name in table[gender.value]:
            for form in _cases_of(name):
                if cases.setdefault(form, (name, gender)) != (name, gender):
                    ambiguous.add(form)
    return {form: it for form, it in cases.items() if form not in ambiguous | nominatives}


def _cases_of(name: str) -> tuple[str, ...]:
    """Decline a first name."""
    for base, others in _FIRST_NAME_CASES:
        if base and name.endswith(base):
            return tuple(name.removesuffix(base) + each for each in others)
    if name[-1] in _VOWELS:
        return ()
    return tuple(name + each for each in _FIRST_NAME_CASES[-1][1])


def _in_nominative(word: str, gender: _Gender) -> str:
    """Return the nominative of a surname or patronymic."""
    for base, others in _SURNAME_CASES[gender]:
        for ending in others:
            if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST_STEM:
                return word.removesuffix(ending) + base
    if gender is _Gender.FEMININE:
        return word
    for ending in _AFTER_CONSONANT:
        stem = word.removesuffix(ending)
        if stem != word and len(stem) > _SHORTEST_STEM and stem[-1] not in _VOWELS | {"ь", "й"}:
            return stem
    return word
