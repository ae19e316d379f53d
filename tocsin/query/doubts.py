"""Doubts: what is odd about a query that is no error. It can never match, always does, or nearly."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from tocsin.query.branches import branches
from tocsin.query.contradictions import contradiction
from tocsin.query.nodes import (
    And,
    Comparison,
    Copies,
    Dated,
    Exact,
    Field,
    Leaf,
    Near,
    Node,
    Not,
    Or,
    terms,
)
from tocsin.query.printer import print_query
from tocsin.query.words import common_words, words_of

_WIDE_LANGUAGES = frozenset({
    "ar", "de", "en", "es", "fa", "fr", "hi", "id", "it", "ja", "ko", "nl", "pl", "pt", "ru", "tr", "uk", "vi", "zh",
})  # fmt: skip
"""Languages in which a great part of all news is published. That of a small one is none."""

_WIDE_SPAN = timedelta(days=1)
"""From here on a time that is asked for is long; without an end it is longer."""

_OPERATORS = frozenset({"and", "or", "not", "andnot"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """Something about a query that its owner should know; `column` counts from 1."""

    message: str
    column: int
    hint: str


def doubts(node: Node) -> tuple[Doubt, ...]:
    """Find what is odd about a query, in the order of writing. What is too large is not looked at."""
    found = [*_impossible(node), *_operators_as_words(node)]
    if not any(doubt.column == _column(node) for doubt in found):
        found += _too_wide(node)
    return tuple(sorted(dict.fromkeys(found), key=lambda doubt: doubt.column))


def _column(node: Node) -> int:
    first = next(term for term, _ in terms(node))
    return first.leaf.column if isinstance(first, Exact) else first.column


def _impossible(node: Node) -> Iterator[Doubt]:
    """Find the smallest parts that can never match, or that match whatever the article says."""
    reason = _never(node)
    if reason and not any(map(_never, _parts(node))):
        yield Doubt(
            message=f"This can never match: {reason}.",
            column=_column(node),
            hint=f"Look again at {_short(node)}",
        )
        return
    if _never(Not(node)):
        yield Doubt(
            message="This matches every article, whatever it says.",
            column=_column(node),
            hint=f"Take it out, or look again at {_short(node)}",
        )
        return
    for part in _parts(node):
        if not reason or _never(part):
            yield from _impossible(part)


def _never(node: Node) -> str:
    """Say why a part can never match; empty if it could, or if it is too large to tell."""
    alternatives = branches(node)
    if not alternatives and isinstance(node, And):
        alternatives = branches(And(tuple(it for it in node.parts if not isinstance(it, And | Or))))
    reasons = [contradiction(branch) for branch in alternatives]
    return reasons[0] if reasons and all(reasons) else ""


def _parts(node: Node) -> tuple[Node, ...]:
    if isinstance(node, Not):
        return (node.part,)
    return node.parts if isinstance(node, And | Or) else ()


def _too_wide(node: Node) -> Iterator[Doubt]:
    """Find alternatives that ask for nothing but what nearly every article has."""
    for branch in branches(node):
        wanted = [term for term, negated in branch if not negated]
        if not wanted or contradiction(branch) or not all(_is_wide(term) for term in wanted):
            continue
        alternative = And(tuple(wanted)) if len(wanted) > 1 else wanted[0]
        yield Doubt(
            message=f"A great part of all articles matches {_short(alternative)}.",
            column=_column(alternative),
            hint="Say with it what to look for: a word, an actor, a place, a publisher.",
        )


def _is_wide(term: Node) -> bool:
    """Tell whether a great part of all articles matches a term."""
    if isinstance(term, Copies):
        return term.includes(0) or term.comparison is Comparison.AT_MOST
    if isinstance(term, Exact):
        return _is_wide(term.leaf)
    if isinstance(term, Near):
        return all(
            any(map(_is_wide, part.parts if isinstance(part, Or) else (part,)))
            for part in term.parts
        )
    if isinstance(term, Leaf):
        return _is_wide_leaf(term)
    return isinstance(term, Dated) and _is_long(term)


def _is_wide_leaf(leaf: Leaf) -> bool:
    if leaf.field is Field.LANGUAGE:
        return leaf.text.lower() in _WIDE_LANGUAGES
    return leaf.field is Field.VIA or (leaf.field in (None, Field.TEXT) and _is_common(leaf))


def _is_long(asked: Dated) -> bool:
    if asked.since is None or asked.before is None:
        return True
    return asked.before - asked.since >= _WIDE_SPAN


def _is_common(leaf: Leaf) -> bool:
    """Tell whether a leaf is a word, or the beginning of one, that is in most articles."""
    asked = words_of(leaf.text)
    if len(asked) != 1:
        return False
    if leaf.is_prefix:
        return any(word.startswith(asked[0]) for word in common_words())
    return asked[0] in common_words()


def _operators_as_words(node: Node) -> Iterator[Doubt]:
    """Find words that look like operators: only capitals make one."""
    for term, _ in terms(node):
        if isinstance(term, Leaf) and term.field is None and term.text.lower() in _OPERATORS:
            operator = "AND NOT" if len(term.text) > len("not") + 1 else term.text.upper()
            yield Doubt(
                message=f"{term.text} is a word here, which every article must contain.",
                column=term.column,
                hint=f"If you mean the operator, write {operator} in capitals, without quotation marks.",
            )


_SHOWN = 60


def _short(node: Node) -> str:
    written = print_query(node)
    return written if len(written) <= _SHOWN else f"{written[: _SHOWN - 1]}…"
