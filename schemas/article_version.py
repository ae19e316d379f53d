"""Article versions: what flows behind decoding, and what a query is asked of."""

from dataclasses import dataclass

from schemas.alert import Alert
from schemas.article import Article
from schemas.entity import Entity, Mention, NearMiss


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleVersion:
    """One article version, and what is known of it so far: every step adds to it.

    `copies` counts the other articles of its story known so far. `alerts` are candidates: which of
    them stands is decided where alerts are kept. `origin` is where its record lay, empty for one
    that comes out of memory.
    """

    article: Article
    story: str = ""
    language: str = ""
    mentions: tuple[Mention, ...] = ()
    entities: tuple[Entity, ...] = ()
    near_misses: tuple[NearMiss, ...] = ()
    copies: int = 0
    alerts: tuple[Alert, ...] = ()
    origin: str = ""
