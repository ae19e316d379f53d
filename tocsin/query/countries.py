"""Countries by the names that people give them in queries."""

from functools import cache

from tocsin.lexicon import Known, lexicon_of
from tocsin.query.fields import nearest
from tocsin.query.words import words_of

_CODE_LENGTH = 2
"""Letters of an ISO 3166-1 code; those of regions are longer."""


def country_code(name: str) -> str:
    """Find the ISO 3166 code of a country by its code or one of its names; empty if there is none."""
    return _codes().get(" ".join(words_of(name)), "")


def nearest_country(name: str) -> str:
    """Find the country that was most likely meant; empty when none is close."""
    names = {country.name.lower(): country.name for country in _countries()}
    return names.get(nearest(name, names), "")


@cache
def _countries() -> tuple[Known, ...]:
    """List the countries by their English names, with the names in other languages that are listed."""
    known = dict.fromkeys(form.known for form in lexicon_of("en").forms)
    return tuple(each for each in known if len(each.id) == _CODE_LENGTH)


@cache
def _codes() -> dict[str, str]:
    codes = {each.id.lower(): each.id for each in _countries()}
    for country in _countries():
        for name in (country.name, *country.forms):
            codes.setdefault(" ".join(words_of(name)), country.id)
    return codes
