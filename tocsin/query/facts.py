"""Which facts hold for an article version, of those that queries ask about."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, repeat

import numpy as np
from ahocorasick_rs import AhoCorasick, MatchKind

from tocsin.query.anchors import ACTOR, ANY_ENTITY, NAME, PREFIX, value_key
from tocsin.query.nodes import Field
from tocsin.query.numbering import WIDTH, Numbering
from tocsin.query.sieve import Flags, Numbers
from tocsin.query.view import View
from tocsin.query.words import words_of

_GAP = ("",)
"""What no query asks for: it keeps phrases from reaching out of the title into the text."""

_VALUES = frozenset(
    f":{field}" for field in (Field.PUBLISHER, Field.FEED, Field.FLAG, Field.LANGUAGE, Field.VIA)
)


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of an article version.

    `words` are those of the title, a gap, and those of the text, 0 for a word that no query asks for;
    the text begins at `text`. `facts` are ascending; `truth` is what a `Sieve` reads: they hold, and
    no others.
    """

    words: Numbers
    text: int
    facts: Numbers
    truth: Flags


class Facts:
    """The facts that were numbered, to be looked up in article versions."""

    def __init__(self, numbering: Numbering) -> None:
        self._count = len(numbering)
        self._words = numbering.words
        self._values = numbering.values
        codes = np.fromiter(numbering.phrases, np.int64, len(numbering.phrases))
        order = np.argsort(codes)
        self._phrases = codes[order]
        self._phrase_facts = np.fromiter(numbering.phrases.values(), np.int32, len(codes))[order]
        self._begins, self._ends = (np.zeros(self._count, dtype=np.bool_) for _ in range(2))
        self._begins[codes >> WIDTH] = True
        self._ends[codes & ((1 << WIDTH) - 1)] = True
        self._kinds = frozenset(key[0] for key in numbering.values)
        self._prefixes = [key[1] for key in numbering.values if key[0] == PREFIX]
        self._automaton = (
            AhoCorasick([f" {each}" for each in self._prefixes], matchkind=MatchKind.Standard)
            if self._prefixes
            else None
        )

    def of(self, view: View) -> Known:
        """Look up what an article version has."""
        title, text = view.title.words, view.text.words
        numbers = map(self._words.get, chain(title, _GAP, text), repeat(0))
        words = np.fromiter(numbers, np.int64, len(title) + 1 + len(text))
        values = np.fromiter((self._values.get(key, 0) for key in self._keys(view)), np.int64)
        truth = np.zeros(2 * self._count, dtype=np.bool_)
        for found in (words, values, *self._phrases_in(words)):
            truth[found] = True
        facts = np.flatnonzero(truth)
        truth[self._count :] = True
        truth[~facts] = False
        return Known(words, len(title) + 1, facts, truth)

    def _phrases_in(self, row: Numbers) -> Iterator[Numbers]:
        """Find phrases of two words, among those next to each other phrases of three, and so on."""
        while self._phrases.size:
            one, other = row[:-1], row[1:]
            places = np.flatnonzero(self._begins[one] & self._ends[other])
            codes = one[places] << WIDTH | other[places]
            at = np.searchsorted(self._phrases[:-1], codes)  # without the last: it stays inside
            is_one = self._phrases[at] == codes
            found = self._phrase_facts[at[is_one]]
            yield found
            if not self._begins[found].any():
                return
            row = np.zeros(one.size, dtype=np.int64)
            row[places[is_one]] = found

    def _keys(self, view: View) -> Iterator[tuple[str, str]]:
        """List what an article version has beside words, as far as any query asks for its kind."""
        entities = view.article_version.entities
        if ANY_ENTITY[0] in self._kinds and entities:
            yield ANY_ENTITY
        if NAME in self._kinds:
            for entity in entities:
                yield NAME, entity.id.casefold()
                for word in (*words_of(entity.name), *words_of(entity.text)):
                    yield NAME, word
        if ACTOR in self._kinds:
            for actor in view.actors:
                yield ACTOR, actor
        if not self._kinds.isdisjoint(_VALUES):
            for field, value in view.values:
                yield value_key(field, value)
        if self._automaton:
            hits = self._automaton.find_matches_as_indexes(view.line, overlapping=True)
            for at in {hit[0] for hit in hits}:
                yield PREFIX, self._prefixes[at]
