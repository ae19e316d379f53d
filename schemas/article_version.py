"""Article versions: what flows behind memory, and what a query is asked of."""

from dataclasses import dataclass

from schemas.article import Article
from schemas.entity import Entity, Mention, NearMiss


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleVersion:
    """One article version. `copies` counts the other articles of its story known so far."""

    article: Article
    story: str = ""
    language: str = ""
    mentions: tuple[Mention, ...] = ()
    entities: tuple[Entity, ...] = ()
    near_misses: tuple[NearMiss, ...] = ()
    copies: int = 0
