"""Feeds and their entries, as the feed says them."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


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
    """A feed document read: the feed, its entries, and what was wrong with the bytes, in words.

    `is_truncated` tells that it lists more entries than were read.
    """

    file: str = ""
    feed: Feed = Feed()
    entries: tuple[Entry, ...] = ()
    problems: tuple[str, ...] = ()
    is_truncated: bool = False


class FeedStatus(StrEnum):
    """How a feed stands. A resting feed is still tried once a day: none dies unseen."""

    ACTIVE = "active"
    RESTING = "resting"


class PollOutcome(StrEnum):
    """How one poll ended."""

    NEW = "new"
    """Read, with entries that are new or were edited."""
    UNCHANGED = "unchanged"
    """Read, or said to be as it was (304), with nothing new."""
    REFUSED = "refused"
    """The server, its robots.txt or our own rules do not let us (401, 403, 429, 451, ...)."""
    FAILED = "failed"
    """No answer, an error of the server, or what came was no feed."""
    GONE = "gone"
    """The server says that it is gone for good (410)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedState:
    """What is known of a feed between polls. Nothing of it is set from outside but by `tocsin.poll`.

    `next_poll` is when it is due, `None` at once; `interval` the seconds between polls while all is
    well, before jitter. `error` is the last error in words, empty after a success; `errors` counts
    those in a row since `error_since`. `body_hash` is the SHA-256 (hex) of the last body read.
    `moved_to` is where a permanent redirect leads, the same since `moved_since`. `last_new` is when
    it last had something new, `habit` the longest it lately went without (s), `listed` how many entries
    its document had, and `ttl` how long it asks to be left alone (s).
    """

    url: str
    title: str = ""
    site: str = ""
    tags: tuple[str, ...] = ()
    kind: str = ""
    added: datetime | None = None
    status: FeedStatus = FeedStatus.ACTIVE
    status_reason: str = ""
    next_poll: datetime | None = None
    interval: float = 0.0
    last_polled: datetime | None = None
    last_success: datetime | None = None
    last_new: datetime | None = None
    etag: str = ""
    last_modified: str = ""
    body_hash: str = ""
    etag_lies: bool = False
    polls: int = 0
    errors: int = 0
    error: str = ""
    error_since: datetime | None = None
    gone: int = 0
    gone_since: datetime | None = None
    moved_to: str = ""
    moved_since: datetime | None = None
    entries_per_day: float = 0.0
    habit: float = 0.0
    listed: int = 0
    ttl: float = 0.0
    hub: str = ""
    hub_topic: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """What was seen of a feed on one day (UTC, `YYYY-MM-DD`), and what was not.

    `polled` polls ended as `new`, `unchanged`, `refused` (gone included) or `failed`; of those read,
    `truncated` were cut at a limit. `entries` were published, of which `pages_failed` without their
    page. `silent` says that the feed has had nothing for longer than is its habit.
    """

    feed: str
    day: str
    polled: int = 0
    new: int = 0
    unchanged: int = 0
    refused: int = 0
    failed: int = 0
    truncated: int = 0
    entries: int = 0
    pages_failed: int = 0
    silent: bool = False
