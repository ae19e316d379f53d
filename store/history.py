"""History: what the stream has stored of articles, put together again as what queries are asked of."""

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select, tuple_

from schemas import Article, ArticleVersion, Entity, Mention, decode
from store.run_rows import LIVE
from store.stories import copies_of
from store.tables import RUN_TABLES
from store.trees import roots_of

PAGE = 500
"""Article versions that are read and held at a time."""


_RECORDS: dict[str, Any] = {"mentions": Mention, "entities": Entity}


def newest(connection: Connection) -> datetime | None:
    """Tell when the latest article was first seen; None where none is stored."""
    articles = RUN_TABLES["articles"].c
    found = connection.scalar(select(func.max(articles.first_seen)).where(articles.run == LIVE))
    return datetime.fromisoformat(found) if found else None


def number_between(connection: Connection, since: datetime, until: datetime) -> int:
    """Count the article versions first seen from one instant until another (both to the second)."""
    articles = RUN_TABLES["articles"].c
    query = select(func.count()).where(
        articles.run == LIVE,
        articles.first_seen >= f"{since:%Y-%m-%dT%H:%M:%S}",
        articles.first_seen < f"{until:%Y-%m-%dT%H:%M:%S}",
    )
    return connection.scalar(query) or 0


def versions_of(
    connection: Connection, keys: Collection[tuple[str, str]], kinds: Collection[str]
) -> Iterator[ArticleVersion]:
    """Read article versions by (article, version), as `versions_since` does but in no order."""
    table, wanted = RUN_TABLES["articles"].c, sorted(keys)
    for start in range(0, len(wanted), PAGE):
        some = wanted[start : start + PAGE]
        query = select(table.record).where(
            table.run == LIVE, tuple_(table.id, table.version).in_(some)
        )
        articles = [decode(Article, bytes(record)) for record in connection.scalars(query)]
        yield from _put_together(connection, articles, kinds)


def versions_since(
    connection: Connection, since: datetime, kinds: Collection[str]
) -> Iterator[ArticleVersion]:
    """Read what was first seen since an instant (to the second), in that order.

    `kinds` says what is read with it: `mentions`, `entities`; they are the larger part. Stories and
    copies are as of now, the language is left open.
    """
    table = RUN_TABLES["articles"].c
    key = tuple_(table.first_seen, table.id, table.version)
    last = (f"{since:%Y-%m-%dT%H:%M:%S}", "", "")
    while True:
        query = select(table.first_seen, table.id, table.version, table.record)
        query = query.where(table.run == LIVE, key > last).order_by(*key).limit(PAGE)
        page = list(connection.execute(query))
        if not page:
            return
        articles = [decode(Article, bytes(row.record)) for row in page]
        yield from _put_together(connection, articles, kinds)
        last = (page[-1].first_seen, page[-1].id, page[-1].version)


def _put_together(
    connection: Connection, articles: list[Article], kinds: Collection[str]
) -> Iterator[ArticleVersion]:
    ids = sorted({article.id for article in articles})
    roots = {each: each for each in ids} | roots_of(connection, ids)
    copies = copies_of(connection, sorted(set(roots.values())))
    named = {kind: _named(connection, kind, ids) for kind in kinds}
    for article in articles:
        key = (article.id, article.version)
        yield ArticleVersion(
            article=article,
            story=roots[article.id],
            copies=copies.get(roots[article.id], 0),
            mentions=tuple(named.get("mentions", {}).get(key, {}).values()),
            entities=tuple(named.get("entities", {}).get(key, {}).values()),
        )


def _named(
    connection: Connection, kind: str, articles: list[str]
) -> dict[tuple[str, str], dict[Any, Any]]:
    """Read what article versions name; what several rule sets found is given once, as the last wrote it."""
    table = RUN_TABLES[kind]
    query = select(table.c.record).where(table.c.run == LIVE, table.c.article.in_(articles))
    found: dict[tuple[str, str], dict[Any, Any]] = {}
    for record in connection.scalars(query.order_by(*table.primary_key.columns)):
        each = decode(_RECORDS[kind], bytes(record))
        place = (each.field, each.start, each.end, getattr(each, "actor", each))
        found.setdefault((each.article, each.version), {})[place] = each
    return found
