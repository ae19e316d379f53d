"""What a query costs: microseconds of every article version, about, of five thousand characters.

Nearly all cost next to nothing, stop words and NOT included: what is asked by look-up is asked of all
queries at once. What takes a closer look costs that whenever its words are there; where they are rare,
hardly ever. Measured by hand, on one core; estimates, and the same everywhere.
"""

from tocsin.query.anchors import ANY_ENTITY, ANYTHING, PREFIX, Key, needs_of
from tocsin.query.clauses import Clause, Condition, conditions
from tocsin.query.nodes import NAMED, Exact, Field, Leaf, Near, Node, Term, terms
from tocsin.query.windows import words_apart
from tocsin.query.words import common_words

DEAR = 50.0
"""From here on a query is worth a warning: it takes as long as thousands of others."""

TOO_DEAR = 500.0
"""From here on a query is refused: one that slows the matching of all others is a fault."""

_LITERAL = 0.05
_TERM = 0.5
"""One of a query that is too entangled to be asked together with others."""

_LOOK = 3.0
_PLACES_OF_A_WORD = 10.0
_PLACES, _PLACES_GROWTH = 10.0, 2.5
"""A NEAR of phrases and the like: what it takes grows with every part that may stand anywhere."""

_SPELLINGS = 75.0
_NAMES = 50.0

_RARE = 0.02
"""How often the words of a term are all there, unless they are common ones."""

_SHORT_PREFIX = 3
_COMMON_KINDS = {ANYTHING[0], ANY_ENTITY[0], f":{Field.LANGUAGE}", f":{Field.VIA}"}


def price(node: Node) -> float:
    """Estimate what a query costs."""
    found = conditions(node)
    whole = sum(map(_condition_price, found))
    asked = sum(1 for _ in terms(node)) if not all(each.is_whole for each in found) else 0
    return whole + _TERM * asked * max(_chance(each) for each in found)


def _condition_price(condition: Condition) -> float:
    """Add up the looks: a term is looked at where its keys are there and all other clauses may hold."""
    chance = _chance(condition)
    literals = dict.fromkeys(literal for clause in condition.clauses for literal in clause)
    asked = dict.fromkeys(literal.term for literal in literals)
    looks = sum(_look_price(term) * min(chance, _term_chance(term)) for term in asked)
    return _LITERAL * sum(map(_term_chance, asked)) + looks


def _look_price(term: Term) -> float:
    """Estimate what it takes to tell whether a term is satisfied once its keys are there."""
    if isinstance(term, Near):
        parts = words_apart(term)
        if parts is None:
            return _PLACES * _PLACES_GROWTH ** len(term.parts)
        return _PLACES_OF_A_WORD * sum(map(len, parts)) if len(parts) > 2 else 2 * _LITERAL
    if isinstance(term, Exact):
        return _SPELLINGS
    if isinstance(term, Leaf) and term.field in NAMED:
        return _NAMES
    return 0 if needs_of(term).suffice else _LOOK


def _chance(condition: Condition) -> float:
    """Estimate how often a condition may hold."""
    return min(map(_clause_chance, condition.clauses))


def _clause_chance(clause: Clause) -> float:
    """Estimate how often a clause holds, as far as look-ups tell."""
    return min(1.0, sum(1.0 if each.is_negated else _term_chance(each.term) for each in clause))


def _term_chance(term: Term) -> float:
    """Estimate how often the keys of a term are there."""
    rare = sum(1 for keys in needs_of(term).keys if not any(map(_is_common_key, keys)))
    return _RARE ** min(rare, 2)


def _is_common_key(key: Key) -> bool:
    if isinstance(key, str):
        return key in common_words() or len(key) < _SHORT_PREFIX
    if key[0] == PREFIX:
        return len(key[1]) <= _SHORT_PREFIX
    return key[0] in _COMMON_KINDS or all(word in common_words() for word in key)
