"""Context: the words that speak for or against an ambiguous name, as a watch list writes them.

A phrase is matched folded and as whole words; a `*` at its end lets its last word go on
(`mercenar*`). Arabic and Hebrew phrases may carry prefixes.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from tocsin.folding import fold
from tocsin.inflection import rules_of
from tocsin.scripts import word_character

_ARABIC = re.compile("[\u0600-\u06ff]")
_HEBREW = re.compile("[\u0590-\u05ff]")
_LONGEST_PREFIX = 5


@dataclass(frozen=True, slots=True)
class Phrase:
    """A folded phrase; `is_open` where its last word may go on."""

    text: str
    is_open: bool

    @property
    def key(self) -> str:
        """Give the phrase as a watch list could write it; sets of these are faster to ask."""
        return f"{self.text}*" if self.is_open else self.text

    def stands(self, text: str, start: int, end: int) -> bool:
        """Tell whether [start, end) of a folded text is this phrase as whole words."""
        after = word_character(self.text[-1])
        if after and not self.is_open and re.compile(after).match(text, end):
            return False
        before = word_character(self.text[0])
        if not before or start == 0 or not re.match(before, text[start - 1]):
            return True
        glued = re.search(f"{before}*\\Z", text[max(0, start - _LONGEST_PREFIX) : start])
        return bool(glued and re.fullmatch(self._prefix(), glued.group()))

    def _prefix(self) -> str:
        if _ARABIC.match(self.text[0]):
            return rules_of("ar").prefix
        return rules_of("he").prefix if _HEBREW.match(self.text[0]) else ""


@lru_cache(maxsize=8192)
def phrase(written: str) -> Phrase:
    """Read a phrase of a watch list."""
    return Phrase(fold(written.rstrip("*").strip()).text, written.endswith("*"))


@dataclass(frozen=True, slots=True)
class Word:
    """A context phrase found, with its folded span."""

    phrase: Phrase
    start: int
    end: int
