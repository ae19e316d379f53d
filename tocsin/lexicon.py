"""Lexicon: the known names of places and organisations, compiled for articles of one language.

What is known comes from the packaged list `lists/gazetteer.toml` and, for countries, from CLDR in
the language of the article. The list goes first: it corrects CLDR.
"""

import tomllib
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

from ahocorasick_rs import AhoCorasick

from schemas import EntityType
from tocsin.inflection import rules_of
from tocsin.place_names import case_forms, country_names
from tocsin.text import fold


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """One known thing. `forms` are enough alone; `weak` ones need a strong one or `company`.

    `company` lists names or ids of other known things. `personal` names are also borne by persons. What has
    no name is found only to keep others from being found inside it.
    """

    name: str
    type: EntityType
    forms: tuple[str, ...]
    id: str = ""
    weak: tuple[str, ...] = ()
    company: frozenset[str] = frozenset()
    personal: bool = False


@dataclass(frozen=True, slots=True)
class Form:
    """One way to write a known name, as it was declared."""

    known: Known
    is_weak: bool
    acronym: str
    """The form itself where it must be written just so, else empty."""
    capitals: tuple[bool, ...]
    """Of each word, whether it must have a capital."""


@dataclass(frozen=True, slots=True)
class Lexicon:
    """All forms of one language; the patterns of the automaton are numbered like `forms`."""

    automaton: AhoCorasick
    forms: tuple[Form, ...]
    suffix: str
    """Pattern of what the language glues on behind names, empty for most."""


@cache
def _listed() -> tuple[tuple[Known, ...], frozenset[str]]:
    """Read the packaged list: what is known, and which country codes are personal names too."""
    content = files("tocsin.lists").joinpath("gazetteer.toml").read_text(encoding="utf-8")
    table = tomllib.loads(content)
    nothing = Known(name="", type=EntityType.OTHER, forms=tuple(table["nothing"]))
    personal = frozenset(table["personal_countries"])
    known = [_known(kind, it, personal) for kind in ("place", "organisation") for it in table[kind]]
    return (nothing, *known), personal


def _known(kind: str, entry: dict[str, Any], personal: frozenset[str]) -> Known:
    """Read one entry; its name is a form, unless it is listed as a weak one."""
    weak = tuple(entry.get("weak", ()))
    return Known(
        name=entry["name"],
        type=EntityType(kind),
        id=entry.get("id", ""),
        forms=tuple(
            it for it in dict.fromkeys([*entry.get("forms", ()), entry["name"]]) if it not in weak
        ),
        weak=weak,
        company=frozenset(entry.get("company", ())),
        personal=entry.get("personal", False) or entry.get("id") in personal,
    )


@lru_cache(maxsize=32)
def lexicon_of(language: str) -> Lexicon:
    """Compile what is known into the automaton for articles of one language."""
    listed, personal = _listed()
    forms: dict[str, Form] = {}
    for known in listed:
        _add(forms, known, language)
    for country in country_names(language):
        known = Known(
            name=country.name,
            type=EntityType.PLACE,
            id=country.code,
            forms=country.forms,
            personal=country.code in personal,
        )
        _add(forms, known, language)
    return Lexicon(AhoCorasick(list(forms)), tuple(forms.values()), rules_of(language).suffix)


def _add(forms: dict[str, Form], known: Known, language: str) -> None:
    """Add the forms with their cases, unless an earlier thing has them: the list goes before CLDR."""
    for form in (*known.weak, *known.forms):
        acronym = form if _is_acronym(form) else ""
        capitals = tuple(word != word.lower() for word in form.split(" "))
        entry = Form(known, form in known.weak, acronym, capitals)
        for folded in (fold(form).text,) if acronym else case_forms(form, language):
            forms.setdefault(folded, entry)


def _is_acronym(form: str) -> bool:
    """Tell whether the form is short and all capitals, so that case is what tells it apart."""
    return form.isupper() and len(form.replace(".", "")) <= 5
