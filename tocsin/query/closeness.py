"""Two words close together: the NEAR that nearly all are, asked of all of them at once."""

from array import array

import numpy as np

from tocsin.query.facts import Known
from tocsin.query.nodes import Near, Term
from tocsin.query.sieve import Costs, Flags, Numbers, filed_under, ranges
from tocsin.query.windows import words_apart

_FAR = 1 << 32
"""More words than any article has, and any distance."""


def two_words(term: Term) -> tuple[str, str] | None:
    """Give the words of a NEAR of two different words; None for any other term."""
    parts = words_apart(term) if isinstance(term, Near) else None
    if parts is None or [len(part) for part in parts] != [1, 1]:
        return None
    return parts[0][0], parts[1][0]


class Pairs:
    """Such terms as they come: the facts that they and their words are, and how far these may be apart."""

    def __init__(self) -> None:
        self.facts, self.ones, self.others = array("i"), array("i"), array("i")
        self.nearest, self.farthest = array("i"), array("i")

    def add(self, fact: int, one: int, other: int, near: Near) -> int:
        """Add a term; gives its fact back."""
        self.facts.append(fact)
        self.ones.append(one)
        self.others.append(other)
        self.nearest.append(0 if near.is_ordered else -near.distance - 1)
        self.farthest.append(near.distance + 1)
        return fact


class Closeness:
    """Pairs, filed under the rarer word."""

    def __init__(self, pairs: Pairs, costs: Costs) -> None:
        """`costs` learns what the terms cost."""
        facts, ones, others, nearest, farthest = (
            np.array(each, dtype=np.int32)
            for each in (pairs.facts, pairs.ones, pairs.others, pairs.nearest, pairs.farthest)
        )
        turned = costs[others] < costs[ones]
        costs[facts] = np.where(turned, costs[others], costs[ones])
        ones, others = np.where(turned, others, ones), np.where(turned, ones, others)
        nearest, farthest = (
            np.where(turned, -farthest, nearest),
            np.where(turned, -nearest, farthest),
        )
        self._starts, order = filed_under(ones, costs.size)
        self._facts, self._others = facts[order], others[order]
        self._ones = ones[order].astype(np.int64) * _FAR
        self._steps = others[order] * np.int64(_FAR) - self._ones
        self._nearest, self._farthest = nearest[order], farthest[order]
        self._is_asked = np.zeros(costs.size, dtype=np.bool_)
        self._is_asked[ones] = self._is_asked[others] = True

    def find(self, known: Known, facts: Numbers, truth: Flags) -> Numbers:
        """List the facts that are pairs close together. One may come twice.

        All places of all words lie in one ascending array. Where the other word would stand at the
        nearest is looked up there for each place of the rarer one: what stands next behind it tells.
        """
        starts = self._starts[facts]
        pairs = ranges(starts, self._starts[facts + 1] - starts)
        pairs = pairs[truth[self._others[pairs]]]
        if not pairs.size:
            return pairs
        places = self._places(known)
        ones = self._ones[pairs]
        starts = np.searchsorted(places, ones)
        counts = np.searchsorted(places, ones + _FAR) - starts
        at = places[ranges(starts, counts)]
        pairs = np.repeat(pairs, counts)
        at += self._steps[pairs]
        found = places[np.searchsorted(places, at + self._nearest[pairs])]
        return self._facts[pairs[found <= at + self._farthest[pairs]]]

    def _places(self, known: Known) -> Numbers:
        """List where each word of pairs stands, by word and place, and one place out of reach."""
        at = np.flatnonzero(self._is_asked[known.words])
        places = np.full(at.size + 1, np.iinfo(np.int64).max)
        places[:-1] = known.words[at] * _FAR + at
        places[:-1][at >= known.text] += _FAR >> 1
        places.sort()
        return places
