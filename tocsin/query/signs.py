"""Signs and words that mean something in a query, and how keyboards and other tools write them."""

import re

QUOTES = '"“”„‟«»「」『』'
"""Quotation marks, each kind with its other half."""

TYPED = str.maketrans("\r\n\t：＊＞＜＝！＆｜＂〝〞〟", '   :*><=!&|""""')
"""What is read as something else: line breaks, and the signs of Chinese and Japanese keyboards."""

NEARNESS = re.compile(
    r"O?NEAR|W|PRE|(?:o?near|w|n|pre|adj|within)/[0-9]+[a-z]?|/n[0-9]+/?|(?:o?near|adj)[0-9]+"
    r"|o?near[:~][0-9]*",
    re.IGNORECASE,
)
"""Nearness without a distance, or as other tools write it."""

_NEAR = re.compile(r"(O?)NEAR[/／](\d{1,3})")
_OPERATORS = frozenset({"AND", "OR", "NOT"})


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
    return word.upper() in _OPERATORS or is_nearness(word)
