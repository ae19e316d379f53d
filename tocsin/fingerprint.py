"""Fingerprints: which texts are nearly the same, decided on small numbers instead of the texts.

A text becomes a set of shingles: every three words in a row, or, in scripts that are written without
spaces, every few characters in a row. Shingles are 32-bit hashes (xxHash, Collet 2014, mixed with the
finaliser of MurmurHash3, Appleby 2011), equal on every machine. How much two sets overlap (Jaccard
1901: shared over all) is how similar two texts are. Kept of a set are two things:

* **bands**, to find candidates: MinHash (Broder 1997) under 128 fixed permutations `a·x + b mod 2³²`,
  cut into 32 bands of 4. Two texts of similarity s share a band with probability 1 − (1 − s⁴)³²:
  0.02 % at 0.05, 5 % at 0.2, 87 % at 0.5, 99 % at 0.6, 99.99 % at 0.7.
* a **sketch**, to verify them: the 256 least hashes. It is the whole set, and so the answer exact, up
  to 256 shingles (some 1,500 characters); beyond, the error has a standard deviation of at most 0.031
  (bottom-k sketches, Cohen & Kelley 2007).

Titles and texts are shingled apart and counted together: in a long text the title weighs nothing, so
that a copy under another headline is found; in a short item it weighs most, so that a description
which says the same everywhere (`Comments`) glues nothing together.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import xxhash

VERSION = 1
"""Changes whenever a text would get another fingerprint; part of the rule set's id."""

PERMUTATIONS = 128
BANDS = 32
ROWS = PERMUTATIONS // BANDS
SKETCH = 256

WORDS = 3
"""Words in a shingle."""

SIMILAR = 0.5
"""Copies share at least this much. Two reports of one event written apart share less than 0.4."""

SIMILAR_WHEN_SHORT = 0.85
"""The same for short items. There one changed word can be all the news (`French envoy`, `German`), and
what a channel writes under everything (addresses, disclaimers) can be most of the text: of 123 links
below this in a week of mixed feeds, 118 joined items with different titles and such a tail."""

SHORT = SKETCH
"""Shingles under which an item is short: some 1,500 characters."""

Hashes = npt.NDArray[np.uint32]
_Wide = npt.NDArray[np.uint64]

_IDEOGRAPHS = "\u2e80-\u2fdf\u3005-\u3007\u3040-\u30ff\u31f0-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_ABUGIDAS = "\u0e00-\u0eff\u0f00-\u0fff\u1000-\u109f\u1780-\u17ff"
_RUNS = re.compile(rf"(?P<ideographs>[{_IDEOGRAPHS}]+)|(?P<abugidas>[{_ABUGIDAS}]+)")
_BETWEEN = re.compile(
    rf"(?<=[{_IDEOGRAPHS}{_ABUGIDAS}])[^\w{_IDEOGRAPHS}{_ABUGIDAS}]+(?=[{_IDEOGRAPHS}{_ABUGIDAS}])"
)
_CHARACTERS = {"ideographs": 5, "abugidas": 9}
"""Characters in a shingle: as much as three words hold. Thai, Lao, Khmer, Burmese and Tibetan spell
out what Chinese and Japanese write in one or two characters."""

_ASCII = bytes(
    ord(chr(code).lower()) if chr(code).isalnum() or code > 127 else 32 for code in range(128)
) + bytes(range(128, 256))
_PUNCTUATION = re.compile(
    rb"\xc2[\xa0-\xbf]|\xe2[\x80\x81][\x80-\xbf]|\xe3\x80[\x80-\x84\x88-\xbf]"
    rb"|\xd8[\x8c\x9b\x9f]|\xdb\x94|\xe0\xa5[\xa4\xa5]|\xef\xb8[\x8e\x8f]"
)
"""UTF-8 of punctuation outside of ASCII: Latin-1, U+2000-206F, CJK, Arabic, dandas."""

_MIX_1 = np.uint64(0xFF51AFD7ED558CCD)
_MIX_2 = np.uint64(0xC4CEB9FE1A85EC53)
_SHIFT = np.uint64(33)
_STEP = np.uint64(0x9E3779B97F4A7C15)  # 2⁶⁴ divided by the golden ratio: spreads neighbours


@dataclass(frozen=True, slots=True, kw_only=True)
class Fingerprint:
    """What is kept of a text: `bands` find candidates, `sketch` verifies them."""

    bands: tuple[int, ...]
    sketch: bytes


def fingerprint(title: str, text: str) -> Fingerprint:
    """Take the fingerprint of an article."""
    found = shingles(title, text)
    return Fingerprint(bands=bands(signature(found)), sketch=sketch(found))


def shingles(title: str, text: str) -> Hashes:
    """Return the set of shingles as sorted hashes; never empty."""
    parts = [part for field in (title, text) if field for part in _field_shingles(field)]
    if not parts:  # nothing but punctuation or symbols: it is equal to itself alone
        parts = [_mix(_word_hashes([f"{title}\n{text}".strip().encode("utf-8", "replace")]))]
    whole = parts[0] if len(parts) == 1 else np.concatenate(parts)
    hashes = (whole >> np.uint64(32)).astype(np.uint32)
    hashes.sort()  # and then drop repeats: quicker than numpy's own `unique` on so few
    return hashes[np.concatenate(([True], hashes[1:] != hashes[:-1]))]


def signature(found: Hashes) -> Hashes:
    """Return the least hash of a set under each of the 128 permutations."""
    factors, offsets = _permutations()
    least = np.empty(PERMUTATIONS, dtype=np.uint32)
    # In blocks, so that a book does not need 128 times its size in memory.
    least.fill(np.iinfo(np.uint32).max)
    for start in range(0, len(found), 8192):
        images = np.multiply.outer(factors, found[start : start + 8192])
        images += offsets
        np.minimum(least, images.min(axis=1), out=least)
    return least


def bands(least: Hashes) -> tuple[int, ...]:
    """Return the 32 band hashes of a signature, as signed 64-bit numbers that any database holds."""
    rows = least.reshape(BANDS, ROWS).astype(np.uint64)
    mixed = np.arange(BANDS, dtype=np.uint64) * _STEP
    for row in range(ROWS):
        mixed = _mix((mixed ^ rows[:, row]) + _STEP)
    return tuple(mixed.view(np.int64).tolist())


def sketch(found: Hashes) -> bytes:
    """Return the 256 least hashes, little endian."""
    return found[:SKETCH].astype("<u4").tobytes()


def exact(first: Hashes, second: Hashes) -> float:
    """Compute the similarity of two sets of shingles."""
    shared = len(np.intersect1d(first, second, assume_unique=True))
    return shared / (len(first) + len(second) - shared)


def similarity(first: bytes, second: bytes) -> float:
    """Compute the similarity of two sketches, rounded to 4 places; exact where both are whole sets."""
    if first == second:
        return 1.0
    one, two = np.frombuffer(first, dtype="<u4"), np.frombuffer(second, dtype="<u4")
    merged = np.concatenate((one, two))
    merged.sort()
    repeated = merged[1:] == merged[:-1]
    if len(one) < SKETCH and len(two) < SKETCH:
        shared = int(np.count_nonzero(repeated))
        return round(shared / (len(merged) - shared), 4)
    # Of a set that was cut, nothing is known above its greatest kept hash: count below it.
    distinct = np.concatenate((merged[:1], merged[1:][~repeated]))[:SKETCH]
    shared = int(np.count_nonzero(repeated & (merged[1:] <= distinct[-1])))
    return round(shared / len(distinct), 4)


def likeness(first: bytes, second: bytes) -> float:
    """Return the similarity of two sketches if they are of copies, else 0."""
    fewer, more = sorted((len(first) // 4, len(second) // 4))
    wanted = SIMILAR_WHEN_SHORT if fewer < SHORT else SIMILAR
    if more < SKETCH and fewer < wanted * more:  # too different in length to share enough
        return 0.0
    found = similarity(first, second)
    return found if found >= wanted else 0.0


def _field_shingles(field: str) -> list[_Wide]:
    """Shingle one field, run of script by run of script."""
    if field.isascii():
        return _spaced_shingles(field)
    if not unicodedata.is_normalized("NFKC", field):
        field = unicodedata.normalize("NFKC", field)
    if _RUNS.search("".join(set(field))) is None:  # quicker than to search the whole text
        return _spaced_shingles(field)
    # What stands between two characters of such a script (line breaks, commas) parts no words.
    joined = _BETWEEN.sub("", field)
    runs = [(run.start(), run.end(), run.lastgroup or "") for run in _RUNS.finditer(joined)]
    borders = [(0, 0, ""), *runs, (len(joined), len(joined), "")]
    found: list[_Wide] = []
    for (_, before, _), (start, end, script) in pairwise(borders):
        found += _spaced_shingles(joined[before:start])
        if script:
            found.append(_unspaced_shingles(joined[start:end], _CHARACTERS[script]))
    return found


def _spaced_shingles(part: str) -> list[_Wide]:
    """Shingle text whose words are spaced; fewer than three words are one shingle."""
    content = part.lower().encode("utf-8", "replace").translate(_ASCII)
    if not content.isascii():
        content = _PUNCTUATION.sub(b" ", content)
    words = content.split()
    return [_windows(_word_hashes(words), WORDS)] if words else []


def _unspaced_shingles(run: str, length: int) -> _Wide:
    """Shingle a run of characters of a script that is written without spaces."""
    points = np.frombuffer(run.encode("utf-32-le", "replace"), dtype="<u4").astype(np.uint64)
    return _windows(_mix(points + _STEP), length)


def _word_hashes(words: list[bytes]) -> _Wide:
    return np.fromiter(map(xxhash.xxh3_64_intdigest, words), dtype=np.uint64, count=len(words))


def _windows(hashes: _Wide, length: int) -> _Wide:
    """Hash every `length` neighbours in their order; the whole where there are fewer."""
    length = min(length, len(hashes))
    count = len(hashes) - length + 1
    mixed = hashes[:count].copy()
    for place in range(1, length):
        mixed *= _MIX_2
        mixed += hashes[place : place + count]
        mixed ^= mixed >> _SHIFT
    return _mix(mixed + np.uint64(length))


def _mix(hashes: _Wide) -> _Wide:
    """Spread every bit over all: the finaliser of MurmurHash3."""
    mixed = hashes ^ (hashes >> _SHIFT)
    mixed *= _MIX_1
    mixed ^= mixed >> _SHIFT
    mixed *= _MIX_2
    mixed ^= mixed >> _SHIFT
    return mixed


@lru_cache(maxsize=1)
def _permutations() -> tuple[Hashes, Hashes]:
    """Derive the factors (odd, so that each map is one to one) and offsets from their numbers."""
    numbers = np.arange(1, 2 * PERMUTATIONS + 1, dtype=np.uint64)
    drawn = (_mix(numbers * _STEP) >> np.uint64(32)).astype(np.uint32)
    return drawn[:PERMUTATIONS] | np.uint32(1), drawn[PERMUTATIONS:, np.newaxis]
