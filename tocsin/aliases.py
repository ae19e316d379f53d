"""Aliases: from what a watch list says to where a name stands in a folded text.

An actor's aliases are those of its list and, for a territory, its name in every language of CLDR
(through Babel). Each alias becomes a `Name`: an anchor, which is a fixed run of folded letters for
the one multi-pattern pass, and a pattern that verifies inflection and word boundaries around it.
"""

import pickle
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from babel import localedata
from babel.core import get_cldr_version

from schemas import Actor, Alias, MentionKind
from tocsin.folding import fold
from tocsin.inflection import WordForm, family, inflect, rules_of
from tocsin.scripts import is_latin, is_shared, word_character

CLDR = f"CLDR {get_cldr_version()}"

_SEPARATOR = "(?:[ \"'-]{1,3}| ?\n ?)"
"""Between the words of a name: a space, a hyphen, quotes, or some of them; or a line's end with spaces,
which folding leaves (it joins lines that end without)."""

_SPLIT = re.compile(_SEPARATOR)
_COMPOUND_SHORTEST = 6
_COMPOUND_LONGEST = 30
"""A compound begins with a name of at least so many letters and adds at most so many more."""

_CODE = re.compile("[A-Z]{2}")

_FEWEST_LETTERS = 3
"""Fewest letters of a name that is taken from CLDR, or of what is left of an Arabic one."""

_ENDING_ROOM = 16
"""Folded characters that the ending of one word may take, when the window of a name is cut."""

_LONGEST_PREFIX = 8


@lru_cache(maxsize=8)
def territory_aliases(territory: str) -> tuple[Alias, ...]:
    """Name a territory (ISO 3166) in every language of CLDR.

    A form in a script that many languages share counts only in texts of its own language: `Ruslan`
    and `Rusi` are other names elsewhere. Forms of one or two letters of an alphabet are dropped.
    """
    languages: dict[tuple[str, str], None] = {}
    for locale in sorted(localedata.locale_identifiers()):
        own = _own_territories(locale)
        if territory in own:
            languages[own[territory], family(locale)] = None
    return tuple(
        Alias(text=text, language=language, local=is_shared(fold(text).text), source=CLDR)
        for text, language in languages
        if len(fold(text).text) >= _FEWEST_LETTERS or not word_character(fold(text).text[-1])
    )


def is_territory(code: str) -> bool:
    """Tell whether CLDR has a name for a code (ISO 3166) of a country or territory."""
    return bool(_CODE.fullmatch(code)) and code in _own_territories("en")


def _own_territories(locale: str) -> dict[str, str]:
    """Read what a locale itself calls territories, without what it inherits.

    Not by `localedata.load`: that would keep the data of all locales in memory (130 MB), and would
    hand them, unmerged, to whoever asks for one of these locales later.
    """
    with Path(localedata.resolve_locale_filename(locale)).open("rb") as packaged:
        found: dict[str, str] = pickle.load(packaged).get("territories", {})  # noqa: S301
    return found


def expand(actor: Actor) -> tuple[Alias, ...]:
    """List the actor's aliases, those of its list first, each (text, language) once."""
    listed: dict[tuple[str, str], Alias] = {}
    by_territory = territory_aliases(actor.territory) if actor.territory else ()
    for alias in (*actor.aliases, *by_territory):
        listed.setdefault((fold(alias.text).text, family(alias.language)), alias)
    return tuple(listed.values())


@dataclass(frozen=True, slots=True, eq=False)
class Name:
    """One alias of one actor, ready to be found. `words` are as written; `order` as listed."""

    actor: Actor
    alias: Alias
    order: int
    words: tuple[str, ...]
    anchor: str
    family: str

    @property
    def is_certain(self) -> bool:
        """Tell whether the alias is enough by itself."""
        return self.alias.alone

    def counts_in(self, spoken: str) -> bool:
        """Tell whether the alias may count in a text of the language family `spoken`."""
        return not self.alias.local or spoken == self.family


def name_of(actor: Actor, alias: Alias, order: int) -> Name:
    """Prepare an alias. The anchor is its longest fixed word, or stem of a word."""
    words = tuple(word for word in _SPLIT.split(alias.text) if fold(word).text)
    if family(alias.language) == "ar":
        words = (_without_article(words[0]), *words[1:])
    stems = [form.stem for form in _forms(words, alias, alias.language)]
    return Name(actor, alias, order, words, max(stems, key=len), family(alias.language))


def _without_article(word: str) -> str:
    """Cut the Arabic article off: it is one of the prefixes, and changes behind some of them."""
    rest = word.removeprefix("ال")
    return rest if len(rest) >= _FEWEST_LETTERS else word


def _forms(words: tuple[str, ...], alias: Alias, language: str) -> list[WordForm]:
    """Inflect the words by the rules of `language`: for an alias of every language, the text's."""
    if not alias.inflect:
        return [WordForm(stem=fold(word).text, rest="") for word in words]
    return [inflect(word, language, alias.kind) for word in words]


@lru_cache(maxsize=8192)
def _pattern(name: Name, language: str) -> re.Pattern[str]:
    """Write the pattern of a name; group 1 is the name itself, without a compound's further parts."""
    forms = _forms(name.words, name.alias, language)
    body = _SEPARATOR.join(f"{re.escape(form.stem)}{form.rest}" for form in forms)
    last = forms[-1].stem[-1:]
    more = word_character(last)
    tail = f"(?!{more})" if more else ""
    if _makes_compounds(name, forms):
        tail = f"(?:{tail}|(?={more}{{2,{_COMPOUND_LONGEST}}}(?!{more})))"
    return re.compile(f"({body}){tail}")


def _makes_compounds(name: Name, forms: list[WordForm]) -> bool:
    return (
        name.alias.kind is MentionKind.NAME
        and name.is_certain
        and len(forms) == 1
        and len(forms[0].stem) >= _COMPOUND_SHORTEST
        and is_latin(forms[0].stem)
        and rules_of(name.alias.language).compounds
    )


def locate(name: Name, text: str, start: int, end: int, language: str) -> tuple[int, int] | None:
    """Verify the anchor at [start, end): give the span of the whole name around it, or None."""
    pattern = _pattern(name, language if name.alias.language == "*" else name.alias.language)
    if len(name.words) == 1:
        found = pattern.match(text, start)
    else:
        reach = len(name.alias.text) + _ENDING_ROOM * len(name.words)
        low = max(0, start - reach)
        found = next(
            (
                match
                for match in pattern.finditer(text, low, end + reach + _COMPOUND_LONGEST)
                if match.start() <= start and end <= match.end()
            ),
            None,
        )
    if found is None or not _starts_here(name, text, found.start(1), language):
        return None
    first, last = found.span(1)
    is_opened = text.count('"', first, last) == 1
    return first, last + (is_opened and text.startswith('"', last))


def _starts_here(name: Name, text: str, start: int, language: str) -> bool:
    """Tell whether a word begins at `start`, or only prefixes of the language stand before it."""
    continued = word_character(text[start])
    if not continued:
        return True
    if start == 0 or not re.match(continued, text[start - 1]):
        return True
    rules = rules_of(language if name.alias.language == "*" else name.alias.language)
    allowed = rules.prefix
    if name.alias.kind in (MentionKind.DEMONYM, MentionKind.METONYM):
        allowed = allowed or rules.demonym_prefix
    if not allowed:
        return False
    before = text[max(0, start - _LONGEST_PREFIX) : start]
    glued = re.search(f"{continued}*\\Z", before)
    return bool(glued and re.fullmatch(allowed, glued.group()))
