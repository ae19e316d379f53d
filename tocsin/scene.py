"""The scene: one field of an article read once - folded, scanned, cut into sentences.

It answers what stands where around a name. Offsets are folded ones unless said otherwise.
"""

import dataclasses
import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from functools import cached_property

from schemas import TextField
from tocsin.context import Phrase, Word
from tocsin.folding import Folded
from tocsin.scripts import LETTER
from tocsin.sentences import sentences, shorten

_WORD = re.compile(f"{LETTER}+")
_WORD_BEFORE = re.compile(r"([^\W\d_][\w'’.]*(?:-\w+)*)[ \u00a0]\Z")
_WORD_AFTER = re.compile(r"[ \u00a0]([^\W\d_][\w'’]*)")
_PLAIN_WORD = re.compile(r"[^\W\d_]+")
_NEARBY = 40
_LONGEST_PHRASE = 100
_TITLE_CASE = 0.6
"""From this share of capitalised longer words on, a line is written in Title Case."""


@dataclasses.dataclass
class Scene:
    """One field of an article. `raw` are all anchor hits of phrases: (phrases, start, end)."""

    field: TextField
    original: str
    folded: Folded
    raw: list[tuple[tuple[Phrase, ...], int, int]] = dataclasses.field(default_factory=list)

    @cached_property
    def words(self) -> list[Word]:
        """List the context phrases that really stand in the text, in order."""
        text = self.folded.text
        found = [
            Word(phrase, start, end, self.folded.original_span(start, end)[0])
            for phrases, start, end in self.raw
            for phrase in phrases
            if phrase.stands(text, start, end)
        ]
        return sorted(found, key=lambda word: (word.start, -word.end))

    @cached_property
    def small_words(self) -> frozenset[str]:
        """Gather the words that the text writes in small letters throughout."""
        return frozenset(word for word in _PLAIN_WORD.findall(self.original) if word.islower())

    @cached_property
    def sentences(self) -> tuple[tuple[int, int], ...]:
        """Cut the original text into sentences (original offsets)."""
        return sentences(self.original)

    def sentence(self, start: int, end: int) -> tuple[int, int]:
        """Find the sentence (original offsets) around an original span, of bounded length."""
        at = bisect_right(self.sentences, start, key=lambda span: span[0]) - 1
        if at < 0 or self.sentences[at][1] < end:
            return shorten(self.original, (start, end), start, end)
        return shorten(self.original, self.sentences[at], start, end)

    def _words_in(self, low: int, high: int) -> Iterator[Word]:
        """Walk over the context phrases that begin in [low, high) of the original."""
        at = bisect_left(self.words, low, key=lambda word: word.original_start)
        while at < len(self.words) and self.words[at].original_start < high:
            yield self.words[at]
            at += 1

    def surface(self, word: Word) -> str:
        """Give a context phrase as it is written in the text, to the end of its word."""
        end = word.end
        if word.phrase.is_open and (rest := _WORD.match(self.folded.text, end)):
            end = rest.end()
        first, last = self.folded.original_span(word.start, end)
        return self.original[first:last]

    def near(
        self, wanted: frozenset[Phrase], start: int, end: int, span: tuple[int, int]
    ) -> list[tuple[int, Word]]:
        """List wanted phrases in the original `span`, with their distance in words, nearest first.

        Phrases that overlap the folded [start, end) are left out.
        """
        found = [
            (self._distance(word, start, end), word)
            for word in self._words_in(*span)
            if word.phrase in wanted and not (word.start < end and start < word.end)
        ]
        return sorted(found, key=lambda each: (each[0], each[1].start, -each[1].end))

    def _distance(self, word: Word, start: int, end: int) -> int:
        """Count the words between a phrase and [start, end)."""
        low, high = (word.end, start) if word.end <= start else (end, word.start)
        return len(_WORD.findall(self.folded.text, low, high))

    def covering(self, candidate: tuple[int, int], wanted: frozenset[Phrase]) -> Word | None:
        """Find a wanted phrase that holds the folded span of a name, and more."""
        start, end = candidate
        first = self.folded.original_span(start, end)[0]
        for word in self._words_in(first - _LONGEST_PHRASE, first + 1):
            is_around = word.start <= start and end <= word.end
            if is_around and word.end - word.start > end - start and word.phrase in wanted:
                return word
        return None

    def word_before(self, start: int) -> tuple[str, int] | None:
        """Give the written word right before an original offset, and where it starts."""
        found = _WORD_BEFORE.search(self.original[max(0, start - _NEARBY) : start])
        return (found.group(1), max(0, start - _NEARBY) + found.start()) if found else None

    def word_after(self, end: int) -> tuple[str, int] | None:
        """Give the written word right after an original offset, and where it starts."""
        found = _WORD_AFTER.match(self.original, end, end + _NEARBY)
        return (found.group(1), found.start(1)) if found else None

    def is_title_case(self, span: tuple[int, int]) -> bool:
        """Tell whether most longer words of an original span are capitalised, as in headlines."""
        words: list[str] = re.findall(r"[^\W\d_]{4,}", self.original[slice(*span)])
        return sum(word[0].isupper() for word in words) > _TITLE_CASE * len(words)
