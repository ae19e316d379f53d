"""Does a query match an article version, and what in it does? Text, mentions, entities and metadata."""

from collections.abc import Callable

from schemas import ArticleVersion, Evidence
from tocsin.query.nearness import near
from tocsin.query.nodes import (
    NAMED,
    WRITTEN,
    And,
    Copies,
    Dated,
    Exact,
    Field,
    Leaf,
    Near,
    Node,
    Not,
    Or,
)
from tocsin.query.places import names
from tocsin.query.proof import instant_of, term_evidence
from tocsin.query.view import View
from tocsin.query.windows import are_close, words_apart
from tocsin.query.words import line_part, words_of

Test = Callable[[View], bool]
"""A compiled query."""


def match(node: Node, article_version: ArticleVersion) -> tuple[Evidence, ...] | None:
    """Match a query; None when it does not, else the evidence of each term that is satisfied.

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
    return term_evidence(node, view)


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
    if isinstance(node, Near):
        return _near_test(node)
    if isinstance(node, Exact):
        plain = _leaf_test(node.leaf)
        return lambda view: plain(view) and term_evidence(node, view) is not None
    return _leaf_test(node)


def _both(tests: list[Test]) -> Test:
    """Ask all tests; two of them, the common case, without a loop."""
    if len(tests) == 2:
        one, other = tests
        return lambda view: one(view) and other(view)
    return lambda view: all(test(view) for test in tests)


def _near_test(node: Near) -> Test:
    """Ask whether every part is there at all before looking for places."""
    words = words_apart(node)
    if words:
        return lambda view: are_close(words, node, view)
    all_there = _both([compiled(part) for part in node.parts])
    return lambda view: all_there(view) and near(node, view) is not None


def _leaf_test(node: Leaf | Copies | Dated) -> Test:
    if isinstance(node, Copies):
        return lambda view: node.includes(view.article_version.copies)
    if isinstance(node, Dated):
        return lambda view: node.includes(instant_of(node, view))
    if node.field in WRITTEN:
        return _written_test(node)
    if node.field == Field.ACTOR:
        wanted = node.actor
        return lambda view: wanted in view.actors
    if node.field in NAMED:
        return lambda view: any(names(node, entity) for entity in view.article_version.entities)
    key = (node.field or Field.TEXT, node.text.lower())
    return lambda view: key in view.values


def _written_test(node: Leaf) -> Test:
    words = words_of(node.text)
    sought = line_part(words, is_prefix=node.is_prefix)
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
