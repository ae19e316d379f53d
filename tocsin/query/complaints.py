"""What to say of a query that does not parse: what is wrong, at which column, and the way out."""

from lark import Token

from schemas import QueryError
from tocsin.query.fields import clock_of
from tocsin.query.signs import QUOTES
from tocsin.query.tokens import column_of, refused

_OPERATORS = {"_AND": "AND", "_OR": "OR", "_NOT": "NOT"}
_JOINING = {*_OPERATORS, "NEAR"}


def complain(line: str, tokens: list[Token], at: int) -> QueryError:
    """Make the error for a query that stopped making sense at offset `at`.

    `tokens` are all its tokens, or none where already cutting it into tokens failed.
    """
    if not tokens:
        return _unreadable(line, at)
    opened = _open_brackets(tokens)
    before = [token for token in tokens if _start(token) < at]
    here = next((token for token in tokens if _start(token) >= at), None)
    if here is None:
        return _unfinished(line, before, opened)
    return _misplaced(line, before, here)


def _start(token: Token) -> int:
    return column_of(token) - 1


def _open_brackets(tokens: list[Token]) -> list[int]:
    """List where brackets open that are never closed."""
    opened: list[int] = []
    for token in tokens:
        if token.type == "LPAR":
            opened.append(_start(token))
        elif token.type == "RPAR" and opened:
            opened.pop()
    return opened


def _unreadable(line: str, at: int) -> QueryError:
    """Complain about a character that begins nothing: a quotation mark that is never closed."""
    if line[at] in QUOTES:
        return QueryError(
            f"The quotation mark {line[at]} is never closed.",
            query=line,
            column=at + 1,
            hint=f'Close the phrase: "{_phrase_behind(line, at)}".',
        )
    return QueryError(
        f"{line[at]!r} is not understood here.",
        query=line,
        column=at + 1,
        hint="Take it out, or put the words in quotation marks.",
    )


def _phrase_behind(line: str, at: int) -> str:
    """Give what was meant to stand in the quotation marks, or a phrase where there is nothing."""
    return line[at + 1 :].split("  ")[0].strip(QUOTES + " ")[:40] or "several words"


def _unfinished(line: str, before: list[Token], opened: list[int]) -> QueryError:
    """Complain about a query that ends too early."""
    last = before[-1]
    if last.type in _JOINING:
        return _dangling(line, last, "behind")
    if last.type == "FIELD":
        return _empty_field(line, last)
    if last.type == "EXACT":
        return _lonely_mark(line, last)
    if opened and last.type != "LPAR":
        return QueryError(
            "This bracket is never closed.",
            query=line,
            column=opened[-1] + 1,
            hint="Add ) where the group ends.",
        )
    return refused(
        "There is nothing inside this bracket.",
        last,
        line,
        "Write what to look for, or take the bracket out.",
    )


def _misplaced(line: str, before: list[Token], here: Token) -> QueryError:
    """Complain about something that cannot stand where it stands."""
    last = before[-1] if before else None
    if here.type == "RPAR" and last is not None and last.type == "LPAR":
        return refused(
            "There is nothing inside these brackets.",
            last,
            line,
            "Write what to look for, or take the brackets out.",
        )
    if last is not None and last.type == "FIELD":
        return _empty_field(line, last)
    if last is not None and last.type == "EXACT":
        return _lonely_mark(line, last)
    if last is not None and last.type == "NEAR" and here.type == "_NOT":
        return _near_not(line, last, here)
    if last is not None and last.type in _JOINING:
        return _dangling(line, last, "behind")
    if here.type == "RPAR":
        return refused(
            "This bracket closes nothing.",
            here,
            line,
            "Take it out, or add the ( that it belongs to.",
        )
    return _dangling(line, here, "before")


def _dangling(line: str, operator: Token, side: str) -> QueryError:
    """Complain about an operator that lacks a side."""
    name = _OPERATORS.get(operator.type, str(operator))
    return refused(
        f"{name} has nothing {side} it.",
        operator,
        line,
        f'Write a term there, take {name} out, or quote it ("{operator}") to look for the word.',
    )


def _near_not(line: str, near: Token, negation: Token) -> QueryError:
    """Complain about a NOT beside a NEAR."""
    return refused(
        f"NOT cannot stand behind {near}.",
        negation,
        line,
        f"Write what must not be near with a NOT of its own: gold AND NOT (gold {near} mali).",
    )


def _lonely_mark(line: str, mark: Token) -> QueryError:
    """Complain about a mark of spelling in front of something else than words."""
    return refused(
        f"{mark} stands in front of no word.",
        mark,
        line,
        f'Write it right in front of a word or phrase, behind a field: {mark}Wagner, title:{mark}"Wagner Group".',
    )


def _empty_field(line: str, field: Token) -> QueryError:
    """Complain about a field without a value."""
    return refused(
        f"{field} has no value.",
        field,
        line,
        f"Write a date behind it: {field}2026-11-01."
        if clock_of(field)
        else f'Write what to look for behind it: {field}word or {field}"several words".',
    )
