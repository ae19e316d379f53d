"""Gazetteer: names of places and organisations that are known beforehand, found without a model.

Countries come from CLDR in the language of the article, everything else from the packaged list
`lists/gazetteer.toml`. One automaton a language runs over the folded text; what it finds must then
stand at a boundary, be written as a name, and, where it is doubtful, have something that speaks
for it. Names are given in English in every language, so that one query asks for all of them.
"""

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from ahocorasick_rs import AhoCorasick

from schemas import Article, Entity, EntityType, TextField
from tocsin.place_names import case_forms, country_names
from tocsin.spans import Span, without_overlaps
from tocsin.text import Folded, fold

VERSION = "gazetteer-1"
"""Name of the list and its rules; change it when either changes."""

_CLITIC = re.compile(r"(?<!\w)(?:[وف]?[بلك]?|[ושהבלכמ]{1,3})\Z")
"""Arabic conjunctions and prepositions, Hebrew ones and the article: written with the name."""

_JOINED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")
"""Letters of scripts without spaces between words, where a name needs no boundary."""

_WORD = re.compile(r"\w")
_WORD_BEFORE = re.compile(r"(\w[\w'’.-]*) \Z")
_WORD_AFTER = re.compile(r" (\w+)")
_CLITIC_REACH = 5
_NAME_REACH = 40
_LINE_REACH = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """One known thing. `forms` are enough alone; `weak` ones need a strong one or `company`.

    `company` lists ids of other known things. `personal` names are also borne by persons.
    """

    name: str
    type: EntityType
    id: str
    forms: tuple[str, ...]
    weak: tuple[str, ...]
    company: frozenset[str]
    personal: bool


@dataclass(frozen=True, slots=True)
class _Form:
    known: Known
    is_weak: bool
    acronym: str
    """The form itself where it must be written just so, else empty."""


@dataclass(frozen=True, slots=True)
class _Lexicon:
    automaton: AhoCorasick
    forms: tuple[_Form, ...]


@dataclass(frozen=True, slots=True)
class _Hit:
    span: Span
    form: _Form


@cache
def _listed() -> tuple[tuple[Known, ...], frozenset[str]]:
    """Read the packaged list: what is known, and which country codes are personal names too."""
    content = files("tocsin.lists").joinpath("gazetteer.toml").read_text(encoding="utf-8")
    table = tomllib.loads(content)
    known = [
        Known(
            name=entry["name"],
            type=EntityType(kind),
            id=entry.get("id", ""),
            forms=tuple(dict.fromkeys([*entry.get("forms", ()), *_own_name(entry)])),
            weak=tuple(entry.get("weak", ())),
            company=frozenset(entry.get("company", ())),
            personal=entry.get("personal", False),
        )
        for kind in ("place", "organisation")
        for entry in table[kind]
    ]
    return tuple(known), frozenset(table["personal_countries"])


def _own_name(entry: dict[str, list[str]]) -> list[str]:
    """Return the name as a form, unless it is listed as a weak one."""
    return [] if entry["name"] in entry.get("weak", ()) else [str(entry["name"])]


@cache
def _lexicon(language: str) -> _Lexicon:
    """Compile what is known into the automaton for articles of one language."""
    listed, personal = _listed()
    forms: dict[str, _Form] = {}
    for known in listed:
        for form in known.forms:
            _add(forms, form, known, is_weak=False)
        for form in known.weak:
            _add(forms, form, known, is_weak=True)
    for country in country_names(language):
        known = Known(
            name=country.name,
            type=EntityType.PLACE,
            id=country.code,
            forms=country.forms,
            weak=(),
            company=frozenset(),
            personal=country.code in personal,
        )
        for form in known.forms:
            _add(forms, form, known, is_weak=False)
    return _Lexicon(AhoCorasick(list(forms)), tuple(forms.values()))


def _add(forms: dict[str, _Form], form: str, known: Known, *, is_weak: bool) -> None:
    """Add a form with its cases, unless an earlier thing has it: the list goes before CLDR."""
    acronym = form if _is_acronym(form) else ""
    for written in (form,) if acronym else case_forms(form):
        forms.setdefault(fold(written).text, _Form(known, is_weak, acronym))


def _is_acronym(form: str) -> bool:
    """Tell whether the form is short and all capitals, so that case is what tells it apart."""
    return form.isupper() and len(form.replace(".", "")) <= 5


class Gazetteer:
    """A recogniser that knows names and needs no model. Stateless; automata are shared."""

    @property
    def name(self) -> str:
        """Name and version of the list."""
        return VERSION

    def recognise(self, articles: Sequence[tuple[Article, str]]) -> list[tuple[Entity, ...]]:
        """Find the known names of each (article, detected language); same order."""
        from tocsin.entities import entities_of

        return [
            entities_of(article, self.spans(article, language)) for article, language in articles
        ]

    def spans(self, article: Article, language: str) -> dict[TextField, list[Span]]:
        """Find the known names of both fields, without overlaps, in order."""
        lexicon = _lexicon(language)
        hits = {
            TextField.TITLE: _hits(article.title, lexicon),
            TextField.TEXT: _hits(article.text, lexicon),
        }
        everywhere = [hit for field in hits.values() for hit in field]
        strong = {hit.form.known for hit in everywhere if not hit.form.is_weak}
        ids = {known.id for known in strong if known.id}
        return {
            field: sorted(
                without_overlaps(
                    [hit.span for hit in found if _is_believed(hit.form, strong, ids)]
                ),
                key=lambda span: span.order,
            )
            for field, found in hits.items()
        }


def _is_believed(form: _Form, strong: set[Known], ids: set[str]) -> bool:
    """Tell whether the article says enough for a weak form."""
    return not form.is_weak or form.known in strong or bool(form.known.company & ids)


def _hits(text: str, lexicon: _Lexicon) -> list[_Hit]:
    """Find all places that are written as a known name, overlaps included."""
    folded = fold(text)
    found = lexicon.automaton.find_matches_as_indexes(folded.text, overlapping=True)
    hits: list[_Hit] = []
    for index, start, end in found:
        if _stands_alone(folded, start, end):
            form = lexicon.forms[index]
            span = _original(folded, form, start, end)
            if _is_written_as_name(text, span, form):
                hits.append(_Hit(span, form))
    return _without_persons(text, hits)


def _original(folded: Folded, form: _Form, start: int, end: int) -> Span:
    first, last = folded.original_span(start, end)
    known = form.known
    return Span(start=first, end=last, type=known.type, name=known.name, id=known.id, model=VERSION)


def _stands_alone(folded: Folded, start: int, end: int) -> bool:
    """Tell whether no letter of the same word stands on either side."""
    text = folded.text
    first, last = text[start], text[end - 1]
    if _JOINED.match(first) and _JOINED.match(last):
        return True
    if end < len(text) and _WORD.match(last) and _WORD.match(text[end]):
        return False
    if start == 0 or not (_WORD.match(first) and _WORD.match(text[start - 1])):
        return True
    return "\u0590" <= first <= "\u06ff" and bool(
        _CLITIC.search(text[max(0, start - _CLITIC_REACH) : start])
    )


def _is_written_as_name(text: str, span: Span, form: _Form) -> bool:
    """Tell whether case speaks for a name: a capital first, an acronym in capitals, no headline."""
    surface = text[span.start : span.end]
    if surface == surface.lower() and surface != surface.upper():
        return False
    if form.acronym:
        return surface.isupper() and not _is_shouted(text, span, form.acronym)
    first = next((each for each in surface if each.isalpha()), "")
    return first != first.lower() or first == first.upper()


def _is_shouted(text: str, span: Span, acronym: str) -> bool:
    """Tell whether a word of two or three letters stands in a line of capitals."""
    if "." in acronym or len(acronym) > 3 or not acronym.isascii():
        return False
    start = text.rfind("\n", max(0, span.start - _LINE_REACH), span.start) + 1
    around = text[max(start, span.start - _LINE_REACH) : span.start]
    around += text[span.end : span.end + _LINE_REACH].split("\n", 1)[0]
    letters = [each for each in around if each.isalpha()]
    return len(letters) > 5 and all(each == each.upper() for each in letters)


def _without_persons(text: str, hits: list[_Hit]) -> list[_Hit]:
    """Drop names that persons bear too where another name stands right beside them."""
    borders = {hit.span.start for hit in hits}, {hit.span.end for hit in hits}
    return [
        hit
        for hit in hits
        if not hit.form.known.personal or not _is_part_of_person(text, hit.span, borders)
    ]


def _is_part_of_person(text: str, span: Span, borders: tuple[set[int], set[int]]) -> bool:
    """Tell whether a capitalised word stands beside that begins no sentence and is no place."""
    after = _WORD_AFTER.match(text, span.end)
    if after and after[1][0].isupper() and after.start(1) not in borders[0]:
        return True
    start = max(0, span.start - _NAME_REACH)
    before = _WORD_BEFORE.search(text[start : span.start])
    if not before or not before[1][0].isupper() or span.start - 1 in borders[1]:
        return False
    preceding = text[start : start + before.start()].rstrip(" \"'“”«»‘’(")
    return bool(preceding) and preceding[-1] not in ".!?:\n"
