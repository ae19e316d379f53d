"""Where words begin and end in folded text, whatever the script.

Scripts written without spaces (Han, Thai, Lao, Khmer, Burmese, Tibetan) have no word boundaries
that characters alone could show; kana ends where kana ends; everywhere else a word is a run of
letters, digits and the vowel signs that belong to them.
"""

import re
import unicodedata
from functools import lru_cache
from itertools import groupby

_UNSPACED = (
    "\u0e00-\u0eff\u0f00-\u0fff\u1000-\u109f\u1780-\u17ff\u2e80-\u2fdf\u3400-\u9fff\uf900-\ufaff"
    "\U00020000-\U0003ffff"
)
_KANA = "\u30a1-\u30fa\u30fc-\u30ff"
_HIRAGANA = "\u3041-\u309f"
_HANGUL = "\u1100-\u11ff\uac00-\ud7af"


def _sign_ranges() -> str:
    """List the combining marks of spaced scripts, which Python's word class leaves out."""
    points = [
        point
        for point in (*range(0x300, 0xE00), *range(0x10A0, 0x1780), *range(0x1800, 0x1D00))
        if unicodedata.category(chr(point)) in ("Mn", "Mc")
    ]
    runs = (
        [point for _, point in run]
        for _, run in groupby(enumerate(points), lambda each: each[1] - each[0])
    )
    return "".join(f"{chr(run[0])}-{chr(run[-1])}" for run in runs)


_SIGNS = _sign_ranges()
LETTER = f"(?:[^\\W_{_UNSPACED}{_KANA}{_HIRAGANA}{_HANGUL}]|[{_SIGNS}])"
"""One character of a word in a spaced script other than Hangul."""

_KINDS = (
    (re.compile(f"[{_UNSPACED}]"), ""),
    (re.compile(f"[{_KANA}]"), f"[{_KANA}]"),
    (re.compile(f"[{_HIRAGANA}]"), ""),
    (re.compile(f"[{_HANGUL}]"), f"[{_HANGUL}]"),
)
_LATIN = re.compile("[a-z]")
_SHARED = re.compile("[a-z\u0400-\u052f\u0590-\u07ff]")


@lru_cache(maxsize=4096)
def word_character(character: str) -> str:
    """Give the pattern of characters that would continue a word at `character`; empty for none."""
    for kind, pattern in _KINDS:
        if kind.match(character):
            return pattern
    return LETTER


def is_latin(folded: str) -> bool:
    """Tell whether a folded text holds Latin letters."""
    return bool(_LATIN.search(folded))


def is_shared(folded: str) -> bool:
    """Tell whether the script is used by so many languages that short names collide in it."""
    return bool(_SHARED.search(folded))
