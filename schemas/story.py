"""Stories: an article and all its copies."""

from dataclasses import dataclass
from datetime import datetime

from schemas.entity import EntityType


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryMember:
    """One copy in a story. `similarity` (0 to 1) is to the earlier article that it copies."""

    article: str
    url: str = ""
    publisher: str = ""
    first_seen: datetime
    similarity: float


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryName:
    """An entity named in a story: its normal form and in how many article versions it stands."""

    type: EntityType
    name: str
    articles: int
    id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """An article and its copies. The root, the earliest by (first seen, id), gives it its id."""

    id: str
    title: str = ""
    url: str = ""
    publisher: str = ""
    published: datetime | None = None
    first_seen: datetime
    language: str = ""
    copies: tuple[StoryMember, ...] = ()
    publishers: int = 1
    names: tuple[StoryName, ...] = ()
