"""A sieve: which of very many conditions hold, given which facts do; all of them asked at once.

A condition is an AND of clauses, a clause an OR of literals. A literal is the number of a fact, or its
complement (`~fact`) for the fact that is not so; what is true is therefore one array of twice as many
places as there are facts, whose end, which negative numbers count from, holds the opposites.

Every condition is filed under the cheapest clause that has only facts: it can hold only if one of
these does. That is the idea of Luwak, today Lucene Monitor's presearcher. Everything lies in a few
flat arrays, so that a condition takes tens of bytes, and asking it takes tens of nanoseconds.
"""

from array import array
from collections.abc import Iterable, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.integer]
Flags = NDArray[np.bool_]
Costs = NDArray[np.float64]

ALWAYS = 0
"""The number of a fact that always holds."""


class Conditions:
    """Conditions as they come, each of an owner: a number that several may share."""

    def __init__(self) -> None:
        self.owners = array("i")
        self.clauses = array("i", [0])
        self.literals = array("i", [0])
        self.facts = array("i")

    def __len__(self) -> int:
        return len(self.owners)

    def add(self, owner: int, clauses: Iterable[Iterable[int]]) -> None:
        """Add a condition of any number of clauses of one or more literals."""
        for clause in clauses:
            self.facts.extend(clause)
            self.literals.append(len(self.facts))
        self.clauses.append(len(self.literals) - 1)
        self.owners.append(owner)

    def __getitem__(self, number: int) -> "list[array[int]]":
        """Give the clauses of a condition."""
        bounds = self.literals[self.clauses[number] : self.clauses[number + 1] + 1]
        return [self.facts[start:end] for start, end in pairwise(bounds)]


class Sieve:
    """Conditions, filed under facts.

    `costs` says of each fact how common it is; `sure` are those that hold whenever they are given to
    `find`: a condition need not ask again for what it is found by.
    """

    def __init__(self, conditions: Conditions, costs: Sequence[float], sure: Flags) -> None:
        filed, by, also, rest = array("i"), array("i"), array("i"), Conditions()
        for number, owner in enumerate(conditions.owners):
            clauses = conditions[number]
            asked = [_price(clause, costs) for clause in clauses]
            cheapest = asked.index(min(asked))
            by.extend(clauses[cheapest])
            filed.extend([number] * len(clauses[cheapest]))
            if all(sure[fact] for fact in clauses[cheapest]):
                del clauses[cheapest], asked[cheapest]
            single = [at for at, clause in enumerate(clauses) if len(clause) == 1]
            best = min(single, key=asked.__getitem__, default=None)
            also.append(ALWAYS if best is None else clauses.pop(best)[0])
            rest.add(owner, clauses)
        self._starts, order = filed_under(_flat(by), len(costs))
        self._filed = _flat(filed)[order]
        self._also = _flat(also)
        self._owners = _flat(rest.owners)
        self._clauses = _flat(rest.clauses)
        self._literals = _flat(rest.literals)
        self._facts = _flat(rest.facts)
        self._has_more = np.diff(self._clauses) > 0

    def find(self, facts: Numbers, truth: Flags) -> Numbers:
        """List the conditions that hold, if these facts are all that may. One may come twice."""
        starts = self._starts[facts]
        found = self._filed[ranges(starts, self._starts[facts + 1] - starts)]
        found = found[truth[self._also[found]]]
        has_more = self._has_more[found]
        if not has_more.any():
            return found
        return np.concatenate((found[~has_more], self._holding(found[has_more], truth)))

    def owners(self, conditions: Numbers) -> Numbers:
        """List the owners of conditions, ascending, each once."""
        found = np.sort(self._owners[conditions])
        kept = np.ones(found.size, dtype=np.bool_)
        np.not_equal(found[1:], found[:-1], out=kept[1:])
        return found[kept]

    def facts(self, conditions: Numbers) -> Numbers:
        """List the facts that conditions ask about beside those that they are found by, if sure."""
        clauses, _ = _inside(self._clauses, conditions)
        literals, _ = _inside(self._literals, clauses)
        found = np.concatenate((self._also[conditions], self._facts[literals]))
        return np.where(found < 0, ~found, found)

    def _holding(self, conditions: Numbers, truth: Flags) -> Numbers:
        """Leave out conditions whose clauses do not all hold."""
        clauses, clause_counts = _inside(self._clauses, conditions)
        literals, literal_counts = _inside(self._literals, clauses)
        said = np.logical_or.reduceat(truth[self._facts[literals]], _starts(literal_counts))
        return conditions[np.logical_and.reduceat(said, _starts(clause_counts))]


def prices(conditions: Conditions, costs: Sequence[float]) -> list[float]:
    """Say what the cheapest clause of each condition costs: about how often it is asked."""
    return [
        min(_price(clause, costs) for clause in conditions[number])
        for number in range(len(conditions))
    ]


def _price(clause: Iterable[int], costs: Sequence[float]) -> float:
    """Add up how common the facts are; a clause that asks for an absence files nothing."""
    return sum(np.inf if literal < 0 else costs[literal] for literal in clause)


def _flat(numbers: "array[int]") -> Numbers:
    """Copy what is no longer going to grow."""
    return np.array(numbers, dtype=np.int32)


def filed_under(facts: Numbers, count: int) -> tuple[Numbers, Numbers]:
    """Sort by facts: where those of each fact begin, and the order."""
    order = np.argsort(facts, kind="stable")
    return np.searchsorted(facts[order], np.arange(count + 1)).astype(np.int32), order


def ranges(starts: Numbers, counts: Numbers) -> Numbers:
    """Write the ranges that begin at `starts` and are `counts` long one behind the other."""
    ends = np.cumsum(counts)
    length = ends[-1] if ends.size else 0
    return np.repeat(starts - ends + counts, counts) + np.arange(length)


def _starts(counts: Numbers) -> Numbers:
    """Say where ranges begin that are `counts` long and stand one behind the other."""
    return np.cumsum(counts) - counts


def _inside(bounds: Numbers, numbers: Numbers) -> tuple[Numbers, Numbers]:
    """List what lies between the bounds of each number, and how much of each."""
    starts = bounds[numbers]
    counts = bounds[numbers + 1] - starts
    return ranges(starts, counts), counts
