"""Many queries against one article version: only those are looked at that could match it.

Every query has words or values of which at least one must be in a matching article version (there is no
query that holds without any of its leaves, see `parse`). It is filed under the rarest such set. The
words of an article version then name its candidates, and what is left to check of most of them is nothing,
one phrase or one further word. The idea is that of Luwak, today Lucene Monitor's presearcher.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ahocorasick_rs import AhoCorasick, MatchKind

from schemas import ArticleVersion, Evidence
from tocsin.query.anchors import (
    ACTOR,
    ANY_ENTITY,
    ANYTHING,
    COSTS,
    PREFIX,
    Key,
    anchor,
    asked_words,
    value_key,
)
from tocsin.query.evaluate import Test, compiled, evidence, needle
from tocsin.query.nodes import NAMED, WRITTEN, And, Field, Leaf, Node, Or, leaves
from tocsin.query.parse import parse
from tocsin.query.resolve import resolve
from tocsin.query.view import View
from tocsin.query.words import words_of


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
        self.fields = _fields(self._nodes)
        self._asked = asked_words(self._nodes)
        self._entries: dict[Key, _Entries] = {}
        for number, node in enumerate(self._nodes):
            for part in node.parts if isinstance(node, Or) else (node,):
                self._file(part, number)
        self._word_keys = frozenset(key for key in self._entries if isinstance(key, str))
        twofold = [key for key in self._entries if isinstance(key, tuple)]
        self._pair_keys = frozenset(key for key in twofold if key[0][0] != ":")
        kinds = {value_key(each, "")[0] for each in COSTS if each != Field.ACTOR}
        self._looks_at_values = any(key[0] in kinds for key in twofold)
        self._prefixes = sorted(key[1] for key in twofold if key[0] == PREFIX)
        self._automaton = (
            AhoCorasick([f" {each}" for each in self._prefixes], matchkind=MatchKind.Standard)
            if self._prefixes
            else None
        )

    def __len__(self) -> int:
        """Count the queries."""
        return len(self._ids)

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of the queries, sorted."""
        return tuple(self._ids)

    def node(self, query: str) -> Node:
        """Give the compiled form of one query; KeyError for an unknown id."""
        return self._nodes[self._numbers[query]]

    def match_ids(self, article_version: ArticleVersion) -> list[str]:
        """Name the queries that match, sorted, without evidence: the fast way."""
        return [self._ids[number] for number in self._matching(View(article_version))]

    def match(self, article_version: ArticleVersion) -> list[tuple[str, tuple[Evidence, ...]]]:
        """Name the queries that match, sorted by id, each with its evidence."""
        view = View(article_version)
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
        if self._pair_keys:
            for pair in self._pair_keys & view.pairs:
                entries[pair].collect(view, found)
        for key in self._other_keys(view):
            held = entries.get(key)
            if held is not None:
                held.collect(view, found)
        return sorted(found)

    def _other_keys(self, view: View) -> list[Key]:
        """List what the article version could be filed under beside its words."""
        if len(self._word_keys) + len(self._pair_keys) == len(self._entries):
            return []
        keys: list[Key] = [ANYTHING]
        if view.article_version.entities:
            keys.append(ANY_ENTITY)
        keys += [(ACTOR, actor) for actor in view.actors]
        if self._looks_at_values:
            keys += [value_key(name, value) for name, value in view.values]
        if self._automaton:
            hits = self._automaton.find_matches_as_indexes(view.line, overlapping=True)
            keys += [(PREFIX, self._prefixes[at]) for at in {hit[0] for hit in hits}]
        return keys

    def _file(self, part: Node, number: int) -> None:
        """File one alternative of a query under its cheapest keys."""
        _, keys = anchor(part, self._asked) or (0.0, (ANYTHING,))
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


def _fields(nodes: list[Node]) -> frozenset[Field]:
    """Collect what the queries look at beside title and text: what must be known of a article_version."""
    used = {
        leaf.field for node in nodes for leaf, _ in leaves(node) if isinstance(leaf, Leaf)
    } - WRITTEN
    return frozenset(field for field in used if field is not None)


def _says_all(leaf: Leaf, key: Key) -> bool:
    """Tell whether an article version that has the key satisfies the leaf."""
    words = words_of(leaf.text)
    if leaf.field is None and len(words) == 1:
        return key == ((PREFIX, words[0]) if leaf.is_prefix else words[0])
    if leaf.field is None and len(words) == 2 and not leaf.is_prefix:
        return key == words
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
