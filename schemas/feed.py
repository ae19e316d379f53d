"""Feeds and their entries, as the feed says them."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One item of a feed, before it is an article. `summary` and `content` may be HTML."""

    title: str = ""
    link: str = ""
    guid: str = ""
    summary: str = ""
    content: str = ""
    authors: tuple[str, ...] = ()
    published: datetime | None = None
    updated: datetime | None = None
    language: str = ""
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """What a feed document says of itself. `kind` is rss, rdf, atom, json or sitemap.

    `ttl` is how long it asks to be left alone, in seconds; `hub` its WebSub hub, and `self_url` the
    address under which it knows itself (the topic at that hub).
    """

    url: str = ""
    title: str = ""
    link: str = ""
    language: str = ""
    description: str = ""
    updated: datetime | None = None
    kind: str = ""
    ttl: float | None = None
    hub: str = ""
    self_url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedFeed:
    """A feed document read: the feed, its entries, and what was wrong with the bytes, in words."""

    file: str = ""
    feed: Feed = Feed()
    entries: tuple[Entry, ...] = ()
    problems: tuple[str, ...] = ()
