"""Versions: of several records that say the same article version, which one is kept.

The answer is a function of the set of records, not of the order in which they came: the least by
(first seen, canonical bytes) wins, and one record that is no backfill makes the version one that may
ring. The winner is therefore kept as it came, and the flag is cleared when it is read.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from schemas import Article, Flag, decode, encode


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """The winning record of one article version; `rings` once any of its records was no backfill."""

    first_seen: datetime
    record: bytes
    rings: bool


def keep(article: Article) -> Kept:
    """Take a record as the first of its version."""
    return Kept(
        first_seen=article.first_seen, record=encode(article), rings=not article.is_backfill
    )


def merge(one: Kept, other: Kept) -> Kept:
    """Join two records of one version: associative, commutative, and idempotent."""
    first = min(one, other, key=lambda kept: (kept.first_seen, kept.record))
    return replace(first, rings=one.rings or other.rings)


def article_of(kept: Kept) -> Article:
    """Read the record that stands for the version."""
    article = decode(Article, kept.record)
    if kept.rings and article.is_backfill:
        rest = tuple(flag for flag in article.flags if flag != Flag.BACKFILL)
        return replace(article, flags=rest)
    return article
