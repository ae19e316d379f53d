"""Many queries against one document: only those are looked at that could match it.

Every query has words or values of which at least one must be in a matching document (there is no
query that holds without any of its leaves, see `parse`). It is filed under the rarest such set. The
words of a document then name its candidates, and what is left to check of most of them is nothing,
one phrase or one further word. The idea is that of Luwak, today Lucene Monitor's presearcher.
Which words are rare is taken from the queries themselves: what many of them ask for is common.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from ahocorasick_rs import AhoCorasick, MatchKind

from schemas import Evidence
from tocsin.query.document import Document
from tocsin.query.evaluate import Test, compiled, evidence, needle
from tocsin.query.nodes import NAMED, WRITTEN, And, Field, Leaf, Node, Not, Or, leaves
from tocsin.query.parse import parse
from tocsin.query.resolve import resolve
from tocsin.query.view import View
from tocsin.query.words import words_of

Key = str | tuple[str, str]
"""What a query is filed under: a word, or a kind of key and its value."""

_PREFIX = "prefix"
_ACTOR = "actor"
_ANY_ENTITY = ("entities", "")
_ANYTHING = ("anything", "")

_COSTS: dict[Field, float] = {
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
_PREFIX_COST = 4
"""A beginning is in so many times more documents than a word of its length."""


@dataclass(slots=True)
class _Entries:
    """The queries under one key, by what is left to check: nothing, a phrase, a word, more."""

    sure: list[int] = field(default_factory=list)
    phrases: list[tuple[str, int]] = field(default_factory=list)
    words: list[tuple[str, int]] = field(default_factory=list)
    tests: list[tuple[Test, int]] = field(default_factory=list)

    def collect(self, view: View, found: set[int]) -> None:
        """Add the queries that match."""
        if self.sure:
            found.update(self.sure)
        if self.phrases:
            line = view.line
            found.update([number for phrase, number in self.phrases if phrase in line])
        if self.words:
            words = view.words
            found.update([number for word, number in self.words if word in words])
        if self.tests:
            found.update([number for test, number in self.tests if test(view)])


class Queries:
    """Compiled queries by id. Raises `QueryError` for one that does not parse or resolve."""

    def __init__(self, queries: Mapping[str, str], actors: Mapping[str, str]) -> None:
        self._ids = sorted(queries)
        self._numbers = {each: number for number, each in enumerate(self._ids)}
        self._nodes = [resolve(parse(queries[each]), actors, queries[each]) for each in self._ids]
        self.needs_entities = frozenset(self._asking({Field.ENTITY, Field.PERSON, Field.ORG}))
        self.needs_mentions = frozenset(self._asking({Field.ACTOR}))
        self._asked = _asked(self._nodes)
        self._entries: dict[Key, _Entries] = {}
        for number, node in enumerate(self._nodes):
            for part in node.parts if isinstance(node, Or) else (node,):
                self._file(part, number)
        self._looks_at_values = any(
            isinstance(key, tuple) and key[0] in set(_COSTS) - {Field.ACTOR}
            for key in self._entries
        )
        self._word_keys = frozenset(key for key in self._entries if isinstance(key, str))
        self._prefixes = sorted(
            key[1] for key in self._entries if isinstance(key, tuple) and key[0] == _PREFIX
        )
        self._automaton = (
            AhoCorasick([f" {each}" for each in self._prefixes], matchkind=MatchKind.Standard)
            if self._prefixes
            else None
        )

    def __len__(self) -> int:
        """Count the queries."""
        return len(self._ids)

    def node(self, query: str) -> Node:
        """Give the compiled form of one query; KeyError for an unknown id."""
        return self._nodes[self._numbers[query]]

    def match_ids(self, document: Document) -> list[str]:
        """Name the queries that match, sorted, without evidence: the fast way."""
        return [self._ids[number] for number in self._matching(View(document))]

    def match(self, document: Document) -> list[tuple[str, tuple[Evidence, ...]]]:
        """Name the queries that match, sorted by id, each with its evidence."""
        view = View(document)
        return [
            (self._ids[number], evidence(self._nodes[number], view) or ())
            for number in self._matching(view)
        ]

    def _asking(self, fields: set[Field]) -> set[str]:
        """Name the queries that have a leaf of one of these fields."""
        return {
            each
            for each, node in zip(self._ids, self._nodes, strict=True)
            if any(isinstance(leaf, Leaf) and leaf.field in fields for leaf, _ in leaves(node))
        }

    def _matching(self, view: View) -> list[int]:
        """List the numbers of the queries that match, in the order of their ids."""
        found: set[int] = set()
        entries = self._entries
        for word in self._word_keys & view.words:
            entries[word].collect(view, found)
        for key in self._other_keys(view):
            held = entries.get(key)
            if held is not None:
                held.collect(view, found)
        return sorted(found)

    def _other_keys(self, view: View) -> list[Key]:
        """List what the document could be filed under beside its words."""
        if len(self._word_keys) == len(self._entries):
            return []
        keys: list[Key] = [_ANYTHING]
        if view.document.entities:
            keys.append(_ANY_ENTITY)
        keys += [(_ACTOR, actor) for actor in view.actors]
        if self._looks_at_values:
            keys += [(str(name), value) for name, value in view.values]
        if self._automaton:
            hits = self._automaton.find_matches_as_indexes(view.line, overlapping=True)
            keys += [(_PREFIX, self._prefixes[at]) for at in {hit[0] for hit in hits}]
        return keys

    def _file(self, part: Node, number: int) -> None:
        """File one alternative of a query under its cheapest keys."""
        _, keys = _anchor(part, self._asked) or (0.0, (_ANYTHING,))
        for key in keys:
            entries = self._entries.setdefault(key, _Entries())
            words = _plain_words(part)
            if isinstance(part, Leaf) and _says_all(part, key):
                entries.sure.append(number)
            elif isinstance(part, Leaf) and part.field is None:
                entries.phrases.append((needle(part), number))
            elif len(words) == 2 and key in words:
                entries.words.append((words[1 - words.index(key)], number))
            else:
                entries.tests.append((compiled(part), number))


def _says_all(leaf: Leaf, key: Key) -> bool:
    """Tell whether a document that has the key satisfies the leaf."""
    words = words_of(leaf.text)
    if leaf.field is None and len(words) == 1:
        return key == ((_PREFIX, words[0]) if leaf.is_prefix else words[0])
    return leaf.field is not None and leaf.field not in WRITTEN and leaf.field not in NAMED


def _plain_words(part: Node) -> tuple[str, ...]:
    """Give the words of an AND that asks for nothing but single words anywhere; else nothing."""
    if not isinstance(part, And):
        return ()
    found: list[str] = []
    for each in part.parts:
        if not isinstance(each, Leaf) or each.field is not None or each.is_prefix:
            return ()
        found += words_of(each.text) if len(words_of(each.text)) == 1 else ("", "", "")
    return tuple(found)


def _asked(nodes: Iterable[Node]) -> Counter[Key]:
    """Count how many leaves ask for each word."""
    return Counter(
        word
        for node in nodes
        for leaf, negated in leaves(node)
        if isinstance(leaf, Leaf) and leaf.field in WRITTEN and not negated
        for word in words_of(leaf.text)
    )


def _anchor(node: Node, asked: Counter[Key]) -> tuple[float, tuple[Key, ...]] | None:
    """Find the cheapest keys of which a matching document has at least one; None under NOT.

    Of an AND one part is enough, of an OR all are needed.
    """
    if isinstance(node, Not):
        return _anchor_of_negated(node.part, asked)
    if isinstance(node, And):
        found = [each for part in node.parts if (each := _anchor(part, asked))]
        return min(found, key=lambda each: each[0]) if found else None
    if isinstance(node, Or):
        parts = [_anchor(part, asked) for part in node.parts]
        return _together(parts)
    if not isinstance(node, Leaf):
        return _ANYTHING_COST, (_ANYTHING,)
    return _leaf_anchor(node, asked)


def _anchor_of_negated(node: Node, asked: Counter[Key]) -> tuple[float, tuple[Key, ...]] | None:
    """Find the keys of NOT node: the laws of De Morgan turn its AND into OR and back."""
    if isinstance(node, Not):
        return _anchor(node.part, asked)
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
        return _ENTITY_COST, (_ANY_ENTITY,)
    if leaf.field == Field.ACTOR:
        return _COSTS[Field.ACTOR], ((_ACTOR, leaf.target or leaf.text.lower()),)
    if leaf.field is not None and leaf.field not in WRITTEN:
        return _COSTS[leaf.field], ((str(leaf.field), leaf.text.lower()),)
    words = words_of(leaf.text)
    costs = {word: asked[word] + _SHORT / len(word) ** 2 for word in words}
    if leaf.is_prefix:
        last = words[-1]
        key: Key = (_PREFIX, last)
        whole = {word: costs[word] for word in words[:-1]}
        if not whole or min(whole.values()) > costs[last] * _PREFIX_COST:
            return costs[last] * _PREFIX_COST, (key,)
        costs = whole
    best = min(costs, key=lambda word: (costs[word], word))
    return costs[best], (best,)
