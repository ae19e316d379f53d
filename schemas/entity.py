"""What a text names: entities found by a model or gazetteer, mentions of watched actors."""

from dataclasses import dataclass
from enum import StrEnum


class EntityType(StrEnum):
    """What kind of thing an entity is."""

    PERSON = "person"
    ORGANISATION = "organisation"
    PLACE = "place"
    EVENT = "event"
    OTHER = "other"


class TextField(StrEnum):
    """Which field of an article an offset refers to."""

    TITLE = "title"
    TEXT = "text"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    """One place where a text names a person, organisation or place.

    `text == field[start:end]` in the original field, offsets in code points. `name` is one normal
    form for all places of an article version that name the same thing; `id` a Wikidata QID or ISO
    3166 code where known. `model` says who found it, with its version.
    """

    article: str
    version: str
    type: EntityType
    text: str
    start: int
    end: int
    field: TextField
    name: str
    id: str = ""
    model: str = ""


class MentionKind(StrEnum):
    """In what way a mention names its actor."""

    NAME = "name"
    ACRONYM = "acronym"
    DEMONYM = "demonym"
    METONYM = "metonym"
    MEMBER = "member"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """One place in one article version where an actor is named, with its evidence.

    `surface == field[start:end]` in the original field, whatever folding found it. `confidence` is
    between 0 and 1, rounded to 4 places. `because` lists what decided, in words for a desk officer.
    """

    id: str
    article: str
    version: str
    story: str
    actor: str
    alias: str
    surface: str
    kind: MentionKind
    field: TextField
    start: int
    end: int
    sentence: str
    language: str
    confidence: float
    because: tuple[str, ...]
    rule_set: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NearMiss:
    """A place that looked like a mention and was *not* flagged; `because` says why. For `explain`."""

    id: str
    article: str
    version: str
    story: str
    actor: str
    alias: str
    surface: str
    kind: MentionKind
    field: TextField
    start: int
    end: int
    sentence: str
    language: str
    confidence: float
    because: tuple[str, ...]
    rule_set: str
