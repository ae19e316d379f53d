"""Alerts: the fact that a subscription matched a story."""

from dataclasses import dataclass
from datetime import datetime

from schemas.entity import Mention, TextField


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What satisfied one leaf of a query.

    `leaf` is the leaf as written. Where text satisfied it, `text == field[start:end]` and `sentence`
    holds the sentence around it; where metadata did, `field` is empty and `text` holds the value.
    """

    leaf: str
    text: str
    field: TextField | None = None
    start: int = 0
    end: int = 0
    sentence: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """A subscription matched a story: at most one per (subscription, story), for ever."""

    id: str
    subscription: str
    story: str
    article: str
    version: str
    title: str
    url: str
    publisher: str
    language: str
    published: datetime | None
    first_seen: datetime
    mentions: tuple[Mention, ...]
    evidence: tuple[Evidence, ...]
    rule_set: str
    backfill: bool = False

    @property
    def order(self) -> tuple[datetime, str, str]:
        """Sort key: the first match in (first seen, article, version) is the one that is shown."""
        return (self.first_seen, self.article, self.version)
