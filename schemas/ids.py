"""Ids as pure functions of content: doing anything twice changes nothing.

Every id is the lower-case hex SHA-256, cut to 32 characters (128 bits), of the canonical JSON array
of its parts, led by a domain tag that carries the version of the scheme.
No clock, offset, host, path, uuid or salted hash may enter here.
"""

import hashlib

import msgspec

LENGTH = 32


def digest(domain: str, *parts: str | int) -> str:
    """Hash `parts` under `domain`; equal parts give equal ids on every machine, for ever."""
    return hashlib.sha256(msgspec.json.encode([domain, *parts])).hexdigest()[:LENGTH]


def collapse(text: str) -> str:
    """Normalise white space: runs become one space, ends are cut."""
    return " ".join(text.split())


def article_id(*, canonical_url: str, publisher: str, guid: str, title: str, text: str) -> str:
    """Name an article: by canonical URL; without one by publisher and guid; without one by its text."""
    if canonical_url:
        return digest("article.url.1", canonical_url)
    if guid:
        return digest("article.guid.1", publisher, guid)
    return digest("article.text.1", collapse(title), collapse(text))


def version_id(article: str, title: str, text: str) -> str:
    """Name one version of an article: changed white space is not an edit."""
    return digest("version.1", article, collapse(title), collapse(text))


def mention_id(article: str, version: str, actor: str, field: str, start: int, end: int) -> str:
    """Name one place where an actor is named. Offsets are code points into the original field."""
    return digest("mention.1", article, version, actor, field, start, end)


def alert_id(subscription: str, story: str) -> str:
    """Name the one alert that a subscription can ever have for a story."""
    return digest("alert.1", subscription, story)


def update_id(alert: str, occasion: str, value: str) -> str:
    """Name what happened to an alert: it grew past so many publishers, or has another version."""
    return digest("update.1", alert, occasion, value)


def digest_id(subscription: str, channel: str, due: int) -> str:
    """Name what gathers the alerts of a subscription for a channel until an instant (microseconds)."""
    return digest("digest.1", subscription, channel, due)


def notice_id(subscription: str, channel: str, at: int) -> str:
    """Name what an owner is told of a channel that was lost at an instant (microseconds)."""
    return digest("notice.1", subscription, channel, at)


def dead_letter_id(stage: str, code: str, sha256: str) -> str:
    """Name a dead letter by where and why it failed and by the hash of its bytes, not by where it lay."""
    return digest("dead-letter.1", stage, code, sha256)
