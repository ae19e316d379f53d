"""Queries as conditions that many can be asked of at once: an AND of clauses, each an OR of literals.

A literal is a term, or the absence of one. Most queries are such conditions already, or a few of them
of which one must hold; brackets inside brackets are multiplied out where that stays small.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import product
from math import prod

from tocsin.query.nodes import And, Node, Not, Or, Term

MOST_CLAUSES = 16
"""Clauses that an OR inside an AND may become; of one that would become more only some are kept."""


@dataclass(frozen=True, slots=True)
class Literal:
    """A term that must be there; or, if negated, must not."""

    term: Term
    is_negated: bool = False


Clause = tuple[Literal, ...]


@dataclass(frozen=True, slots=True)
class Condition:
    """Clauses that all hold where a query matches. If `is_whole`, it matches wherever they hold.

    At least one clause is free of negations: a query that holds without its terms does not parse.
    """

    clauses: tuple[Clause, ...]
    is_whole: bool = True


def conditions(node: Node) -> list[Condition]:
    """Turn a query into conditions: it matches where any of them holds.

    The parts of an OR are conditions of their own, but for those that are single terms, which
    together are one.
    """
    found = [_condition(part) for part in (node.parts if isinstance(node, Or) else (node,))]
    single, others = list[Literal](), list[Condition]()
    for each in found:
        if len(each.clauses) == 1 and each.is_whole:
            single += each.clauses[0]
        else:
            others.append(each)
    return [Condition((tuple(dict.fromkeys(single)),)), *others] if single else others


def _condition(node: Node, *, is_negated: bool = False) -> Condition:
    """Multiply out; the laws of De Morgan turn the AND under a NOT into OR and back."""
    if isinstance(node, Not):
        return _condition(node.part, is_negated=not is_negated)
    if not isinstance(node, And | Or):
        return Condition(((Literal(node, is_negated),),))
    parts = [_condition(part, is_negated=is_negated) for part in node.parts]
    return _all(parts) if isinstance(node, And) is not is_negated else _any(parts)


def _all(parts: list[Condition]) -> Condition:
    clauses = dict.fromkeys(clause for part in parts for clause in part.clauses)
    return Condition(tuple(clauses), all(part.is_whole for part in parts))


def _any(parts: list[Condition]) -> Condition:
    """Join one clause of each part, in all ways; only one way if there are too many."""
    is_whole = all(part.is_whole for part in parts)
    if prod(len(part.clauses) for part in parts) > MOST_CLAUSES:
        return Condition((_joined(_plainest(part) for part in parts),), is_whole=False)
    ways = product(*(part.clauses for part in parts))
    return Condition(tuple(dict.fromkeys(map(_joined, ways))), is_whole)


def _joined(clauses: Iterable[Clause]) -> Clause:
    return tuple(dict.fromkeys(literal for clause in clauses for literal in clause))


def _plainest(part: Condition) -> Clause:
    """Choose a clause without negations, if there is one."""
    plain = (each for each in part.clauses if not any(literal.is_negated for literal in each))
    return next(plain, part.clauses[0])
