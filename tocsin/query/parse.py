"""From the text of a query to its nodes. Errors name a column and the way out."""

import re
from contextlib import suppress
from functools import lru_cache
from importlib.resources import files

from lark import Lark, Token, Tree
from lark.exceptions import UnexpectedCharacters, UnexpectedInput, UnexpectedToken

from schemas import QueryError
from tocsin.query.complaints import complain
from tocsin.query.dates import compared_dates, dates
from tocsin.query.fields import Written, clock_of
from tocsin.query.leaves import copies_leaf, exact, leaf
from tocsin.query.nearby import near_node
from tocsin.query.nodes import Clock, Node, Not, all_of, any_of, holds_without_leaves
from tocsin.query.signs import QUOTES, as_typed
from tocsin.query.tokens import column_of, value_of

DEEPEST = 50
"""Brackets and NOTs inside each other; what people write stays under ten."""

_DEEPEST_TREE = 5 * DEEPEST
"""Rules of the grammar inside each other: four for a bracket, one for a NOT."""

LONGEST = 100_000
"""Characters of one query."""

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
    line = as_typed(query)
    if not line.strip():
        raise QueryError(
            "The query is empty.", query=line, column=1, hint="Write what to look for."
        )
    if len(line) > LONGEST:
        raise QueryError(
            f"The query is longer than {LONGEST:,} characters.",
            query="",
            column=LONGEST + 1,
            hint="Split it into several subscriptions.",
        )
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


def _node(tree: Tree[Token], line: str, within: Written, depth: int = 0) -> Node:
    """Make the node of one rule of the grammar; `within` is the field of the brackets around it."""
    kind, children = tree.data, tree.children
    trees = [child for child in children if isinstance(child, Tree)]
    tokens = [child for child in children if isinstance(child, Token)]
    if depth > _DEEPEST_TREE:
        raise _too_deep(line, 0)
    if kind == "fielded_group":
        within = within.into(tokens[0], line)
    if not trees:
        return _term(kind, tokens, line, within)
    parts = [_node(part, line, within, depth + 1) for part in trees]
    if kind == "disjunction":
        return any_of(parts)
    if kind == "conjunction":
        return all_of(parts)
    if kind == "negated":
        return Not(parts[0])
    if kind == "near":
        return near_node(parts, tokens, line)
    return parts[0]


def _term(kind: str, tokens: list[Token], line: str, within: Written) -> Node:
    """Make the node of a term that is made of tokens alone."""
    first = tokens[0]
    if kind == "copies":
        return copies_leaf(first)
    if kind == "dates":
        within.check_open(first, line)
        return compared_dates(first, line, column_of(first))
    if kind == "fielded":
        clock = clock_of(first)
        if clock:
            within.check_open(first, line)
            return _dates(clock, tokens, line)
        within = within.into(first, line)
    found = leaf(tokens[-1], line, within)
    marks = [token for token in tokens if token.type == "EXACT"]
    return exact(marks[0], found, line) if marks else found


def _dates(clock: Clock, tokens: list[Token], line: str) -> Node:
    """Make the term of `published:2026`, written as one token or with a space."""
    text, column = value_of(tokens[-1])
    return dates(clock, text.strip(QUOTES + " "), line, column)


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
