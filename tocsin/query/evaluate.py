"""Does a query match an article version, and what in it does? Text, mentions, entities and metadata."""

import operator
from collections.abc import Callable

from schemas import ArticleVersion, Entity, EntityType, Evidence
from tocsin.query.leaves import print_leaf
from tocsin.query.nodes import (
    NAMED,
    WRITTEN,
    And,
    Comparison,
    Copies,
    Field,
    Leaf,
    Node,
    Not,
    Or,
)
from tocsin.query.view import ENTITY_TYPES, View, Written
from tocsin.query.words import is_within, words_of

Test = Callable[[View], bool]
"""A compiled query."""

_COMPARE: dict[Comparison, Callable[[int, int], bool]] = {
    Comparison.AT_LEAST: operator.ge,
    Comparison.AT_MOST: operator.le,
    Comparison.MORE: operator.gt,
    Comparison.LESS: operator.lt,
    Comparison.EQUAL: operator.eq,
}


def match(node: Node, article_version: ArticleVersion) -> tuple[Evidence, ...] | None:
    """Match a query; None when it does not, else the evidence of each leaf that is satisfied.

    Actor leaves must have been resolved (`tocsin.query.resolve`), else they stand for the id that
    they spell. Parts under NOT give no evidence.
    """
    return evidence(node, View(article_version))


def evidence(node: Node, view: View) -> tuple[Evidence, ...] | None:
    """Match a query against a view that may serve many queries."""
    if isinstance(node, Not):
        return () if evidence(node.part, view) is None else None
    if isinstance(node, And):
        gathered: list[Evidence] = []
        for part in node.parts:
            found = evidence(part, view)
            if found is None:
                return None
            gathered += found
        return tuple(gathered)
    if isinstance(node, Or):
        answers = [evidence(part, view) for part in node.parts]
        if all(answer is None for answer in answers):
            return None
        return tuple(each for answer in answers for each in answer or ())
    proof = leaf_evidence(node, view)
    return None if proof is None else (proof,)


def leaf_evidence(node: Leaf | Copies, view: View) -> Evidence | None:
    """Find what satisfies one leaf: the first place in the title, else in the text."""
    if isinstance(node, Leaf) and node.field in WRITTEN:
        return _written_evidence(node, view)
    if not compiled(node)(view):
        return None
    if isinstance(node, Copies):
        return Evidence(leaf=print_leaf(node), text=str(view.article_version.copies))
    if node.field == Field.ACTOR:
        return _mention_evidence(node, view)
    if node.field in NAMED:
        return _entity_evidence(node, view)
    return Evidence(leaf=print_leaf(node), text=_value(node, view))


def _written_evidence(node: Leaf, view: View) -> Evidence | None:
    for written in _places(node, view):
        span = written.find(words_of(node.text), is_prefix=node.is_prefix)
        if span:
            return _quoted(node, written, *span)
    return None


def _places(node: Leaf, view: View) -> tuple[Written, ...]:
    if node.field == Field.TITLE:
        return (view.title,)
    return (view.text,) if node.field == Field.TEXT else (view.title, view.text)


def _quoted(node: Leaf, written: Written, start: int, end: int) -> Evidence:
    """Make evidence of a span of a field, with its sentence."""
    first, last = written.sentence(start, end)
    return Evidence(
        leaf=print_leaf(node),
        text=written.original[start:end],
        field=written.field,
        start=start,
        end=end,
        sentence=written.original[first:last],
    )


def _mention_evidence(node: Leaf, view: View) -> Evidence:
    wanted = node.target or node.text.lower()
    mentions = [each for each in view.article_version.mentions if each.actor == wanted]
    first = min(mentions, key=lambda each: (each.field != "title", each.start, each.end))
    return Evidence(
        leaf=print_leaf(node),
        text=first.surface,
        field=first.field,
        start=first.start,
        end=first.end,
        sentence=first.sentence,
    )


def _entity_evidence(node: Leaf, view: View) -> Evidence:
    found = [each for each in view.article_version.entities if names(node, each)]
    first = min(found, key=lambda each: (each.field != "title", each.start, each.end))
    return _quoted(
        node, view.title if first.field == "title" else view.text, first.start, first.end
    )


def names(node: Leaf, entity: Entity) -> bool:
    """Tell whether an entity is what a leaf asks for.

    A person is known by any part of the name, so that `person:Bazoum` finds Mohamed Bazoum; of all
    others the whole name is asked for, so that `place:Niger` is not the Niger Delta. An id (a
    Wikidata item, a country code) may be asked for instead.
    """
    if entity.type not in ENTITY_TYPES[node.field or Field.ENTITY]:
        return False
    if entity.id and node.text.casefold() == entity.id.casefold():
        return True
    wanted = words_of(node.text)
    known = (words_of(entity.name), words_of(entity.text))
    if entity.type == EntityType.PERSON:
        return any(is_within(wanted, words, is_prefix=node.is_prefix) for words in known)
    if node.is_prefix:
        return any(" ".join(words).startswith(" ".join(wanted)) for words in known)
    return wanted in known


def _value(node: Leaf, view: View) -> str:
    """Say the value of the article version that satisfied a leaf about metadata."""
    article = view.article_version.article
    if node.field == Field.LANGUAGE:
        return view.article_version.language or article.language
    if node.field == Field.PUBLISHER:
        return article.publisher
    return article.feed if node.field == Field.FEED else node.text.lower()


def compiled(node: Node) -> Test:
    """Compile a query into one function of a view."""
    if isinstance(node, Not):
        part = compiled(node.part)
        return lambda view: not part(view)
    if isinstance(node, And):
        return _both([compiled(each) for each in node.parts])
    if isinstance(node, Or):
        parts = tuple(compiled(each) for each in node.parts)
        return lambda view: any(test(view) for test in parts)
    return _leaf_test(node)


def _both(tests: list[Test]) -> Test:
    """Ask all tests; two of them, the common case, without a loop."""
    if len(tests) == 2:
        one, other = tests
        return lambda view: one(view) and other(view)
    return lambda view: all(test(view) for test in tests)


def _leaf_test(node: Leaf | Copies) -> Test:
    if isinstance(node, Copies):
        compare, number = _COMPARE[node.comparison], node.number
        return lambda view: compare(view.article_version.copies, number)
    if node.field in WRITTEN:
        return _written_test(node)
    if node.field == Field.ACTOR:
        wanted = node.target or node.text.lower()
        return lambda view: wanted in view.actors
    if node.field in NAMED:
        return lambda view: any(names(node, entity) for entity in view.article_version.entities)
    key = (node.field or Field.TEXT, node.text.lower())
    return lambda view: key in view.values


def needle(node: Leaf) -> str:
    """Write a phrase as it stands in the line of a view."""
    return f" {' '.join(words_of(node.text))}" + ("" if node.is_prefix else " ")


def _written_test(node: Leaf) -> Test:
    words, sought = words_of(node.text), needle(node)
    if len(words) == 1 and not node.is_prefix:
        word = words[0]
        if node.field == Field.TITLE:
            return lambda view: word in view.title_words
        if node.field == Field.TEXT:
            return lambda view: word in view.text_words
        return lambda view: word in view.words
    if node.field == Field.TITLE:
        return lambda view: sought in view.title.line
    if node.field == Field.TEXT:
        return lambda view: sought in view.text.line
    if len(words) == 2 and not node.is_prefix:
        pair = (words[0], words[1])
        return lambda view: pair in view.pairs
    return lambda view: sought in view.line
