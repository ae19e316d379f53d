"""What must be in an article version before a query can match it: the keys that a query is filed under.

A key is a word, two words next to each other, or a kind of value with the value. Which are rare is
taken from the queries themselves: what many of them ask for is common. Costs decide speed, never
results.
"""

import math
from collections import Counter
from collections.abc import Iterable
from itertools import pairwise

from tocsin.query.nodes import NAMED, WRITTEN, And, Exact, Field, Leaf, Near, Node, Not, Or, leaves
from tocsin.query.words import words_of

Key = str | tuple[str, str]
"""A word; or two neighbouring words; or a kind of key, which begins with a colon, and its value."""

PREFIX = ":prefix"
ACTOR = ":actor"
ANY_ENTITY = (":entities", "")
ANYTHING = (":anything", "")

COSTS: dict[Field, float] = {
    Field.ACTOR: 3,
    Field.PUBLISHER: 10,
    Field.FEED: 10,
    Field.FLAG: 100,
    Field.LANGUAGE: 5_000,
    Field.VIA: 5_000,
}
"""How common a value is, on the scale of words: a word costs the number of queries that ask for it,
and more where it is short. Estimates of ours; they decide speed, never results."""

_SHORT = 100
"""A word of n letters costs this by n squared: short words are common in every language."""

_ENTITY_COST = 2_000
_ANYTHING_COST = 10_000
_PAIR_COST = 0.1
"""Two words next to each other are so many times rarer than they are by themselves."""

_PREFIX_COST = 4
"""A beginning is in so many times more article versions than a word of its length."""


def value_key(field: Field, value: str) -> Key:
    """Make the key of a value of metadata."""
    return f":{field}", value


def asked_words(nodes: Iterable[Node]) -> Counter[Key]:
    """Count how many leaves ask for each word."""
    return Counter(
        word
        for node in nodes
        for leaf, negated in leaves(node)
        if isinstance(leaf, Leaf) and leaf.field in WRITTEN and not negated
        for word in words_of(leaf.text)
    )


def anchor(node: Node, asked: Counter[Key]) -> tuple[float, tuple[Key, ...]] | None:
    """Find the cheapest keys of which a matching article version has at least one; None under NOT.

    Of an AND one part is enough, of an OR all are needed.
    """
    if isinstance(node, Not):
        return _anchor_of_negated(node.part, asked)
    if isinstance(node, And):
        found = [each for part in node.parts if (each := anchor(part, asked))]
        return min(found, key=lambda each: each[0]) if found else None
    if isinstance(node, Or):
        parts = [anchor(part, asked) for part in node.parts]
        return _together(parts)
    if isinstance(node, Near):
        return anchor(And(node.parts), asked)
    if isinstance(node, Exact):
        return anchor(node.leaf, asked)
    if not isinstance(node, Leaf):
        return _ANYTHING_COST, (ANYTHING,)
    return _leaf_anchor(node, asked)


def _anchor_of_negated(node: Node, asked: Counter[Key]) -> tuple[float, tuple[Key, ...]] | None:
    """Find the keys of NOT node: the laws of De Morgan turn its AND into OR and back."""
    if isinstance(node, Not):
        return anchor(node.part, asked)
    if isinstance(node, Or):
        found = [each for part in node.parts if (each := _anchor_of_negated(part, asked))]
        return min(found, key=lambda each: each[0]) if found else None
    if isinstance(node, And):
        return _together([_anchor_of_negated(part, asked) for part in node.parts])
    return None


def _together(
    parts: list[tuple[float, tuple[Key, ...]] | None],
) -> tuple[float, tuple[Key, ...]] | None:
    """Take the keys of all parts; None as soon as one part has none."""
    known = [part for part in parts if part is not None]
    if len(known) < len(parts):
        return None
    keys = dict.fromkeys(key for _, each in known for key in each)
    return sum(cost for cost, _ in known), tuple(keys)


def _leaf_anchor(leaf: Leaf, asked: Counter[Key]) -> tuple[float, tuple[Key, ...]]:
    """File a leaf under its rarest word, or under its value."""
    if leaf.field in NAMED:
        return _ENTITY_COST, (ANY_ENTITY,)
    if leaf.field == Field.ACTOR:
        return COSTS[Field.ACTOR], ((ACTOR, leaf.target or leaf.text.lower()),)
    if leaf.field is not None and leaf.field not in WRITTEN:
        return COSTS[leaf.field], (value_key(leaf.field, leaf.text.lower()),)
    words = words_of(leaf.text)
    costs = {word: asked[word] + _SHORT / len(word) ** 2 for word in words}
    if leaf.is_prefix:
        last = words[-1]
        key: Key = (PREFIX, last)
        whole = {word: costs[word] for word in words[:-1]}
        if not whole or min(whole.values()) > costs[last] * _PREFIX_COST:
            return costs[last] * _PREFIX_COST, (key,)
        words, costs = words[:-1], whole
    if len(words) > 1:
        pairs = pairwise(words)
        found = {pair: math.sqrt(costs[pair[0]] * costs[pair[1]]) for pair in pairs}
        rarest = min(found, key=lambda pair: (found[pair], pair))
        return found[rarest] * _PAIR_COST, (rarest,)
    best = min(costs, key=lambda word: (costs[word], word))
    return costs[best], (best,)
