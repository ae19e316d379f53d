"""Words: how queries and articles are cut into what is compared.

A word is a run of letters, digits and the signs that belong to them, in folded text. In scripts
written without spaces, and in Hangul, where particles are glued to nouns, every character is a word
of its own: a phrase of them is then what people mean by typing them, a substring.
Between the words of a phrase anything may stand that is no word.
"""

import re
from functools import cache, lru_cache

from tocsin.lists import words as listed
from tocsin.scripts import LETTER
from tocsin.text import fold

WORD = re.compile(rf"{LETTER}+|\w")

_LETTER = re.compile(LETTER)
_WORD_SIGN = re.compile(r"\w")
_FEW = 64
"""Signs that are blanked one by one; a text of more of them is no common text."""

_ASCII_GAPS = str.maketrans({point: " " for point in range(128) if not re.match(r"\w", chr(point))})


def split(folded: str) -> list[str]:
    """Cut folded text into words.

    Where every word is a run, as in most scripts, it is enough to blank what is no word, which is
    three times faster than to look for the words.
    """
    if folded.isascii():
        return folded.translate(_ASCII_GAPS).split()
    signs = set(folded)
    gaps = [sign for sign in signs if not _is_letter(sign)]
    if len(gaps) > _FEW or any(map(_WORD_SIGN.match, gaps)):
        return WORD.findall(folded)
    for gap in gaps:
        if not gap.isspace():
            folded = folded.replace(gap, " ")
    return folded.split()


@lru_cache(maxsize=4096)
def _is_letter(sign: str) -> bool:
    return _LETTER.match(sign) is not None


@lru_cache(maxsize=1 << 10)
def words_of(text: str) -> tuple[str, ...]:
    """Fold and cut what a query or a name says. Remembered, because the same few come up again."""
    return tuple(split(fold(text).text))


@lru_cache(maxsize=1 << 14)
def unfolded_words(text: str) -> tuple[str, ...]:
    """Cut what a query says into the same words as `words_of`, each as it is written."""
    folded = fold(text)
    spans = [folded.original_span(*word.span()) for word in WORD.finditer(folded.text)]
    return tuple(text[start:end] for start, end in spans)


def is_within(needle: tuple[str, ...], words: tuple[str, ...], *, is_prefix: bool) -> bool:
    """Tell whether the words of `needle` stand next to each other in `words`, in that order."""
    return line_part(needle, is_prefix=is_prefix) in f" {' '.join(words)} "


def line_part(phrase: tuple[str, ...], *, is_prefix: bool) -> str:
    """Write a phrase as it stands in a line of words with one space around each."""
    return f" {' '.join(phrase)}" + ("" if is_prefix else " ")


@cache
def common_words() -> frozenset[str]:
    """List the words that are in a great part of all articles."""
    return frozenset(word for each in listed("common_words.txt") for word in words_of(each))
