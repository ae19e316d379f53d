"""NEAR as people write it: what may stand beside it, and what is refused with which hint."""

from lark import Token

from tocsin.query.nodes import NAMED, WRITTEN, Exact, Field, Leaf, Near, Node, Or
from tocsin.query.signs import near_sign
from tocsin.query.tokens import column_of, refused

MOST_PARTS = 5
"""Parts of one NEAR: what people write stays under four, and the sets of them are what takes time."""


def near_node(parts: list[Node], signs: list[Token], line: str) -> Near:
    """Join the parts of a NEAR. Raises `QueryError` for parts that have no places, or mixed signs."""
    first = signs[0]
    is_ordered, distance = near_sign(first)
    for sign in signs[1:]:
        if near_sign(sign) != (is_ordered, distance):
            raise refused(
                f"{first} and {sign} stand side by side.",
                sign,
                line,
                f"Write {first} for all of them, or join two pairs by AND.",
            )
    if len(parts) > MOST_PARTS:
        raise refused(
            f"More than {MOST_PARTS} parts are near each other.",
            signs[MOST_PARTS - 1],
            line,
            "Join some of them by AND.",
        )
    near = [_part(part, sign, line) for part, sign in zip(parts, [first, *signs], strict=True)]
    return Near(
        parts=tuple(near),
        distance=distance,
        is_ordered=is_ordered,
        column=column_of(first),
    )


def _part(part: Node, sign: Token, line: str) -> Leaf | Exact | Or:
    """Take a part that has places in the text."""
    if isinstance(part, Leaf | Exact):
        _check_place(part, sign, line)
        return part
    if isinstance(part, Or):
        for each in part.parts:
            if not isinstance(each, Leaf | Exact):
                break
            _check_place(each, sign, line)
        else:
            return part
    raise refused(
        f"Beside {sign} only words, phrases, and names joined by OR can stand.",
        sign,
        line,
        f"Write the pairs one by one: (gold {sign} mali) AND (gold {sign} mine).",
    )


def _check_place(node: Leaf | Exact, sign: Token, line: str) -> None:
    """Refuse a leaf that is not about something that stands at a place."""
    field = node.leaf.field if isinstance(node, Exact) else node.field
    if field not in WRITTEN and field not in NAMED and field != Field.ACTOR:
        raise refused(
            f"{field}: has no place in the text, and is near nothing.",
            sign,
            line,
            f"Join it by AND: (gold {sign} mali) AND {field}:...",
        )
