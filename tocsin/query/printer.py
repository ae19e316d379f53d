"""From the nodes of a query back to its text: one canonical writing, which parses to the same nodes.

Every operator is spelled out, brackets stand where one binds closer than another, words are bare
where that is safe, and a date is written as coarsely as it can be.
"""

import re

from tocsin.query.dates import print_dates
from tocsin.query.nodes import WRITTEN, And, Copies, Dated, Exact, Leaf, Near, Node, Not, Or
from tocsin.query.signs import QUOTES, is_reserved

_PLAIN_WORD = re.compile(r"\w(?:[\w'’-]*\w)?")
_PLAIN_VALUE = re.compile(rf"[^\s()（）*={QUOTES}][^\s()（）*{QUOTES}]*")


def print_query(node: Node) -> str:
    """Write a query, or a part of one; `parse(print_query(node)) == node`.

    Only a query of the greatest length may be too long for `parse` when it is written out.
    """
    if isinstance(node, Or):
        return " OR ".join(_bracketed(part) for part in node.parts)
    if isinstance(node, And):
        return " AND ".join(_bracketed(part) for part in node.parts)
    if isinstance(node, Not):
        return f"NOT {_bracketed(node.part)}"
    if isinstance(node, Near):
        operator = f" {'ONEAR' if node.is_ordered else 'NEAR'}/{node.distance} "
        return operator.join(_bracketed(part) for part in node.parts)
    if isinstance(node, Copies):
        return f"copies{node.comparison}{node.number}"
    if isinstance(node, Dated):
        return print_dates(node)
    if isinstance(node, Exact):
        return _print_leaf(node.leaf, node.spelling)
    return _print_leaf(node)


def _bracketed(node: Node) -> str:
    """Write a part so that it holds together beside an operator."""
    written = print_query(node)
    return f"({written})" if isinstance(node, And | Or | Near) else written


def _print_leaf(node: Leaf, mark: str = "") -> str:
    """Write a leaf, `mark` in front of its words."""
    field = f"{node.field}:" if node.field else ""
    star = "*" if node.is_prefix else ""
    plain = _PLAIN_WORD if node.field in WRITTEN else _PLAIN_VALUE
    is_plain = bool(plain.fullmatch(node.text)) and not is_reserved(node.text)
    return f"{field}{mark}{node.text}{star}" if is_plain else f'{field}{mark}"{node.text}"{star}'
