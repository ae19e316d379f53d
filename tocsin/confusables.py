"""Letters of one script that imitate another, undone inside tokens that mix scripts.

Only a token that holds letters of two scripts is touched: a word that is Cyrillic throughout stays
Cyrillic, however Latin it looks (`САР` is Syria, not a cap). Pairs after Unicode UTS 39, restricted
to lower-case letters that folding leaves and to pairs readers do confuse.
"""

import re

_PAIRS = {
    "а": "a", "в": "b", "с": "c", "ԁ": "d", "е": "e", "һ": "h", "н": "h", "і": "i", "ј": "j",
    "к": "k", "м": "m", "о": "o", "р": "p", "ԛ": "q", "ѕ": "s", "т": "t", "ѵ": "v", "ԝ": "w",
    "х": "x", "у": "y", "г": "r", "ї": "i",
}  # fmt: skip
_GREEK = {
    "α": "a", "β": "b", "ε": "e", "γ": "y", "η": "n", "ι": "i", "κ": "k", "ν": "v", "ο": "o",
    "ρ": "p", "τ": "t", "υ": "u", "χ": "x", "μ": "m", "ζ": "z", "ω": "w",
}  # fmt: skip
_TO_LATIN = str.maketrans({**_PAIRS, **_GREEK})
_TO_CYRILLIC = str.maketrans(
    {"a": "а", "b": "в", "c": "с", "e": "е", "h": "н", "i": "і", "j": "ј", "k": "к", "m": "м",
     "o": "о", "p": "р", "s": "ѕ", "t": "т", "x": "х", "y": "у", "r": "г", "n": "п",
     "α": "а", "ο": "о", "ε": "е", "ρ": "р", "κ": "к", "τ": "т"}
)  # fmt: skip

_LATIN = "a-z"
_CYRILLIC = "\u0430-\u052f"
_GREEK_LETTERS = "\u03b1-\u03c9"
_ANY = f"[{_LATIN}{_CYRILLIC}{_GREEK_LETTERS}]"
_SEAM = re.compile(
    f"[{_LATIN}][{_CYRILLIC}{_GREEK_LETTERS}]|[{_CYRILLIC}{_GREEK_LETTERS}][{_LATIN}]"
    f"|[{_CYRILLIC}][{_GREEK_LETTERS}]|[{_GREEK_LETTERS}][{_CYRILLIC}]"
)
_SCRIPTS = tuple(re.compile(f"[{each}]") for each in (_LATIN, _CYRILLIC, _GREEK_LETTERS))
_TOKEN = re.compile(f"{_ANY}+")
_WHOLLY_LATIN = re.compile(f"[{_LATIN}]+")
_WHOLLY_CYRILLIC = re.compile(f"[{_CYRILLIC}]+")


def may_mix(letters: str) -> bool:
    """Tell whether letters of more than one of these scripts are among those that a text is made of."""
    return sum(script.search(letters) is not None for script in _SCRIPTS) > 1


def unmix(folded: str) -> tuple[str, tuple[tuple[int, int], ...]]:
    """Give mixed tokens one script, that of most of their letters; say where they were.

    The length never changes. A token with a letter that imitates nothing stays as it is.
    """
    if not _SEAM.search(folded):
        return folded, ()
    pieces: list[str] = []
    mixed: list[tuple[int, int]] = []
    done = 0
    for match in _TOKEN.finditer(folded):
        token = match.group()
        if not _SEAM.search(token):
            continue
        plain = _one_script(token)
        if plain != token:
            pieces += [folded[done : match.start()], plain]
            done = match.end()
            mixed.append(match.span())
    pieces.append(folded[done:])
    return "".join(pieces), tuple(mixed)


def _one_script(token: str) -> str:
    """Rewrite a mixed token in the script of most of its letters, or else in the other one."""
    latin = token.translate(_TO_LATIN)
    cyrillic = token.translate(_TO_CYRILLIC)
    candidates = [
        (latin, bool(_WHOLLY_LATIN.fullmatch(latin))),
        (cyrillic, bool(_WHOLLY_CYRILLIC.fullmatch(cyrillic))),
    ]
    is_mostly_cyrillic = 2 * len(re.findall(f"[{_CYRILLIC}]", token)) > len(token)
    for candidate, is_whole in reversed(candidates) if is_mostly_cyrillic else candidates:
        if is_whole:
            return candidate
    return token
