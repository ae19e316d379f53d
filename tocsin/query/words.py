"""Words: how queries and articles are cut into what is compared.

A word is a run of letters, digits and the signs that belong to them, in folded text. In scripts
written without spaces, and in Hangul, where particles are glued to nouns, every character is a word
of its own: a phrase of them is then what people mean by typing them, a substring.
Between the words of a phrase anything may stand that is no word.
"""

import re
from functools import lru_cache

from tocsin.scripts import LETTER
from tocsin.text import fold

WORD = re.compile(rf"{LETTER}+|\w")

_ASCII_GAPS = str.maketrans({point: " " for point in range(128) if not re.match(r"\w", chr(point))})


def split(folded: str) -> list[str]:
    """Cut folded text into words."""
    if folded.isascii():
        return folded.translate(_ASCII_GAPS).split()
    return WORD.findall(folded)


@lru_cache(maxsize=1 << 16)
def words_of(text: str) -> tuple[str, ...]:
    """Fold and cut what a query or a name says. Remembered, because the same few come up again."""
    return tuple(split(fold(text).text))


def is_within(needle: tuple[str, ...], words: tuple[str, ...], *, is_prefix: bool) -> bool:
    """Tell whether the words of `needle` stand next to each other in `words`, in that order."""
    beginning = f" {' '.join(needle)}" + ("" if is_prefix else " ")
    return beginning in f" {' '.join(words)} "
