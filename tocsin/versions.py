"""Versions: of several records that say the same article version, which one is kept.

The answer is a function of the set of records, not of the order in which they came: the least by
(first seen, canonical bytes) wins, and one record that is no backfill makes the version one that may
ring. The winner is therefore kept as it came, and the flag is cleared when it is read.

Whether a version is late is said once, when it is first remembered, and then holds for all of its records.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from schemas import Article, Flag, decode, encode


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """The winning record of one article version; `rings` once any of its records was no backfill.

    `late` is what was said of it when it was first remembered.
    """

    first_seen: datetime
    record: bytes
    rings: bool
    late: bool = False


def keep(article: Article, *, late: bool = False) -> Kept:
    """Take a record as the first of its version."""
    return Kept(
        first_seen=article.first_seen,
        record=encode(article),
        rings=not article.is_backfill,
        late=late,
    )


def merge(one: Kept, other: Kept) -> Kept:
    """Join two records of one version: associative, commutative, and idempotent."""
    first = min(one, other, key=lambda kept: (kept.first_seen, kept.record))
    return replace(first, rings=one.rings or other.rings, late=one.late or other.late)


def article_of(kept: Kept) -> Article:
    """Read the record that stands for the version."""
    article = decode(Article, kept.record)
    flags = set(article.flags)
    if kept.rings:
        flags.discard(Flag.BACKFILL)
    if kept.late:
        flags.add(Flag.LATE)
    if flags == set(article.flags):
        return article
    return replace(article, flags=tuple(sorted(flags)))
