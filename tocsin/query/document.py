"""What a query is asked of: one article version with everything known about it."""

from dataclasses import dataclass

from schemas import Article, Entity, Mention, NearMiss


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One article version. `copies` counts the other articles of its story known so far."""

    article: Article
    story: str = ""
    language: str = ""
    mentions: tuple[Mention, ...] = ()
    entities: tuple[Entity, ...] = ()
    near_misses: tuple[NearMiss, ...] = ()
    copies: int = 0
