"""Names of countries in the language of an article, from CLDR, and the cases of Cyrillic names."""

import re
from dataclasses import dataclass
from functools import cache
from itertools import product

from babel import Locale, UnknownLocaleError

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

_ENDINGS = (
    ("ия", ("ии", "ию", "ией")),
    ("ія", ("ії", "ію", "ією")),
    ("ая", ("ой", "ую")),
    ("яя", ("ей", "юю")),
    ("ые", ("ых", "ым", "ыми")),
    ("ие", ("их", "им", "ими")),
    ("ое", ("ого", "ому", "ым", "ом")),
    ("ый", ("ого", "ому", "ым", "ом")),
    ("ий", ("ого", "ому", "им", "ом", "его", "ему", "ем", "ия", "ию", "ием", "ии")),
    ("ай", ("ая", "аю", "аем", "ае")),
    ("ей", ("ея", "ею", "еем", "ее")),
    ("ой", ("оя", "ою", "оем", "ое", "ого", "ому", "ым", "ом")),
    ("ы", ("", "ам", "ами", "ах", "ов")),
    ("а", ("ы", "и", "е", "у", "ой", "ою", "і")),
    ("я", ("и", "е", "ю", "ей", "ёй", "і")),
    ("ь", ("я", "ю", "ем", "е", "и", "ью")),
    ("ій", ("ія", "ію", "ієм", "ії")),
)
"""Nominative endings of Russian and Ukrainian names and those of the other cases, first hit wins.

From the school grammar of declensions; both genders where an ending has two. Forms that do not
exist do no harm: nobody writes them.
"""

_CONSONANT = frozenset("бвгґджзклмнпрстфхцчшщ")
_AFTER_CONSONANT = ("а", "у", "ом", "ем", "е", "і")
_LONGEST_DECLINED = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Country:
    """A country or territory: ISO 3166 code, English name, and its names in one language."""

    code: str
    name: str
    forms: tuple[str, ...]


@cache
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


@cache
def case_forms(name: str) -> tuple[str, ...]:
    """Return the name and, if it is Cyrillic, its other cases.

    The first words are declined together, the rest stays (`Республика Конго`, `Республики Конго`).
    """
    if not re.search(r"[а-яёіїґ]\b", name):
        return (name,)
    words = re.split(r"( )", name)
    heads = list(range(0, len(words), 2))[:_LONGEST_DECLINED]
    forms = dict.fromkeys([name])
    for count in range(1, len(heads) + 1):
        choices = [_declined(words[at]) for at in heads[:count]]
        for chosen in product(*choices):
            changed = list(words)
            for at, word in zip(heads, chosen, strict=False):
                changed[at] = word
            forms["".join(changed)] = None
    return tuple(forms)


def _declined(word: str) -> tuple[str, ...]:
    """Return the other cases of one Cyrillic word, or the word itself if it has none."""
    for ending, others in _ENDINGS:
        if word.endswith(ending) and len(word) > len(ending) + 1:
            return tuple(word[: -len(ending)] + each for each in others)
    if word[-1:].lower() in _CONSONANT and not word.isupper():
        return tuple(word + each for each in _AFTER_CONSONANT)
    return (word,)
