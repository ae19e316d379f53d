"""Contradictions: whether the terms of one alternative of a query exclude each other, and which do.

What is found is certain; not everything that can never match is found.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from tocsin.query.branches import Branch
from tocsin.query.nodes import WRITTEN, Clock, Copies, Dated, Exact, Field, Leaf, Near, Or, Term
from tocsin.query.printer import print_query
from tocsin.query.words import is_within, words_of


def contradiction(branch: Branch) -> str:
    """Say why no article can have what an alternative asks for; empty if one could."""
    wanted = [term for term, negated in branch if not negated]
    refused = [term for term, negated in branch if negated]
    for term in wanted:
        for other in refused:
            if implies(term, other):
                return _both(print_query(term), print_query(other))
    return (
        _two_values(wanted)
        or _two_fields(wanted)
        or _no_number(wanted, refused)
        or _no_instant(wanted, refused)
    )


def _both(asked: str, excluded: str) -> str:
    if asked == excluded:
        return f"{asked} is asked for and excluded"
    return f"what matches {asked} also matches {excluded}, which is excluded"


def implies(one: Term, other: Term) -> bool:
    """Tell whether every article that matches one term matches the other one."""
    if one == other:
        return True
    if isinstance(one, Exact):
        return implies(one.leaf, other)
    if isinstance(one, Near):
        return any(implies(part, other) for part in one.parts if not isinstance(part, Or))
    if not (isinstance(one, Leaf) and isinstance(other, Leaf)):
        return False
    if one.field in WRITTEN:
        return other.field in (None, one.field) and _holds_words(one, other)
    if one.field is not other.field or one.is_prefix or other.is_prefix:
        return False
    value, wider = one.text.lower(), other.text.lower()
    if one.field is Field.LANGUAGE:
        return f"{value}-".startswith(f"{wider}-")
    return one.field is Field.PUBLISHER and f".{value}".endswith(f".{wider}")


def _holds_words(one: Leaf, other: Leaf) -> bool:
    """Tell whether the words of one leaf stand in those of another."""
    words = words_of(one.text)
    if one.is_prefix and not other.is_prefix:
        words = words[:-1]
    return is_within(words_of(other.text), words, is_prefix=other.is_prefix)


def _two_values(wanted: list[Term]) -> str:
    """Say which two values an article cannot have together."""
    for field, said in ((Field.LANGUAGE, "is in two languages"), (Field.VIA, "came in two ways")):
        of_field = [term for term in wanted if isinstance(term, Leaf) and term.field is field]
        first = of_field[:1]
        for term in of_field[1:]:
            if not (implies(term, first[0]) or implies(first[0], term)):
                return f"no article {said}: {print_query(first[0])}, {print_query(term)}"
    return ""


def _two_fields(wanted: list[Term]) -> str:
    """Say which NEAR asks for words of the title near words of the text."""
    for term in wanted:
        if isinstance(term, Near):
            leaves = [part.leaf if isinstance(part, Exact) else part for part in term.parts]
            fields = {leaf.field for leaf in leaves if isinstance(leaf, Leaf)}
            if fields >= {Field.TITLE, Field.TEXT}:
                return "words of the title are never near words of the text"
    return ""


def _no_number(wanted: list[Term], refused: list[Term]) -> str:
    """Say that no number of copies is what is asked for."""
    asked = [term for term in wanted if isinstance(term, Copies)]
    excluded = [term for term in refused if isinstance(term, Copies)]
    numbers = {0}.union(*(range(it.number, it.number + 2) for it in (*asked, *excluded)))
    numbers |= {it.number - 1 for it in (*asked, *excluded) if it.number}
    is_possible = any(
        all(it.includes(number) for it in asked) and not any(it.includes(number) for it in excluded)
        for number in numbers
    )
    return "" if is_possible else "there is no such number of copies"


def _no_instant(wanted: list[Term], refused: list[Term]) -> str:
    """Say that no instant lies in all ranges that are asked for."""
    for clock in Clock:
        asked = [term for term in wanted if isinstance(term, Dated) and term.clock is clock]
        excluded = [term for term in refused if isinstance(term, Dated) and term.clock is clock]
        if asked and not any(
            all(it.includes(instant) for it in asked)
            and not any(it.includes(instant) for it in excluded)
            for instant in _edges([*asked, *excluded])
        ):
            return "no date lies in all these ranges"
    return ""


def _edges(ranges: Iterable[Dated]) -> set[datetime]:
    """List the instants at which something begins or ends, and those right before them."""
    edges = {edge for it in ranges for edge in (it.since, it.before) if edge is not None}
    return edges | {edge - timedelta(microseconds=1) for edge in edges}
