"""The parts of a query: leaves that ask one thing of an article, and AND, OR, NOT over them.

Nodes compare by meaning: where a leaf stood in the text it was parsed from does not count. Further
kinds of leaves (nearness, dates, exact case) are further classes here, and a case wherever nodes are
told apart.
"""

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum


class Field(StrEnum):
    """What a leaf looks at. Without a field it looks at title and text."""

    TITLE = "title"
    TEXT = "text"
    ACTOR = "actor"
    ENTITY = "entity"
    PERSON = "person"
    PLACE = "place"
    ORG = "org"
    LANGUAGE = "language"
    PUBLISHER = "publisher"
    FEED = "feed"
    VIA = "via"
    FLAG = "flag"


WRITTEN = frozenset({None, Field.TITLE, Field.TEXT})
"""Fields whose leaves are words and phrases of the article itself."""

NAMED = frozenset({Field.ENTITY, Field.PERSON, Field.PLACE, Field.ORG})
"""Fields whose leaves are answered by entities."""


class Comparison(StrEnum):
    """How a number is compared."""

    AT_LEAST = ">="
    AT_MOST = "<="
    MORE = ">"
    LESS = "<"
    EQUAL = "="


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """Asks for words (or, with another field, for a value).

    `text` is as written, without quotes and trailing `*`; `is_prefix` says that its last word may go
    on. `target` is the actor id that an actor leaf was resolved to. `column` counts from 1.
    """

    text: str
    field: Field | None = None
    is_prefix: bool = False
    target: str = ""
    column: int = dataclasses.field(default=1, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Copies:
    """Asks how many copies of the article are known."""

    comparison: Comparison
    number: int
    column: int = dataclasses.field(default=1, compare=False)


@dataclass(frozen=True, slots=True)
class Not:
    """Matches what its part does not match."""

    part: "Node"


@dataclass(frozen=True, slots=True)
class And:
    """Matches what all parts match. Make it with `all_of`."""

    parts: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Or:
    """Matches what any part matches. Make it with `any_of`."""

    parts: tuple["Node", ...]


Node = Leaf | Copies | Not | And | Or


def all_of(parts: list[Node]) -> Node:
    """Join by AND; what is itself an AND is taken apart, so that brackets alone change nothing."""
    flat = [inner for part in parts for inner in (part.parts if isinstance(part, And) else (part,))]
    return flat[0] if len(flat) == 1 else And(tuple(flat))


def any_of(parts: list[Node]) -> Node:
    """Join by OR; what is itself an OR is taken apart, so that brackets alone change nothing."""
    flat = [inner for part in parts for inner in (part.parts if isinstance(part, Or) else (part,))]
    return flat[0] if len(flat) == 1 else Or(tuple(flat))


def leaves(node: Node, *, negated: bool = False) -> Iterator[tuple[Leaf | Copies, bool]]:
    """Yield every leaf in the order of writing, and whether it stands under an odd number of NOTs."""
    if isinstance(node, Not):
        yield from leaves(node.part, negated=not negated)
    elif isinstance(node, And | Or):
        for part in node.parts:
            yield from leaves(part, negated=negated)
    else:
        yield node, negated


def holds_without_leaves(node: Node) -> bool:
    """Tell whether a query matches an article that has nothing of what its leaves ask for."""
    if isinstance(node, Not):
        return not holds_without_leaves(node.part)
    if isinstance(node, And):
        return all(holds_without_leaves(part) for part in node.parts)
    if isinstance(node, Or):
        return any(holds_without_leaves(part) for part in node.parts)
    return False
