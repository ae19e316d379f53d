"""Numbers for everything that queries ask of article versions: the facts.

A fact is a key (see `anchors`), or a term that takes a closer look, which only gets a number here.
"""

from array import array
from typing import TypeVar

import numpy as np

from tocsin.query.anchors import ACTOR, ANY_ENTITY, ANYTHING, NAME, Key
from tocsin.query.nodes import Field
from tocsin.query.sieve import ALWAYS, Costs

_COSTS = {
    ACTOR: 3,
    NAME: 3,
    f":{Field.PUBLISHER}": 10,
    f":{Field.FEED}": 10,
    f":{Field.FLAG}": 100,
    ANY_ENTITY[0]: 2_000,
    f":{Field.LANGUAGE}": 5_000,
    f":{Field.VIA}": 5_000,
    ANYTHING[0]: 10_000,
}
"""How common a value is, on the scale of words: a word costs the number of queries that ask for it,
because what many ask for is common, and more where it is short. Estimates of ours; they decide speed,
never results."""

_SHORT = 100
"""A word of n letters costs this by n squared: short words are common in every language."""

_PHRASE_COST = 0.1
"""A phrase is so many times rarer than what it begins with and what it ends with are by themselves."""

_PREFIX_COST = 4
"""A beginning is in so many times more article versions than a word of its length."""

WIDTH = 32
"""Bits of a number, where two are written as one."""

_K = TypeVar("_K")


class Numbering:
    """Gives every key a number, in the order in which they are asked for, and counts who asks."""

    def __init__(self) -> None:
        self.words: dict[str, int] = {}
        self.phrases: dict[int, int] = {}
        self.values: dict[tuple[str, ...], int] = {}
        self._asked = array("i")
        always = self.number(ANYTHING)
        assert always == ALWAYS

    def __len__(self) -> int:
        return len(self._asked)

    def add(self) -> int:
        """Give the number of one more fact."""
        self._asked.append(0)
        return len(self._asked) - 1

    def number(self, key: Key) -> int:
        """Give the number of a key."""
        if isinstance(key, str):
            found = self._numbered(self.words, key)
        elif key[0][:1] == ":":
            found = self._numbered(self.values, key)
        else:
            found = self._phrase(key)
        self._asked[found] += 1
        return found

    def _phrase(self, words: tuple[str, ...]) -> int:
        """Give the number of a phrase: of it without its last word, with it without its first behind."""
        if len(words) == 2:
            beginning, end = self.number(words[0]), self.number(words[1])
        else:
            beginning, end = self.number(words[:-1]), self.number(words[1:])
        return self._numbered(self.phrases, beginning << WIDTH | end)

    def _numbered(self, numbers: dict[_K, int], key: _K) -> int:
        found = numbers.get(key)
        if found is None:
            found = numbers[key] = self.add()
        return found

    def costs(self) -> Costs:
        """Say of each key how common it is; of other facts nothing yet."""
        costs = np.array(self._asked, dtype=np.float64)
        numbers = np.fromiter(self.words.values(), np.intp, len(self.words))
        lengths = np.fromiter(map(len, self.words), np.float64, len(self.words))
        costs[numbers] += _SHORT / lengths**2
        for (kind, value), number in self.values.items():
            as_beginning = (costs[number] + _SHORT / max(len(value), 1) ** 2) * _PREFIX_COST
            costs[number] = _COSTS.get(kind, as_beginning)
        for code, number in self.phrases.items():
            beginning, end = divmod(code, 1 << WIDTH)
            costs[number] = _PHRASE_COST * (costs[beginning] * costs[end]) ** 0.5
        return costs
