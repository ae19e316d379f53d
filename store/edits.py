"""Edits: article versions that came, beside the versions that come before and behind them."""

from collections import defaultdict
from collections.abc import Collection
from itertools import pairwise

from sqlalchemy import Connection, select

from schemas import Article
from store.bulk import chunks
from store.parts import kept_in
from store.tables import memory_version
from tocsin.memory import Key
from tocsin.versions import article_of

Edit = tuple[Key, Key]
"""A version, and the one that came behind it."""


def edits_of(connection: Connection, keys: Collection[Key]) -> dict[str, list[Edit]]:
    """Find by article which edits these versions are part of: none, where an article has but one version."""
    came, columns = set(keys), memory_version.c
    versions: defaultdict[str, list[tuple[int, Key]]] = defaultdict(list)
    for some in chunks(sorted({article for article, _ in came})):
        query = select(columns.article, columns.version, columns.seen)
        for article, version, seen in connection.execute(query.where(columns.article.in_(some))):
            versions[article].append((seen, (article, version)))
    found: dict[str, list[Edit]] = {}
    for article, those in versions.items():
        in_order = [key for _, key in sorted(those)]
        if edits := [edit for edit in pairwise(in_order) if not came.isdisjoint(edit)]:
            found[article] = edits
    return found


def articles_at(connection: Connection, keys: Collection[Key]) -> dict[Key, Article]:
    """Read article versions as they are remembered."""
    found: dict[Key, Article] = {}
    columns = memory_version.c
    for some in chunks(sorted({version for _, version in keys})):
        those = set(some)
        articles = sorted({article for article, version in keys if version in those})
        query = select(memory_version).where(
            columns.article.in_(articles), columns.version.in_(some)
        )
        for row in connection.execute(query):
            found[row.article, row.version] = article_of(kept_in(row))
    return found
