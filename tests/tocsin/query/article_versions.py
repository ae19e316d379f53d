"""Builders: article versions with mentions and entities found by where their words stand."""

from datetime import UTC, datetime

from schemas import Article, ArticleVersion, Entity, EntityType, Mention, MentionKind, TextField
from tocsin.text import sentence_around

NOON = datetime(2023, 8, 7, 12, tzinfo=UTC)


def an_article(text: str = "", *, title: str = "", **fields: object) -> Article:
    given = {"id": "article", "version": "version", "first_seen": NOON, **fields}
    return Article(title=title, text=text, **given)  # type: ignore[arg-type]


def a_mention(article: Article, surface: str, *, actor: str, confidence: float = 0.9) -> Mention:
    start = article.text.index(surface)
    end = start + len(surface)
    sentence = article.text[slice(*sentence_around(article.text, start, end))]
    return Mention(
        id=f"{actor}-{start}",
        article=article.id,
        version=article.version,
        story="story",
        actor=actor,
        alias=surface,
        surface=surface,
        kind=MentionKind.NAME,
        field=TextField.TEXT,
        start=start,
        end=end,
        sentence=sentence,
        language="en",
        confidence=confidence,
        because=("stands alone",),
        rule_set="rules",
    )


def an_entity(
    article: Article, text: str, *, type: EntityType, name: str = "", id: str = ""
) -> Entity:
    start = article.text.index(text)
    return Entity(
        article=article.id,
        version=article.version,
        type=type,
        text=text,
        start=start,
        end=start + len(text),
        field=TextField.TEXT,
        name=name or text,
        id=id,
    )


def an_article_version(text: str = "", *, title: str = "", **fields: object) -> ArticleVersion:
    return ArticleVersion(article=an_article(text, title=title, **fields), story="story")
