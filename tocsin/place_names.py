"""Names of countries in the language of an article, from CLDR, and the cases that names have."""

import re
from dataclasses import dataclass
from itertools import chain, product

from babel import Locale, UnknownLocaleError

from tocsin.inflection import rules_of
from tocsin.text import fold

MAIN_LANGUAGES = ("en", "fr", "es", "pt", "de", "ru", "uk", "ar", "zh")
"""Looked up together where the language of an article is not known, or CLDR does not know it."""

_LOCALES = {
    "zh": ("zh", "zh_Hant"),
    "pt": ("pt", "pt_PT"),
    "sr": ("sr", "sr_Latn"),
    "no": ("nb", "nn"),
    "uz": ("uz", "uz_Cyrl"),
    "az": ("az", "az_Cyrl"),
    "tl": ("fil",),
}
"""Languages written in two ways, or under another code in CLDR."""

_NO_COUNTRIES = frozenset({"EU", "EZ", "QO", "UN", "XA", "XB", "ZZ"})
_CODE = re.compile(r"[A-Z]{2}")
_BRACKETS = re.compile(r"(.+?)\s*[(（](.+?)[)）]")
_LISTED = frozenset({"CD", "CG", "HK", "MO"})
"""Countries whose CLDR names nobody writes in running text; the packaged list has what they do."""

_OLD_NAME_IN_BRACKETS = "MM"

_MOST_DECLINED = 2
"""Words of a name that are declined; of longer names newspapers decline the first ones only."""

_SHORTEST_STEM = 2
_UNCHANGED = ("оа", "уа", "еа", "ау", "ео")
"""Endings of foreign names that Russian and Ukrainian do not decline (Самоа, Никарагуа)."""

_ARABIC_ARTICLE = "ال"
_ARABIC_TO_THE = "لل"
"""The preposition and the article become one; other prepositions leave the name as it is."""

_CYRILLIC_ROWS = (
    ("й", "я", "ю", "ем", "е"),
    ("ь", "я", "ю", "ем", "е", "и", "ью"),
    ("ы", "", "ам", "ами", "ах"),
)
"""Paradigms of Russian and Ukrainian place names (Ниамей, Казань, Афины) beside the common ones."""

_CYRILLIC = re.compile("[а-яёіїєґў]")
_VOWELS = frozenset("aeiouyаеиоуыэюяіїєйьαειουωηаәөү")


@dataclass(frozen=True, slots=True, kw_only=True)
class Country:
    """A country or territory: ISO 3166 code, English name, and its names in one language."""

    code: str
    name: str
    forms: tuple[str, ...]


def country_names(language: str) -> tuple[Country, ...]:
    """Name all countries in a language, sorted by code; in the main ones if it is not known."""
    locales = _locales(language)
    english = Locale.parse("en").territories
    names: dict[str, dict[str, None]] = {}
    for locale in locales:
        for code, name in sorted(Locale.parse(locale).territories.items()):
            if _CODE.fullmatch(code) and code not in _NO_COUNTRIES | _LISTED:
                names.setdefault(code, {}).update(dict.fromkeys(_variants(code, name)))
    return tuple(
        Country(code=code, name=_plain(english[code]), forms=tuple(forms))
        for code, forms in sorted(names.items())
        if code in english
    )


def _locales(language: str) -> tuple[str, ...]:
    """Find the locales whose names an article of the language may use."""
    primary = language.replace("_", "-").partition("-")[0].lower()
    locales = _LOCALES.get(primary, (primary,))
    try:
        Locale.parse(locales[0])
    except (UnknownLocaleError, ValueError, TypeError):
        return MAIN_LANGUAGES
    return locales


def _plain(name: str) -> str:
    """Return the name that a newspaper would print: without brackets and typographic signs."""
    return (
        _BRACKETS.sub(r"\1", name)
        .replace("’", "'")
        .replace(" & ", " and ")
        .replace("St. ", "Saint ")
    )


def _variants(code: str, name: str) -> list[str]:
    """List the ways a CLDR name is written in running text, that of CLDR first."""
    bracketed = _BRACKETS.fullmatch(name)
    found = list(bracketed.groups()) if bracketed else [name]
    if code != _OLD_NAME_IN_BRACKETS:
        found = found[:1]
    found += [each.replace(" & ", " and ").replace("St. ", "Saint ") for each in found]
    return [each for each in dict.fromkeys(found) if len(each) > (1 if each > "\u3000" else 2)]


def case_forms(name: str, language: str) -> tuple[str, ...]:
    """Return the folded name and its other cases in the language, by the rules of `inflection`.

    The first words are declined together, the rest stays (`Республика Конго`, `Республики Конго`).
    A Cyrillic name in an article of another script is declined as a Russian one.
    """
    folded = fold(name).text
    rows = rules_of(language).words
    if _CYRILLIC.search(folded) and not any(_CYRILLIC.search(each) for each in chain(*rows)):
        rows = rules_of("ru").words
    if _CYRILLIC.search(folded):
        rows = (*rows, *_CYRILLIC_ROWS)
    words = folded.split(" ")
    forms = dict.fromkeys([folded])
    for count in range(1, min(len(words), _MOST_DECLINED) + 1):
        for chosen in product(*(_declined(each, rows) for each in words[:count])):
            forms[" ".join([*chosen, *words[count:]])] = None
    if folded.startswith(_ARABIC_ARTICLE):
        forms[_ARABIC_TO_THE + folded.removeprefix(_ARABIC_ARTICLE)] = None
    return tuple(forms)


def _declined(word: str, rows: tuple[tuple[str, ...], ...]) -> tuple[str, ...]:
    """Return all cases of a folded word: those of the paradigm with the longest fitting ending."""
    if word.endswith(_UNCHANGED) or not word[-1:].isalpha():
        return (word,)
    for base, *others in rows:
        stem = word[: len(word) - len(base)]
        if len(stem) < _SHORTEST_STEM or not _fits(word, base, others):
            continue
        return tuple(dict.fromkeys([word, *(stem + each for each in others)]))
    return (word,)


def _fits(word: str, base: str, others: list[str]) -> bool:
    """Tell whether the paradigm is one for words that end like this one, in its script."""
    if base:
        return word.endswith(base)
    latin = word[-1] < "\u0250"
    return word[-1] not in _VOWELS and any((each[0] < "\u0250") == latin for each in others if each)
