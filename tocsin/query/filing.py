"""Queries by what they ask for: taken apart once, and then found by what an article version has."""

from array import array
from functools import lru_cache

import numpy as np

from tocsin.query.anchors import needs_of
from tocsin.query.clauses import Literal, conditions
from tocsin.query.closeness import Closeness, Pairs, two_words
from tocsin.query.evaluate import Test, compiled
from tocsin.query.facts import Facts
from tocsin.query.nodes import Near, Node, Term
from tocsin.query.numbering import Numbering
from tocsin.query.sieve import Conditions, Flags, Numbers, Sieve, prices
from tocsin.query.view import View

_REMEMBERED = 4_096
"""Terms that are kept compiled."""


class Filing:
    """Numbers what queries ask for, and collects the conditions under which they match."""

    def __init__(self) -> None:
        self.numbering = Numbering()
        self.queries = Conditions()
        self.partial = array("i")
        self.pairs = Pairs()
        self.needs = Conditions()
        self.terms: list[Term] = []
        self.term_facts = array("i")
        self._facts: dict[Term, int] = {}

    def add(self, number: int, node: Node) -> bool:
        """Take in one query. Tells whether look-ups alone decide it."""
        found = conditions(node)
        for condition in found:
            if not condition.is_whole:
                self.partial.append(len(self.queries.owners))
            self.queries.add(
                number, [[self._literal(each) for each in clause] for clause in condition.clauses]
            )
        return all(condition.is_whole for condition in found) and not any(
            literal.term in self._facts
            for condition in found
            for clause in condition.clauses
            for literal in clause
        )

    def _literal(self, literal: Literal) -> int:
        fact = self._fact(literal.term)
        return ~fact if literal.is_negated else fact

    def _fact(self, term: Term) -> int:
        """Give the number of a term: that of its key, where it decides."""
        needs = needs_of(term)
        if needs.suffice:
            return self.numbering.number(needs.keys[0][0])
        if isinstance(term, Near) and (words := two_words(term)):
            one, other = map(self.numbering.number, words)
            return self.pairs.add(self.numbering.add(), one, other, term)
        fact = self._facts.get(term)
        if fact is None:
            fact = self._facts[term] = self.numbering.add()
            self.needs.add(
                len(self.terms), [map(self.numbering.number, keys) for keys in needs.keys]
            )
            self.terms.append(term)
            self.term_facts.append(fact)
        return fact


class Filed:
    """Queries by number, filed under what they ask for."""

    def __init__(self, filing: Filing) -> None:
        costs = filing.numbering.costs()
        sure = np.ones(costs.size, dtype=np.bool_)
        self._facts = Facts(filing.numbering)
        self._closeness = Closeness(filing.pairs, costs)
        known = costs.tolist()
        self._needs = Sieve(filing.needs, known, sure)
        self._terms = filing.terms
        self._test = lru_cache(maxsize=_REMEMBERED)(self._compiled)
        self._term_facts = np.array(filing.term_facts, dtype=np.int32)
        costs[self._term_facts] = prices(filing.needs, known)
        sure[self._term_facts] = False
        self._queries = Sieve(filing.queries, costs.tolist(), sure)
        self._partial = np.array(filing.partial, dtype=np.int32)

    def find(self, view: View) -> tuple[Numbers, Numbers]:
        """List the queries that match, and those that may: both ascending."""
        known = self._facts.of(view)
        facts, truth = known.facts, known.truth
        close = self._closeness.find(known, facts, truth)
        truth[close], truth[~close] = True, False
        facts = np.concatenate((facts, close))
        if self._terms:
            facts = np.concatenate((facts, self._looked_at(facts, truth, view)))
        found = self._queries.find(facts, truth)
        if not self._partial.size:
            return self._queries.owners(found), self._partial
        is_partial = np.isin(found, self._partial)
        return self._queries.owners(found[~is_partial]), self._queries.owners(found[is_partial])

    def _compiled(self, term: int) -> Test:
        return compiled(self._terms[term])

    def _looked_at(self, facts: Numbers, truth: Flags, view: View) -> Numbers:
        """Look at the terms that may be there and that a query depends on; list those that are.

        While a term is not looked at, it both is and is not: so no query is lost that may match.
        """
        terms = self._needs.owners(self._needs.find(facts, truth))
        open_facts = self._term_facts[terms]
        truth[open_facts] = True
        found = self._queries.find(np.concatenate((facts, open_facts)), truth)
        depended_on = np.zeros(truth.size // 2, dtype=np.bool_)
        depended_on[self._queries.facts(found)] = True
        there: list[int] = []
        for term, fact in zip(terms.tolist(), open_facts.tolist(), strict=True):
            if depended_on[fact] and self._test(term)(view):
                truth[~fact] = False
                there.append(fact)
            else:
                truth[fact] = False
        return np.array(there, dtype=np.intp)
