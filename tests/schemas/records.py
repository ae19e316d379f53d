"""One filled record of every kind, for tests of what flows."""

from datetime import UTC, datetime
from typing import Any

from schemas import (
    Alert,
    Article,
    Entity,
    EntityType,
    Entry,
    Evidence,
    Feed,
    Mention,
    MentionKind,
    NearMiss,
    ParsedFeed,
    Story,
    StoryMember,
    StoryName,
    TextField,
    Via,
    dead_letter,
)

MORNING = datetime(2024, 7, 29, 6, 30, tzinfo=UTC)
NOON = datetime(2024, 7, 29, 12, 0, tzinfo=UTC)


def an_article(**changes: Any) -> Article:
    given: dict[str, Any] = {
        "id": "a" * 32,
        "version": "b" * 32,
        "url": "https://press.example/mali?utm_source=x",
        "canonical_url": "https://press.example/mali",
        "title": "Потери «Вагнера»",
        "text": "瓦格纳 lost men.\nNobody says how many.",
        "language": "en",
        "authors": ("R. Issa",),
        "published": MORNING,
        "first_seen": NOON,
        "publisher": "press.example",
        "feed": "https://press.example/feed",
        "via": Via.RSS,
        "guid": "press-1",
        "extractor": "feed",
        "flags": ("feed-text-only",),
    }
    return Article(**(given | changes))


def a_mention(**changes: Any) -> Mention:
    given: dict[str, Any] = {
        "id": "c" * 32,
        "article": "a" * 32,
        "version": "b" * 32,
        "story": "a" * 32,
        "actor": "wagner-group",
        "alias": "瓦格纳",
        "surface": "瓦格纳",
        "kind": MentionKind.NAME,
        "field": TextField.TEXT,
        "start": 0,
        "end": 3,
        "sentence": "瓦格纳 lost men.",
        "language": "en",
        "confidence": 0.9,
        "because": ("alias '瓦格纳' is enough alone",),
        "rule_set": "d" * 32,
    }
    return Mention(**(given | changes))


def a_near_miss() -> NearMiss:
    mention = a_mention()
    return NearMiss(**{name: getattr(mention, name) for name in NearMiss.__slots__})


def an_entity() -> Entity:
    return Entity(
        article="a" * 32,
        version="b" * 32,
        type=EntityType.PLACE,
        text="Bamako",
        start=3,
        end=9,
        field=TextField.TITLE,
        name="Bamako",
        id="Q3703",
        model="gazetteer 1",
    )


def a_story() -> Story:
    copy = StoryMember(
        article="e" * 32,
        url="https://other.example/1",
        publisher="other.example",
        first_seen=NOON,
        similarity=0.9375,
    )
    return Story(
        id="a" * 32,
        title="Losses",
        url="https://press.example/mali",
        publisher="press.example",
        published=MORNING,
        first_seen=MORNING,
        language="en",
        copies=(copy,),
        publishers=2,
        names=(StoryName(type=EntityType.PLACE, name="Bamako", articles=2, id="Q3703"),),
    )


def an_alert() -> Alert:
    evidence = Evidence(
        leaf="actor:wagner",
        text="瓦格纳",
        field=TextField.TEXT,
        start=0,
        end=3,
        sentence="瓦格纳 lost men.",
    )
    return Alert(
        id="f" * 32,
        subscription="wagner-group",
        story="a" * 32,
        article="a" * 32,
        version="b" * 32,
        title="Losses",
        url="https://press.example/mali",
        publisher="press.example",
        language="en",
        published=None,
        first_seen=NOON,
        mentions=(a_mention(),),
        evidence=(evidence,),
        rule_set="d" * 32,
        backfill=True,
    )


def a_parsed_feed() -> ParsedFeed:
    return ParsedFeed(
        file="feed.xml",
        feed=Feed(url="https://press.example/feed", title="Press", kind="rss", updated=NOON),
        entries=(Entry(title="Losses", link="https://press.example/mali", published=MORNING),),
        problems=("undefined entity &nbsp;",),
    )


ONE_OF_EACH: dict[str, Any] = {
    "article": an_article(),
    "story": a_story(),
    "entity": an_entity(),
    "mention": a_mention(),
    "near-miss": a_near_miss(),
    "alert": an_alert(),
    "dead-letter": dead_letter("decode", "invalid-json", "cut off", b'{"title": "', origin="x:2"),
    "parsed-feed": a_parsed_feed(),
}
"""By the name of its schema."""
