"""What a query is asked of: one article version with everything known about it."""

from dataclasses import dataclass

from schemas import Article, Entity, Mention


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One article version. `copies` counts the other articles of its story known so far."""

    article: Article
    language: str = ""
    mentions: tuple[Mention, ...] = ()
    entities: tuple[Entity, ...] = ()
    copies: int = 0
