"""Bloom filters (Bloom 1970): which of many numbers a set may hold, at some bits a number.

Numbers are hashes of 64 bits: their two halves make all places by double hashing (Kirsch & Mitzenmacher
2006). What is in the set is always found; of what is not, one in 830 is found as well.
"""

import numpy as np
import numpy.typing as npt

Hashes = npt.NDArray[np.int64]
Filter = npt.NDArray[np.uint8]

BITS = 14
"""Bits a number. Filters are stored: who changes this, or the places, makes all of them anew (a migration)."""

PLACES = 10
"""Places that one number has: `BITS` times the natural logarithm of 2 gives the fewest errors."""

_HALF = np.uint64(32)
_LOWER = np.uint64(0xFFFFFFFF)


def filter_of(hashes: Hashes) -> bytes:
    """Make the filter of a set of hashes: fewer than 300 million, or places would not reach its end."""
    size = max(BITS * len(np.unique(hashes)) // 8 + 1, 8)
    bits = np.zeros(size * 8, dtype=bool)
    for place in range(PLACES):
        bits[_places(hashes, place, size)] = True
    return np.packbits(bits, bitorder="little").tobytes()


def may_hold(filter: Filter, hashes: Hashes) -> npt.NDArray[np.bool_]:
    """Say of each of these hashes whether a set may hold it; `filter` has the bytes of `filter_of`."""
    left = np.arange(len(hashes))
    for place in range(PLACES):
        at = _places(hashes[left], place, len(filter))
        left = left[(filter[at >> 3] >> (at & 7).astype(np.uint8)) & 1 == 1]
    found = np.zeros(len(hashes), dtype=bool)
    found[left] = True
    return found


def _places(hashes: Hashes, place: int, size: int) -> npt.NDArray[np.int64]:
    """Spread hashes over the bits of a filter of so many bytes."""
    wide = hashes.view(np.uint64)
    mixed = ((wide & _LOWER) + np.uint64(place) * ((wide >> _HALF) | np.uint64(1))) & _LOWER
    return (mixed * np.uint64(size * 8) >> _HALF).view(np.int64)
