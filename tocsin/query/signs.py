"""Signs and words that mean something in a query, and how keyboards and other tools write them."""

import re

QUOTES = '"“”„‟«»「」『』'
"""Quotation marks, each kind with its other half."""

DASHES = "-–—−‐‒﹣－"
"""Dashes, which editors put in the place of each other; the plain one first, as in a pattern."""

COMPARISONS = ">=|<=|≥|≤|>|<|="
"""Signs of comparison, as a pattern; of those that a keyboard makes of two signs one is enough."""

_WIDE_LETTERS = {
    0xFF00 + point - 0x20: point for point in range(0x30, 0x7B) if chr(point).isalnum()
}
_TYPED = str.maketrans(
    "\r\n\t：︰﹕＊＞＜＝！＆｜＂〝〞〟❝❞″｢｣﹁﹂﹃﹄", '   :::*><=!&|"""""""「」「」『』'
) | dict(_WIDE_LETTERS)
_UNSEEN = "\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff"
_UNSEEN_AROUND = re.compile(rf"(?<![\w{_UNSEEN}])[{_UNSEEN}]+|[{_UNSEEN}]+(?![\w*{_UNSEEN}])")
_HEBREW = "[\u05d0-\u05ea]"
_IN_ACRONYM = re.compile(rf'(?<={_HEBREW})"(?={_HEBREW})')
_AROUND_PHRASE = re.compile(rf"(?<!{_HEBREW})״|״(?!{_HEBREW})")

UNSEEN_AT_END = re.compile(rf"[{_UNSEEN}]+$")
"""Characters that nobody sees, at the end of a word."""

NEARNESS = re.compile(
    r"O?NEAR|W|PRE|(?:o?near|w|n|pre|adj|within)/[0-9]+[a-z]?|/n[0-9]+/?|(?:o?near|adj)[0-9]+"
    r"|o?near[:~][0-9]*|o?near/(?:[-+.]?[0-9]\S*)?",
    re.IGNORECASE,
)
"""Nearness without a distance, or as other tools write it."""

_NEAR = re.compile(r"(O?)NEAR[/／](\d{1,3})")
_OPERATORS = frozenset({"AND", "OR", "NOT"})
NO_OPERATORS = frozenset({"XOR", "NAND", "ANDNOT", "AND-NOT", "BUTNOT"})
"""Operators of other languages."""


def as_typed(query: str) -> str:
    """Write a query with the signs of the language where a keyboard or an editor has put others.

    Every character stays where it is. Wide letters and signs become plain ones; characters that
    nobody sees, such as the marks of direction that editors put round Latin words in Arabic and Hebrew,
    become spaces, but for those inside of words; and the mark of a Hebrew acronym, for which keyboards
    have a quotation mark, is told from quotation marks by standing between letters.
    """
    plain = _UNSEEN_AROUND.sub(lambda found: " " * len(found[0]), query.translate(_TYPED))
    return _IN_ACRONYM.sub("״", _AROUND_PHRASE.sub('"', plain))


def near_sign(sign: str) -> tuple[bool, int]:
    """Read NEAR/5 or ONEAR/5: whether the order counts, and how many words may stand between."""
    found = _NEAR.fullmatch(sign)
    assert found, sign  # the grammar lets nothing else through
    return found[1] == "O", int(found[2])


def is_nearness(word: str) -> bool:
    """Tell whether a bare word was meant to join what stands around it."""
    return bool(NEARNESS.fullmatch(word)) and word not in ("near", "onear", "w", "pre")


def is_reserved(word: str) -> bool:
    """Tell whether a bare word would be read as something else."""
    return word.upper() in _OPERATORS or is_nearness(word) or word in NO_OPERATORS
