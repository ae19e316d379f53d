"""Folding: one plain form of a text for matching, with the way back to the original offsets.

Folding takes away what does not tell names apart: case, width and other compatibility forms
(Unicode NFKC and case folding, UAX 15), diacritics of Latin, Greek, Cyrillic, Arabic and Hebrew,
characters nobody sees (the Default_Ignorable_Code_Point ranges of Unicode's DerivedCoreProperties)
and the many shapes of quotes, dashes and spaces. й, ї and ў stay themselves, because dropping their
marks makes other words; ё becomes е, as newspapers print it.
"""

import re
import unicodedata
from bisect import bisect_right
from dataclasses import dataclass
from functools import lru_cache

from tocsin.confusables import may_mix, unmix

_IGNORABLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3"
    "\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
_MARK = re.compile(
    "[\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a"
    "\u0640\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed\u1ab0-\u1aff"
    "\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]"
)
"""Marks that fold away, and tatweel. Indic vowel signs and kana voicing are letters, and stay."""

_CLUSTER = re.compile(
    "[иИуУ]\u0306|[іІ]\u0308|[\u3040-\u30ff][\u3099\u309a]|[\uff66-\uff9d][\uff9e\uff9f]"
    "|[\u1100-\u115e][\u1161-\u11a7][\u11a8-\u11ff]?"
)
"""Decomposed letters that must be put together before their marks are looked at."""

_CLUSTER_SIGNS = frozenset("\u0306\u0308\u3099\u309a\uff9e\uff9f") | frozenset(
    map(chr, range(0x1161, 0x11A8))
)
_SPACES = re.compile(r"[^\S\n]{2,}")
_ODD_SPACES = "\x1c\x1d\x1e\x1f"
"""What is white space in ASCII beside what folds to a space or a line break."""

_LONE_NEWLINE = re.compile(r"\n(?<![\n ]\n)(?![\n ])")

_FIXED = {
    **dict.fromkeys("‘’‚‛′`´ʹʻʼʽ՚׳＇", "'"),
    **dict.fromkeys("“”„‟«»″〝〞「」『』《》〈〉＂״", '"'),
    **dict.fromkeys("‐‑‒–—―−﹘﹣－־", "-"),
    **dict.fromkeys("\r\u0085\u2028\u2029\x0b\x0c", "\n"),
    **dict.fromkeys("йЙ", "й"),
    **dict.fromkeys("їЇ", "ї"),
    **dict.fromkeys("ўЎ", "ў"),
    **dict(zip("łŁøØđĐıħĦیىک", "llooddihhييك", strict=True)),
    "…": ".",
}
"""Letters and signs whose folding Unicode leaves open. Persian and Arabic yeh and kaf are one."""


def _fold_character(character: str) -> str:
    """Fold one character; the answer may be empty or longer than one."""
    if character in _FIXED:
        return _FIXED[character]
    if _IGNORABLE.match(character) or _MARK.match(character):
        return ""
    category = unicodedata.category(character)
    if category == "Cs":
        return "\ufffd"  # half a pair: no text, and no encoder takes it
    if category[0] == "Z":
        return " "
    plain = unicodedata.normalize("NFKC", character)
    if category == "So" and len(plain) > 1:
        return character  # a trade mark sign is not two more letters of the name before it
    if category == "No" and unicodedata.decomposition(character).startswith("<super>"):
        return " "
    apart = unicodedata.normalize("NFKD", plain.casefold())
    return unicodedata.normalize("NFC", _MARK.sub("", apart)).casefold() or plain


class _Table(dict[int, str]):
    """Folded characters by code point, filled as they are met; a full table is still small."""

    def __missing__(self, point: int) -> str:
        folded = self[point] = _fold_character(chr(point)).translate(_ASCII_TABLE)
        return folded


_FEW_LETTERS = 24
"""Distinct letters outside of ASCII up to which replacing them one by one is faster."""

SHORT, LONGEST_KEPT = 32_768, 4_194_304
"""Characters. Of texts up to the first, hundreds are kept folded, of those up to the second a few."""

_ASCII_TABLE = str.maketrans("\t\r\x0b\x0c`", " \n\n\n'")
_TABLE = _Table({point: chr(folded) for point, folded in _ASCII_TABLE.items()})


@dataclass(frozen=True, slots=True)
class _Edits:
    """Where lengths differ: parallel, ascending; between two edits the offsets differ evenly."""

    starts: tuple[int, ...]
    ends: tuple[int, ...]
    original_starts: tuple[int, ...]
    original_ends: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Folded:
    """A folded text. `mixed` are spans (of the folded text) of tokens that mixed scripts.

    In such a token letters that only look right were replaced by the ones they imitate.
    """

    text: str
    edits: _Edits | None = None
    mixed: tuple[tuple[int, int], ...] = ()

    def original_span(self, start: int, end: int) -> tuple[int, int]:
        """Map the non-empty span [start, end) to the shortest original span that it came from.

        Marks that folded away behind the last character belong to it.
        """
        edits = self.edits
        if edits is None:
            return start, end
        return _original(edits, start)[0], _with_marks(edits, end, _original(edits, end - 1)[1])

    def folded_offset(self, original: int) -> int:
        """Map an original offset to the folded one; inside a change, to where the change begins."""
        edits = self.edits
        at = bisect_right(edits.original_starts, original) - 1 if edits else -1
        if edits is None or at < 0:
            return original
        if original < edits.original_ends[at]:
            return edits.starts[at]
        return original - edits.original_ends[at] + edits.ends[at]

    def is_mixed(self, start: int, end: int) -> bool:
        """Tell whether the span touches a token that mixed scripts."""
        at = bisect_right(self.mixed, (end - 1, end)) - 1
        return at >= 0 and start < self.mixed[at][1]


def _original(edits: _Edits, position: int) -> tuple[int, int]:
    """Find the original span of one folded character."""
    at = bisect_right(edits.starts, position) - 1
    if at < 0:
        return position, position + 1
    if position < edits.ends[at]:
        return edits.original_starts[at], edits.original_ends[at]
    moved = position - edits.ends[at] + edits.original_ends[at]
    return moved, moved + 1


def _with_marks(edits: _Edits, end: int, original_end: int) -> int:
    """Move the end over what folded to nothing right behind it."""
    at = bisect_right(edits.starts, end) - 1
    if at >= 0 and edits.ends[at] == end and edits.original_starts[at] == original_end:
        return edits.original_ends[at]
    return original_end


def fold(text: str) -> Folded:
    """Fold a text, in time linear in its length; lone line breaks become spaces.

    An empty line stays a line break, so that no name reaches over it. The last few texts are kept
    folded: matcher, gazetteer and queries ask for the same ones.
    """
    if len(text) > LONGEST_KEPT:
        return _fold(text)
    return _fold_short(text) if len(text) <= SHORT else _fold_long(text)


@lru_cache(maxsize=256)
def _fold_short(text: str) -> Folded:
    return _fold(text)


@lru_cache(maxsize=4)
def _fold_long(text: str) -> Folded:
    return _fold(text)


def _fold(text: str) -> Folded:
    if text.isascii():
        flat = text.lower().translate(_ASCII_TABLE)
        if "  " not in flat and not any(sign in flat for sign in _ODD_SPACES):
            return Folded(_LONE_NEWLINE.sub(" ", flat))
    letters = set(text)
    irregular = {each for each in letters if len(_TABLE[ord(each)]) != 1}
    changes = _changes(text, irregular, not _CLUSTER_SIGNS.isdisjoint(letters))
    if changes:
        folded, edits = _rebuild(text, changes)
    else:
        folded, edits = _translate(text), None
    unmixed, mixed = (
        unmix(folded)
        if may_mix("".join(map(_TABLE.__getitem__, map(ord, letters))))
        else (folded, ())
    )
    return Folded(_LONE_NEWLINE.sub(" ", unmixed), edits, mixed)


def _translate(text: str) -> str:
    """Fold character by character what keeps its length.

    What becomes ASCII, as most text in Latin letters, is replaced letter by letter: five times
    faster than a table look-up for every character.
    """
    foreign = [each for each in set(text) if not each.isascii()]
    if len(foreign) > _FEW_LETTERS or not all(_TABLE[ord(each)].isascii() for each in foreign):
        return text.translate(_TABLE)
    for each in foreign:
        text = text.replace(each, _TABLE[ord(each)])
    return text.lower().translate(_ASCII_TABLE)


def _changes(text: str, irregular: set[str], has_clusters: bool) -> list[tuple[int, int, str]]:
    """List (start, end, folded) of every place whose length changes, in order, none overlapping."""
    found = [(match.start(), match.end(), " ") for match in _SPACES.finditer(text)]
    if has_clusters:
        for match in _CLUSTER.finditer(text):
            whole = unicodedata.normalize("NFKC", match.group())
            found.append((match.start(), match.end(), whole.translate(_TABLE)))
    if irregular:
        single = re.compile("[" + re.escape("".join(sorted(irregular))) + "]")
        found += [
            (match.start(), match.end(), _TABLE[ord(match.group())])
            for match in single.finditer(text)
        ]
    return _merged(sorted(found, key=lambda change: (change[0], -change[1])))


def _merged(found: list[tuple[int, int, str]]) -> list[tuple[int, int, str]]:
    """Drop changes that lie inside an earlier one, and join neighbours that fold to nothing."""
    kept: list[tuple[int, int, str]] = []
    for start, end, folded in found:
        if kept and start < kept[-1][1]:
            continue
        if kept and start == kept[-1][1] and not folded and not kept[-1][2]:
            kept[-1] = (kept[-1][0], end, "")
        else:
            kept.append((start, end, folded))
    return kept


def _rebuild(text: str, changes: list[tuple[int, int, str]]) -> tuple[str, _Edits]:
    """Fold what lies between the changes, and note where each change came to lie."""
    pieces: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    done = length = 0
    for start, end, folded in changes:
        pieces += [_translate(text[done:start]), folded]
        starts.append(length + start - done)
        ends.append(starts[-1] + len(folded))
        length, done = ends[-1], end
    pieces.append(_translate(text[done:]))
    return "".join(pieces), _Edits(
        tuple(starts),
        tuple(ends),
        tuple(change[0] for change in changes),
        tuple(change[1] for change in changes),
    )
