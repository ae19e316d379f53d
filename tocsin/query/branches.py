"""The alternatives of a query: each a set of terms that an article has, or lacks, to match it."""

from collections.abc import Sized
from typing import TypeVar

from tocsin.query.nodes import And, Node, Not, Or, Term

Some = TypeVar("Some", bound=Sized)

Branch = tuple[tuple[Term, bool], ...]
"""Terms, and whether each must be lacking. An article matches if it has all the others."""

MOST = 400
"""Alternatives, and terms in one of them, up to which a query is looked through."""


class _TooManyError(Exception):
    """A query has more alternatives than anybody would write."""


def branches(node: Node) -> list[Branch]:
    """List the alternatives of a query, in the order of writing; none if they are too many."""
    try:
        return _branches(node, negated=False)
    except _TooManyError:
        return []


def _branches(node: Node, *, negated: bool) -> list[Branch]:
    if isinstance(node, Not):
        return _branches(node.part, negated=not negated)
    if not isinstance(node, And | Or):
        return [((node, negated),)]
    if isinstance(node, Or) is negated:
        return _joined([_branches(part, negated=negated) for part in _few(node.parts)])
    return _few(
        [branch for part in _few(node.parts) for branch in _branches(part, negated=negated)]
    )


def _joined(parts: list[list[Branch]]) -> list[Branch]:
    """Choose an alternative of every part, in all ways."""
    joined: list[Branch] = [()]
    for part in parts:
        if len(joined) * len(part) > MOST:
            raise _TooManyError
        joined = [_few((*one, *other)) for one in joined for other in part]
    return joined


def _few(found: Some) -> Some:
    """Hand on what is not too much."""
    if len(found) > MOST:
        raise _TooManyError
    return found
