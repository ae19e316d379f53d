"""The parts of a query: terms that ask one thing of an article, and AND, OR, NOT over them.

Nodes compare by meaning: where a term stood in the text it was parsed from does not count.
"""

import dataclasses
import operator
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Field(StrEnum):
    """What a leaf looks at. Without a field it looks at title and text."""

    TITLE = "title"
    TEXT = "text"
    ACTOR = "actor"
    ENTITY = "entity"
    PERSON = "person"
    PLACE = "place"
    COUNTRY = "country"
    ORG = "org"
    LANGUAGE = "language"
    PUBLISHER = "publisher"
    FEED = "feed"
    VIA = "via"
    FLAG = "flag"


WRITTEN = frozenset({None, Field.TITLE, Field.TEXT})
"""Fields whose leaves are words and phrases of the article itself."""

NAMED = frozenset({Field.ENTITY, Field.PERSON, Field.PLACE, Field.COUNTRY, Field.ORG})
"""Fields whose leaves are answered by entities."""

BY_MODELS = frozenset({Field.ENTITY, Field.PERSON, Field.ORG})
"""Those of which the gazetteer alone knows too little."""


class Comparison(StrEnum):
    """How a number is compared."""

    AT_LEAST = ">="
    AT_MOST = "<="
    MORE = ">"
    LESS = "<"
    EQUAL = "="

    @classmethod
    def of(cls, sign: str) -> "Comparison":
        """Read a sign, as it is written or as keyboards join it."""
        return cls({"≥": ">=", "≤": "<="}.get(sign, sign))


_COMPARE: dict[Comparison, Callable[[int, int], bool]] = {
    Comparison.AT_LEAST: operator.ge,
    Comparison.AT_MOST: operator.le,
    Comparison.MORE: operator.gt,
    Comparison.LESS: operator.lt,
    Comparison.EQUAL: operator.eq,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """Asks for words (or, with another field, for a value).

    `text` is as written, without quotes and trailing `*`; `is_prefix` says that its last word may go
    on. `target` is what the text stands for: the id of an actor, once resolved, or the code of a
    country. `column` counts from 1.
    """

    text: str
    field: Field | None = None
    is_prefix: bool = False
    target: str = ""
    column: int = dataclasses.field(default=1, compare=False)

    @property
    def actor(self) -> str:
        """The id of the actor that it asks for; unresolved, the id that it spells."""
        return self.target or self.text.lower()


@dataclass(frozen=True, slots=True, kw_only=True)
class Copies:
    """Asks how many copies of the article are known."""

    comparison: Comparison
    number: int
    column: int = dataclasses.field(default=1, compare=False)

    def includes(self, copies: int) -> bool:
        """Tell whether that many copies are what is asked for."""
        return _COMPARE[self.comparison](copies, self.number)


class Clock(StrEnum):
    """Which instant of an article a date is compared with."""

    PUBLISHED = "published"
    SEEN = "seen"


@dataclass(frozen=True, slots=True, kw_only=True)
class Dated:
    """Asks when the article was published, or first seen: from `since` on, and before `before`.

    Both are instants in UTC; None is no limit on that side. What has no date is in no range.
    """

    clock: Clock
    since: datetime | None = None
    before: datetime | None = None
    column: int = dataclasses.field(default=1, compare=False)

    def includes(self, instant: datetime | None) -> bool:
        """Tell whether an instant lies in the range."""
        if instant is None or (self.since is not None and instant < self.since):
            return False
        return self.before is None or instant < self.before


class Spelling(StrEnum):
    """What of the spelling counts: all of it, or case alone, or accents alone."""

    AS_WRITTEN = "="
    CASE = "=case:"
    ACCENTS = "=accents:"


@dataclass(frozen=True, slots=True)
class Exact:
    """Matches where the words of the leaf stand as it spells them (`tocsin.query.spelling`).

    It matches nothing that `leaf` by itself does not match. Its leaf is about title or text.
    """

    leaf: Leaf
    spelling: Spelling


@dataclass(frozen=True, slots=True, kw_only=True)
class Near:
    """Matches where all parts stand close together in one field: in the title, or in the text.

    A part is a leaf with places in the text (words, an actor, an entity), exact or not, or an OR of
    such leaves. The parts are close when there is a place of each such that no two places share a
    word, and between the first and the last of them stand at most `distance` words that belong to
    none, all gaps together. In scripts written without spaces each character is a word. If
    `is_ordered`, the places also stand in the order of the parts.

    So `gold NEAR/2 mali` matches "gold from northern Mali" and "Mali's vast gold" (mali, s, vast,
    gold: two words between), and not "gold mined in northern Mali". Distance 0 is side by side;
    `a ONEAR/0 b` is the phrase "a b". For words this is Lucene's `maxgaps(distance, unordered(...))`,
    or `ordered(...)`, but that no two parts share a word.
    """

    parts: tuple["Leaf | Exact | Or", ...]
    distance: int
    is_ordered: bool = False
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


Term = Leaf | Copies | Dated | Exact | Near
"""What asks one thing of an article, and is proved or missed as a whole."""

Node = Term | Not | And | Or


def all_of(parts: list[Node]) -> Node:
    """Join by AND; what is itself an AND is taken apart, so that brackets alone change nothing."""
    flat = [inner for part in parts for inner in (part.parts if isinstance(part, And) else (part,))]
    return flat[0] if len(flat) == 1 else And(tuple(flat))


def any_of(parts: list[Node]) -> Node:
    """Join by OR; what is itself an OR is taken apart, so that brackets alone change nothing."""
    flat = [inner for part in parts for inner in (part.parts if isinstance(part, Or) else (part,))]
    return flat[0] if len(flat) == 1 else Or(tuple(flat))


def terms(node: Node, *, negated: bool = False) -> Iterator[tuple[Term, bool]]:
    """Yield every term in the order of writing, and whether it stands under an odd number of NOTs."""
    if isinstance(node, Not):
        yield from terms(node.part, negated=not negated)
    elif isinstance(node, And | Or):
        for part in node.parts:
            yield from terms(part, negated=negated)
    else:
        yield node, negated


def leaves(node: Node, *, negated: bool = False) -> Iterator[tuple[Leaf | Copies | Dated, bool]]:
    """Yield every leaf in the order of writing as `terms` does, those inside of a term, too."""
    for term, is_negated in terms(node, negated=negated):
        if isinstance(term, Near):
            for part in term.parts:
                yield from leaves(part, negated=is_negated)
        elif isinstance(term, Exact):
            yield term.leaf, is_negated
        else:
            yield term, is_negated


def holds_without_leaves(node: Node) -> bool:
    """Tell whether a query matches an article that has nothing of what its leaves ask for."""
    if isinstance(node, Not):
        return not holds_without_leaves(node.part)
    if isinstance(node, And):
        return all(holds_without_leaves(part) for part in node.parts)
    if isinstance(node, Or):
        return any(holds_without_leaves(part) for part in node.parts)
    return False
