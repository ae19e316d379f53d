"""Agreement: one article names one thing with one type, and explains its own acronyms.

Models judge every place by itself; within an article they contradict each other (`Kadhafi` a person
eight times and a place three times). What the gazetteer knows is never changed here.
"""

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from schemas import EntityType, TextField
from tocsin.names import is_acronym_of
from tocsin.spans import Span, without_overlaps
from tocsin.text import fold

_DEFINED = re.compile(r"\s?[(«\"“]+([^\W\d_][\w.&-]{1,9})[)»\"”]")
"""An acronym in brackets right behind the name that it stands for."""

_PREFERENCE = tuple(EntityType)
"""Decides between types found equally often: persons first, as declared."""

_DEMONYM = re.compile(
    r"[^\W\d_]+(?:i?ens?|iennes?|[ée]ens?|[ée]ennes?|ians?|ans|ais|aises?|ois|oises?|ese|ains?|aines?)"
)
"""A word with an ending that makes a people of a place, in English and French."""

_STEM = 4
"""Letters that a people shares with its country: *Libyens* and *Libye*."""

Found = Mapping[TextField, Sequence[Span]]
Texts = Mapping[TextField, str]


def agree(texts: Texts, found: Found) -> dict[TextField, list[Span]]:
    """Give guessed names that are written alike one type, and add the acronyms the text defines."""
    types = _types(texts, found)
    stems = _stems(texts, found)
    types |= {it: EntityType.OTHER for it in types if _is_people(it, stems)}
    settled = {
        field: [_settled(texts[field], span, types) for span in spans]
        for field, spans in found.items()
    }
    return _with_acronyms(texts, settled)


def _settled(text: str, span: Span, types: Mapping[str, EntityType]) -> Span:
    """Give a guessed span the type decided for what it says."""
    return span if span.name else replace(span, type=types[text[span.start : span.end]])


def _types(texts: Texts, found: Found) -> dict[str, EntityType]:
    """Decide the type of every guessed name: that of the full name it ends, else the most frequent."""
    votes: dict[str, Counter[EntityType]] = {}
    for field, spans in found.items():
        for span in spans:
            if not span.name:
                surface = texts[field][span.start : span.end]
                votes.setdefault(surface, Counter())[span.type] += 1
    most = {
        surface: min(counts, key=lambda it: (-counts[it], _PREFERENCE.index(it)))
        for surface, counts in votes.items()
    }
    surnames = {
        surface.split()[-1]
        for surface, kind in most.items()
        if kind is EntityType.PERSON and " " in surface
    }
    return {
        surface: EntityType.PERSON if surface in surnames else kind
        for surface, kind in most.items()
    }


def _stems(texts: Texts, found: Found) -> frozenset[str]:
    """Collect the beginnings of all names of places that the gazetteer knows in the article."""
    return frozenset(
        _beginning(texts[field][span.start : span.end])
        for field, spans in found.items()
        for span in spans
        if span.name and span.type is EntityType.PLACE and span.end - span.start >= _STEM
    )


def _is_people(surface: str, stems: frozenset[str]) -> bool:
    """Tell whether one word names the people of a place that the article names."""
    return bool(_DEMONYM.fullmatch(surface)) and _beginning(surface) in stems


def _beginning(name: str) -> str:
    """Return the first letters of a name, folded."""
    return fold(name).text[:_STEM]


def _with_acronyms(texts: Texts, found: Found) -> dict[TextField, list[Span]]:
    """Add all places of the acronyms that stand in brackets behind an organisation's full name."""
    defined: dict[str, Span] = {}
    for field, spans in found.items():
        for span in spans:
            match = _DEFINED.match(texts[field], span.end)
            full = texts[field][span.start : span.end]
            if match and span.type is EntityType.ORGANISATION and is_acronym_of(match[1], full):
                defined.setdefault(match[1], span)
    if not defined:
        return {field: list(spans) for field, spans in found.items()}
    words = sorted(defined, key=lambda it: (-len(it), it))
    pattern = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, words))})(?!\w)")
    return {
        field: _merged(
            spans,
            [
                replace(defined[match.group()], start=match.start(), end=match.end())
                for match in pattern.finditer(texts[field])
            ],
        )
        for field, spans in found.items()
    }


def _merged(spans: Sequence[Span], acronyms: Sequence[Span]) -> list[Span]:
    """Put the acronyms in the place of guesses that say no more than they do."""
    taken = {(it.start, it.end) for it in acronyms}
    others = [it for it in spans if it.name or (it.start, it.end) not in taken]
    ends = [0, *(it.end for it in others)]
    starts = [it.start for it in others]
    free = [it for it in acronyms if ends[bisect_left(starts, it.end)] <= it.start]
    return without_overlaps([*others, *free])
