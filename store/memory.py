"""Memory over SQL: versions, copies and roots that survive the process.

How it is done stands in `placing`, `links`, `parts`, `stories` and `forgetting`; the transactions are
here. Writers take turns (`store.engine.writing`), a batch at a time; readers are never in the way. Nothing
of a batch is kept in process once a verb has returned; what is kept are filters of `segments`.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, Row, func, select, tuple_

from schemas import Article, Story, StoryName
from store import segments
from store.bulk import chunks, insert_rows
from store.engine import open_engine, reading, writing
from store.forgetting import forget_stories, horizon_of
from store.links import link_articles
from store.ordinals import instant
from store.parts import begin, finish, kept_in, park, parts_of, reopened, unfinished
from store.placing import remember
from store.sqlite import LARGE_CACHE_MB
from store.stories import copies_of, done_of, page_of_stories, stories_of
from store.tables import (
    memory_article,
    memory_count,
    memory_name,
    memory_reopened,
    memory_version,
)
from store.trees import members_of, roots_of
from tocsin.memory import Key, Parent, Part, Seen
from tocsin.stories import TIME_TO_LIVE
from tocsin.versions import article_of

__all__ = ["SqlMemory", "finish"]

PAGE = 500
"""Rows that are read at once when everything is streamed."""


class SqlMemory:
    """The `Memory` protocol of `tocsin.memory` over SQLite or PostgreSQL."""

    def __init__(
        self,
        engine: Engine,
        time_to_live: timedelta = TIME_TO_LIVE,
        *,
        segment: int = segments.SIZE,
    ) -> None:
        self._engine = engine
        self._time_to_live = time_to_live
        self._segment = segment
        self._filters = segments.Filters()

    @classmethod
    def temporary(cls, directory: Path, time_to_live: timedelta = TIME_TO_LIVE) -> "SqlMemory":
        """Open memory in a file of a directory that its owner throws away."""
        file = f"sqlite:///{directory / 'memory.sqlite'}"
        return cls(open_engine(file, cache_mb=LARGE_CACHE_MB), time_to_live)

    def remember(self, articles: Sequence[Article]) -> list[Seen]:
        """See `Memory.remember`."""
        if not articles:
            return []
        with writing(self._engine) as connection:
            outcomes = remember(connection, articles, self._time_to_live, self._segment)
            full = segments.oldest_full(connection)
        if full is not None:
            segments.seal(self._engine, full)
        return outcomes

    def link(self, articles: Collection[str]) -> list[Parent]:
        """See `Memory.link`."""
        with writing(self._engine) as connection:
            ids = sorted(set(articles))
            return link_articles(connection, ids, self._time_to_live, self._filters)

    def unfinished(self, articles: Sequence[Article], part: Part) -> dict[Key, Article]:
        """See `Memory.unfinished`."""
        with reading(self._engine) as connection:
            return unfinished(connection, articles, part, self._time_to_live)

    def reopened(self, part: Part, limit: int = 1000) -> list[Article]:
        """See `Memory.reopened`."""
        with reading(self._engine) as connection:
            return reopened(connection, part, limit)

    def finish(
        self, keys: Collection[Key], part: Part, stories: Mapping[str, str] | None = None
    ) -> None:
        """See `Memory.finish`. Who writes results as well calls `finish` in that transaction."""
        with writing(self._engine) as connection:
            finish(connection, keys, part, stories)

    def park(self, keys: Collection[Key], part: Part) -> None:
        """See `Memory.park`. Who writes dead letters calls `park` in that transaction."""
        with writing(self._engine) as connection:
            park(connection, keys, part)

    def begin(self, part: Part) -> None:
        """See `Memory.begin`."""
        with writing(self._engine) as connection:
            begin(connection, part)

    def parts(self) -> Part:
        """See `Memory.parts`."""
        with reading(self._engine) as connection:
            return parts_of(connection)

    def roots(self, articles: Collection[str]) -> dict[str, str]:
        """See `Memory.roots`."""
        with reading(self._engine) as connection:
            return {each: each for each in articles} | roots_of(connection, articles)

    def copies(self, roots: Collection[str]) -> dict[str, int]:
        """See `Memory.copies`."""
        with reading(self._engine) as connection:
            return copies_of(connection, roots)

    def done(self, roots: Collection[str], part: Part) -> dict[str, int]:
        """See `Memory.done`."""
        with reading(self._engine) as connection:
            return done_of(connection, roots, part)

    def note_names(self, names: Sequence[tuple[str, str, StoryName]]) -> None:
        """See `Memory.note_names`."""
        rows = {
            (article, version, name.type.value, name.name): (name.articles, name.id)
            for article, version, name in names
        }
        with writing(self._engine) as connection:
            insert_rows(
                connection,
                memory_name,
                [key + value for key, value in sorted(rows.items())],
                replace=True,
            )

    def articles(self) -> Iterator[Article]:
        """See `Memory.articles`."""
        order = (memory_version.c.seen, memory_version.c.article, memory_version.c.version)
        query = select(memory_version).order_by(*order).limit(PAGE)
        page: Sequence[Row[Any]] = self._read(query)
        while page:
            for row in page:
                yield article_of(kept_in(row))
            last = (page[-1].seen, page[-1].article, page[-1].version)
            page = self._read(query.where(tuple_(*order) > last))

    def stories(self) -> Iterator[Story]:
        """See `Memory.stories`."""
        page: list[Story] = []
        while page := self._stories_behind(page):
            yield from page

    def stories_of(self, roots: Collection[str]) -> list[Story]:
        """See `Memory.stories_of`."""
        with reading(self._engine) as connection:
            return stories_of(connection, roots)

    def versions_of(self, roots: Collection[str]) -> list[Article]:
        """See `Memory.versions_of`."""
        found: list[Article] = []
        with reading(self._engine) as connection:
            for ids in chunks({article for _, article in members_of(connection, roots)}):
                query = select(memory_version).where(memory_version.c.article.in_(ids))
                found += [article_of(kept_in(row)) for row in connection.execute(query)]
        return sorted(found, key=lambda article: article.order)

    def counts(self) -> dict[str, int]:
        """See `Memory.counts`."""
        articles, versions = select(func.count()).select_from(memory_article), memory_version
        with reading(self._engine) as connection:
            return {
                "articles": connection.scalar(articles) or 0,
                "versions": connection.scalar(select(func.count()).select_from(versions)) or 0,
                "stories": connection.scalar(articles.where(memory_article.c.parent.is_(None)))
                or 0,
            }

    def rows(self) -> dict[str, int]:
        """See `Memory.rows`."""
        waiting = select(func.count()).select_from(memory_reopened)
        with reading(self._engine) as connection:
            known = {row.name: row.number for row in connection.execute(select(memory_count))}
            counts = {name: known.get(name, 0) for name in ("articles", "versions")}
            return counts | {"reopened": connection.scalar(waiting) or 0}

    def newest(self) -> datetime | None:
        """See `Memory.newest`."""
        with reading(self._engine) as connection:
            found = connection.scalar(select(func.max(memory_article.c.seen)))
        return None if found is None else instant(found)

    def horizon(self) -> datetime | None:
        """See `Memory.horizon`."""
        with reading(self._engine) as connection:
            return horizon_of(connection)

    def forget(self, before: datetime, limit: int, parts: Part) -> int:
        """See `Memory.forget`. Gives up for now where too many stories wait for a part."""
        return forget_stories(self._engine, before, limit, parts)

    def close(self) -> None:
        """See `Memory.close`."""
        self._engine.dispose()

    def _read(self, query: Any) -> Sequence[Row[Any]]:
        """Read one page, in a transaction of its own: writers never wait for a slow reader."""
        with reading(self._engine) as connection:
            return connection.execute(query).all()

    def _stories_behind(self, page: Sequence[Story]) -> list[Story]:
        with reading(self._engine) as connection:
            return page_of_stories(connection, PAGE, page[-1] if page else None)
