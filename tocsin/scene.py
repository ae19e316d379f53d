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
    """One field of an article. `raw` are all anchor hits of phrases: (start, end, (key, phrase)s)."""

    field: TextField
    original: str
    folded: Folded
    raw: list[tuple[int, int, tuple[tuple[str, Phrase], ...]]] = dataclasses.field(
        default_factory=list
    )

    @cached_property
    def _hits(self) -> list[tuple[int, int, tuple[tuple[str, Phrase], ...]]]:
        """Sort the hits of phrases by where they begin, longer ones first."""
        return sorted(self.raw, key=lambda hit: (hit[0], -hit[1]))

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

    def neighbourhood(self, start: int, end: int) -> tuple[int, int]:
        """Find the sentence around an original span with the ones before and behind, bounded alike."""
        at = bisect_right(self.sentences, start, key=lambda span: span[0]) - 1
        first = self.sentences[max(0, at - 1)][0] if self.sentences else start
        last = self.sentences[min(len(self.sentences) - 1, at + 1)][1] if self.sentences else end
        return shorten(self.original, (min(first, start), max(last, end)), start, end)

    def _words_in(self, low: int, high: int, wanted: frozenset[str]) -> Iterator[Word]:
        """Walk over the wanted phrases that stand in the text and begin in [low, high)."""
        hits, text = self._hits, self.folded.text
        for at in range(bisect_left(hits, low, key=lambda hit: hit[0]), len(hits)):
            start, end, phrases = hits[at]
            if start >= high:
                return
            for key, phrase in phrases:
                if key in wanted and phrase.stands(text, start, end):
                    yield Word(phrase, start, end)

    def surface(self, word: Word) -> str:
        """Give a context phrase as it is written in the text, to the end of its word."""
        end = word.end
        if word.phrase.is_open and (rest := _WORD.match(self.folded.text, end)):
            end = rest.end()
        first, last = self.folded.original_span(word.start, end)
        return self.original[first:last]

    def nearest(
        self, wanted: frozenset[str], start: int, end: int, span: tuple[int, int]
    ) -> tuple[int, Word] | None:
        """Find the phrase of the `wanted` keys nearest to the folded [start, end) in the original `span`.

        Returns it with the number of words between; phrases that overlap the place are left out.
        """
        if not wanted:
            return None
        low, high = map(self.folded.folded_offset, span)
        gaps = [
            (
                start - word.end if word.end <= start else word.start - end,
                word.start,
                -word.end,
                word,
            )
            for word in self._words_in(low, high, wanted)
            if word.end <= start or end <= word.start
        ]
        if not gaps:
            return None
        word = min(gaps, key=lambda gap: gap[:3])[3]
        low, high = (word.end, start) if word.end <= start else (end, word.start)
        return len(_WORD.findall(self.folded.text, low, high)), word

    def covering(self, candidate: tuple[int, int], wanted: frozenset[str]) -> Word | None:
        """Find a wanted phrase that holds the folded span of a name, and more."""
        start, end = candidate
        for word in self._words_in(start - _LONGEST_PHRASE, start + 1, wanted):
            if end <= word.end and word.end - word.start > end - start:
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
