"""Tokens of a query: where they stand, what they say, and how one of them is refused."""

from lark import Token

from schemas import QueryError


def column_of(token: Token) -> int:
    """Give the column at which a token begins, counted from 1."""
    return int(token.start_pos or 0) + 1


def value_of(token: Token) -> tuple[str, int]:
    """Give what a token says, without the field that is glued to it, and the column of that."""
    text, column = str(token), column_of(token)
    if token.type == "FIELDED":
        name, _, text = text.partition(":")
        column += len(name) + 1
    return text, column


_SHOWN = 40


def shown(text: str) -> str:
    """Repeat to people what they wrote: of something long its beginning."""
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"


def refused(message: str, token: Token, line: str, hint: str) -> QueryError:
    """Make the error for a token that cannot stand where it stands."""
    return QueryError(message, query=line, column=column_of(token), hint=hint)
