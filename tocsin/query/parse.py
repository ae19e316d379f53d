"""From the text of a query to its nodes, and back. Errors name a column and the way out."""

import re
from contextlib import suppress
from functools import lru_cache
from importlib.resources import files

from lark import Lark, Token, Tree
from lark.exceptions import UnexpectedCharacters, UnexpectedInput, UnexpectedToken

from schemas import QueryError
from tocsin.query.complaints import complain
from tocsin.query.leaves import Written, copies_leaf, leaf, print_leaf
from tocsin.query.nodes import (
    And,
    Node,
    Not,
    Or,
    all_of,
    any_of,
    holds_without_leaves,
)

DEEPEST = 50
"""Brackets and NOTs inside each other; what people write stays under ten."""

LONGEST = 100_000
"""Characters of one query."""

_TYPED = str.maketrans({"\r": " ", "\n": " ", "\t": " ", "：": ":"})
"""What is read as something else: line breaks, and the colon that a Chinese keyboard gives a field."""

_NEGATION = re.compile(r"(?<!\w)NOT\b|!")
_MANY_NOTS = re.compile(rf"(?:(?:NOT\b|!)\s*){{{DEEPEST}}}")


@lru_cache(maxsize=1)
def _parser() -> Lark:
    grammar = files("tocsin.query").joinpath("grammar.lark").read_text(encoding="utf-8")
    return Lark(grammar, parser="lalr", lexer="basic", maybe_placeholders=False)


def parse(query: str) -> Node:
    """Parse a query.

    Raises `QueryError` with the column of the fault and a hint how to mend it; also for a query that
    would match articles for what they do not say (`NOT wagner`, `mali OR NOT niger`).
    """
    line = query.translate(_TYPED)
    if not line.strip():
        raise QueryError(
            "The query is empty.", query=line, column=1, hint="Write what to look for."
        )
    if len(line) > LONGEST:
        raise QueryError(f"The query is longer than {LONGEST:,} characters.", query="", column=1)
    _check_depth(line)
    parser = _parser()
    try:
        tree = parser.parse(line)
    except UnexpectedCharacters as error:
        raise complain(line, [], int(error.pos_in_stream or 0)) from None
    except UnexpectedInput as error:
        ended = isinstance(error, UnexpectedToken) and error.token.type == "$END"
        at = len(line) if ended else int(error.pos_in_stream or 0)
        raise complain(line, _tokens(parser, line), at) from None
    node = _node(tree, line, Written())
    if holds_without_leaves(node):
        raise _only_negative(line)
    return node


def _tokens(parser: Lark, line: str) -> list[Token]:
    """Cut a query into tokens, as far as that goes."""
    found: list[Token] = []
    with suppress(UnexpectedCharacters):
        found.extend(parser.lex(line))
    return found


def _check_depth(line: str) -> None:
    """Refuse what is nested so deeply that reading it would exhaust the stack."""
    depth = 0
    for at, character in enumerate(line):
        depth += (character in "(（") - (character in ")）")
        if depth > DEEPEST:
            raise _too_deep(line, at)
    chain = _MANY_NOTS.search(line)
    if chain:
        raise _too_deep(line, chain.start())


def _too_deep(line: str, at: int) -> QueryError:
    return QueryError(
        f"Nested deeper than {DEEPEST} levels.",
        query=line,
        column=at + 1,
        hint="Split it into several subscriptions.",
    )


def _node(tree: Tree[Token], line: str, within: Written) -> Node:
    """Make the node of one rule of the grammar; `within` is the field of the brackets around it."""
    kind, children = tree.data, tree.children
    trees = [child for child in children if isinstance(child, Tree)]
    tokens = [child for child in children if isinstance(child, Token)]
    if kind == "disjunction":
        return any_of([_node(part, line, within) for part in trees])
    if kind == "conjunction":
        return all_of([_node(part, line, within) for part in trees])
    if kind == "negated":
        return Not(_node(trees[0], line, within))
    if kind in ("start", "group"):
        return _node(trees[0], line, within)
    if kind == "fielded_group":
        return _node(trees[0], line, within.into(tokens[0], line))
    if kind == "copies":
        return copies_leaf(tokens[0])
    if kind == "fielded":
        return leaf(tokens[-1], line, within.into(tokens[0], line))
    return leaf(tokens[0], line, within)


def _only_negative(line: str) -> QueryError:
    """Say that a query asks for nothing."""
    negation = _NEGATION.search(line)
    at = negation.start() if negation else 0
    return QueryError(
        "This would match every article that does not say something.",
        query=line,
        column=at + 1,
        hint="Say first what to look for, and narrow that: niger AND NOT wagner.",
    )


def print_query(node: Node) -> str:
    """Write a query with every operator spelled out, and brackets where one binds closer than another; `parse(print_query(node)) == node`."""
    if isinstance(node, Or):
        return " OR ".join(_bracketed(part) for part in node.parts)
    if isinstance(node, And):
        return " AND ".join(_bracketed(part) for part in node.parts)
    if isinstance(node, Not):
        return f"NOT {_bracketed(node.part)}"
    return print_leaf(node)


def _bracketed(node: Node) -> str:
    """Write a part so that it holds together beside an operator."""
    written = print_query(node)
    return f"({written})" if isinstance(node, And | Or) else written
