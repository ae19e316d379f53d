"""Countries by the names that people give them in queries."""

from functools import cache

from tocsin.lexicon import lexicon_of
from tocsin.query.words import words_of

_CODE_LENGTH = 2
"""Letters of an ISO 3166-1 code; those of regions are longer."""


def country_code(name: str) -> str:
    """Find the ISO 3166 code of a country by its code or one of its names; empty if there is none."""
    return country_codes().get(" ".join(words_of(name)), "")


@cache
def country_codes() -> dict[str, str]:
    """List the codes of all countries by their folded names: English ones, and what the gazetteer adds."""
    known = {id(form.known): form.known for form in lexicon_of("en").forms}.values()
    countries = [each for each in known if len(each.id) == _CODE_LENGTH]
    codes = {each.id.lower(): each.id for each in countries}
    for country in countries:
        for name in (country.name, *country.forms):
            codes.setdefault(" ".join(words_of(name)), country.id)
    return codes
