"""Spelling: case and accents, which count only where a query says so (`=Wagner`)."""

import unicodedata
from functools import lru_cache

from tocsin.query.nodes import Exact, Spelling
from tocsin.query.view import Written
from tocsin.query.words import unfolded_words
from tocsin.text import fold


@lru_cache(maxsize=1 << 16)
def spelled(word: str, spelling: Spelling) -> str:
    """Keep of a word what its spelling is compared by.

    Width, ligatures and characters that nobody sees never count. Accents are all marks that folding
    drops, Arabic and Hebrew vowel signs among them.
    """
    seen = "".join(sign for sign in word if unicodedata.category(sign) != "Cf")
    plain = unicodedata.normalize("NFKC", seen)
    if spelling is Spelling.AS_WRITTEN:
        return plain
    if spelling is Spelling.ACCENTS:
        return unicodedata.normalize("NFKC", plain.casefold())
    return "".join(map(_without_accents, plain))


def _without_accents(letter: str) -> str:
    plain = fold(letter).text
    return plain.upper() if letter.isupper() else plain


def is_spelled(node: Exact, written: Written, first: int) -> bool:
    """Tell whether the words of a leaf, which stand at `first`, are spelled as it says."""
    asked = [spelled(word, node.spelling) for word in unfolded_words(node.leaf.text)]
    found = [spelled(written.unfolded(first + at), node.spelling) for at in range(len(asked))]
    if node.leaf.is_prefix:
        found[-1] = found[-1][: len(asked[-1])]
    return asked == found
