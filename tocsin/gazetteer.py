"""Gazetteer: names of places and organisations that are known beforehand, found without a model.

The automaton of the article's language (`lexicon`) runs over the folded text; what it finds must
then stand at a boundary, be written as a name, and, where it is doubtful, have something that
speaks for it. Names are given in English in every language, so that one query asks for all of them.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from schemas import Article, Entity, TextField
from tocsin.lexicon import Form, Lexicon, lexicon_of
from tocsin.scripts import word_character
from tocsin.spans import OPENERS, Span, without_overlaps
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
_SHORT_ACRONYM = 3
_LINE_REACH = 80
_LONG_WORD = re.compile(r"(?<!\w)[^\W\d_]{4,}")
_SHORTEST_HEADLINE = 4


@dataclass(frozen=True, slots=True)
class _Hit:
    span: Span
    form: Form


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
        lexicon = lexicon_of(language)
        hits = {
            TextField.TITLE: _hits(article.title, lexicon),
            TextField.TEXT: _hits(article.text, lexicon),
        }
        everywhere = [hit for field in hits.values() for hit in field]
        strong = {hit.form.known for hit in everywhere if not hit.form.is_weak}
        named = {each for known in strong for each in (known.name, known.id) if each}
        return {
            field: [
                span
                for span in without_overlaps(
                    [hit.span for hit in found if _is_believed(hit.form, named)]
                )
                if span.name
            ]
            for field, found in hits.items()
        }


def _is_believed(form: Form, named: set[str]) -> bool:
    """Tell whether the article says enough for a weak form: `named` is all that it names surely."""
    known = form.known
    return not form.is_weak or not named.isdisjoint({*known.company, known.name, known.id})


def _hits(text: str, lexicon: Lexicon) -> list[_Hit]:
    """Find all places that are written as a known name, overlaps included."""
    folded = fold(text)
    found = lexicon.automaton.find_matches_as_indexes(folded.text, overlapping=True)
    hits: list[_Hit] = []
    for index, start, end in found:
        form = lexicon.forms[index]
        end += _glued(folded.text, end, lexicon.suffix)
        if _stands_alone(folded, start, end):
            span = _original(folded, form, start, end)
            if _is_written_as_name(text, span, form) and not (
                form.is_weak and not form.acronym and _begins_sentence(text, span.start)
            ):
                hits.append(_Hit(span, form))
    return _without_persons(text, hits)


def _glued(text: str, end: int, suffix: str) -> int:
    """Measure the ending that the language glues on to the name, if one stands there."""
    if not suffix or text[end : end + 1] in ("", " "):
        return 0
    pattern = _compiled(suffix.replace("W", word_character(text[end - 1]) or "."))
    match = pattern.match(text, end)
    return len(match.group()) if match else 0


@cache
def _compiled(suffix: str) -> re.Pattern[str]:
    """Compile a suffix together with the boundary that must follow it."""
    return re.compile(f"(?:{suffix})(?!\\w)")


def _original(folded: Folded, form: Form, start: int, end: int) -> Span:
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


def _is_written_as_name(text: str, span: Span, form: Form) -> bool:
    """Tell whether case speaks for a name: a capital first, an acronym in capitals, no headline."""
    surface = text[span.start : span.end]
    if form.acronym:
        return surface.isupper() and not _is_shouted(text, span, form.acronym)
    words = surface.split()
    if len(words) != len(form.capitals):
        return surface != surface.lower() or surface == surface.upper()
    return all(
        word != word.lower() or word == word.upper()
        for word, is_capital in zip(words, form.capitals, strict=True)
        if is_capital
    )


def _is_shouted(text: str, span: Span, acronym: str) -> bool:
    """Tell whether a word of two or three letters stands beside another word in capitals."""
    if "." in acronym or len(acronym) > _SHORT_ACRONYM or not acronym.isascii():
        return False
    start = max(0, span.start - _NAME_REACH)
    before = _WORD_BEFORE.search(text[start : span.start])
    after = _WORD_AFTER.match(text, span.end)
    return any(it and len(it[1]) > 1 and it[1].isupper() for it in (before, after))


def _without_persons(text: str, hits: list[_Hit]) -> list[_Hit]:
    """Drop names that persons bear too where another name stands right beside them."""
    borders = {hit.span.start for hit in hits}, {hit.span.end for hit in hits}
    return [
        hit
        for hit in hits
        if not hit.form.known.personal or not _is_part_of_person(text, hit.span, borders)
    ]


def _is_part_of_person(text: str, span: Span, borders: tuple[set[int], set[int]]) -> bool:
    """Tell whether a capitalised word stands beside that is no place and no plain first word.

    Headlines that capitalise every word say nothing.
    """
    if _is_headline(text, span):
        return False
    after = _WORD_AFTER.match(text, span.end)
    if after and after[1][0].isupper() and after.start(1) not in borders[0]:
        return True
    start = max(0, span.start - _NAME_REACH)
    before = _WORD_BEFORE.search(text[start : span.start])
    if not before or not before[1][0].isupper() or span.start - 1 in borders[1]:
        return False
    return before[1].casefold() not in OPENERS


def _is_headline(text: str, span: Span) -> bool:
    """Tell whether every longer word of the line, near the span, begins with a capital."""
    start = max(0, span.start - _LINE_REACH)
    start = max(start, text.rfind("\n", start, span.start) + 1)
    line = text[start : span.end + _LINE_REACH].split("\n", 1)[0]
    words = _LONG_WORD.findall(line)
    return len(words) >= _SHORTEST_HEADLINE and all(it[0].isupper() for it in words)


def _begins_sentence(text: str, position: int) -> bool:
    """Tell whether what stands at the position begins a sentence or line."""
    before = text[max(0, position - _NAME_REACH) : position].rstrip(" \"'“”«»‘’(—–-")
    return not before or before[-1] in ".!?:…\n"
