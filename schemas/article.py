"""Articles: one published text at one canonical URL, and the versions it went through."""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
"""First seen of an article whose input gives no date at all; it carries the flag `no-date`."""


class Via(StrEnum):
    """How an article came in."""

    RSS = "rss"
    SITEMAP = "sitemap"
    SEED = "seed"
    WARC = "warc"
    API = "api"


class Flag(StrEnum):
    """What is odd about an article."""

    NO_DATE = "no-date"
    FUTURE_DATE = "future-date"
    OLD = "old"
    LATE = "late"
    TRUNCATED = "truncated"
    FEED_TEXT_ONLY = "feed-text-only"
    BACKFILL = "backfill"
    REPAIRED = "repaired"


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """One version of one article, as `tocsin.articles` carries it.

    `id` and `version` are functions of the content (`schemas.ids`); `text` is cleaned, and every
    offset anywhere refers to it or to `title`. `language` is as declared by the publisher (BCP 47,
    lower-case primary tag first), or empty. `first_seen` is the event time; `published` is only what
    the publisher says. `extractor` names who found the text: `feed` for that of the entry, else the
    one of `tocsin.extract` that won; it is no part of the identity. `flags` are values of `Flag`, sorted; unknown ones are kept.
    """

    id: str
    version: str
    url: str = ""
    canonical_url: str = ""
    title: str = ""
    text: str = ""
    language: str = ""
    authors: tuple[str, ...] = ()
    published: datetime | None = None
    first_seen: datetime = EPOCH
    publisher: str = ""
    feed: str = ""
    via: Via = Via.SEED
    guid: str = ""
    extractor: str = ""
    flags: tuple[str, ...] = ()

    @property
    def order(self) -> tuple[datetime, str, str]:
        """Sort key wherever an order is asked for: first seen, then id, then version."""
        return (self.first_seen, self.id, self.version)

    @property
    def is_backfill(self) -> bool:
        """Tell whether this article may be recorded but must ring nobody."""
        return Flag.BACKFILL in self.flags
