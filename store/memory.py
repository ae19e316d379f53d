"""Memory over SQL: versions, copies and roots that survive the process. Linking is in `store.links`.

Writers take turns (`store.engine.writing`), a batch at a time; readers are never in the way. Nothing
of a batch is kept in process once a verb has returned.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Row, bindparam, delete, func, select, text, tuple_

from schemas import Article, EntityType, Story, StoryMember, StoryName
from store.bands import hashes_in, pack, page_in
from store.bulk import chunks, insert_rows
from store.engine import open_engine, reading, writing
from store.forgetting import count, forget_stories
from store.links import link_articles
from store.ordinals import NONE_LATER, State, instant, microseconds, ordinal
from store.parts import finish, kept_in, reopened, unfinished
from store.tables import (
    memory_article,
    memory_band,
    memory_count,
    memory_horizon,
    memory_name,
    memory_reopened,
    memory_version,
)
from store.trees import TREE, roots_of
from tocsin.fingerprint import fingerprint
from tocsin.memory import Key, Parent, Part, Seen
from tocsin.stories import TIME_TO_LIVE, merge_names, page_of, story_of
from tocsin.versions import Kept, article_of, keep, merge

__all__ = ["SqlMemory", "finish"]

PAGE = 500
"""Rows that are read at once when everything is streamed."""

_COPIES = text(
    TREE + " SELECT tree.root, a.id, a.url, a.publisher, a.seen, a.similarity"  # noqa: S608
    " FROM tree JOIN memory_article a ON a.seq = tree.seq WHERE tree.root <> tree.seq"
).bindparams(bindparam("roots", expanding=True))

_SIZES = text(
    TREE.replace("seq IN :roots", "id IN :roots")  # noqa: S608
    + " SELECT a.id, count(*) - 1 FROM tree JOIN memory_article a ON a.seq = tree.root GROUP BY a.id"
).bindparams(bindparam("roots", expanding=True))

_STORY_NAMES = text(
    TREE + " SELECT tree.root, n.type, n.name, sum(n.articles), min(nullif(n.id, ''))"  # noqa: S608
    " FROM tree JOIN memory_article a ON a.seq = tree.seq"
    " JOIN memory_name n ON n.article = a.id GROUP BY tree.root, n.type, n.name"
).bindparams(bindparam("roots", expanding=True))


class SqlMemory:
    """The `Memory` protocol of `tocsin.memory` over SQLite or PostgreSQL."""

    def __init__(self, engine: Engine, time_to_live: timedelta = TIME_TO_LIVE) -> None:
        self._engine = engine
        self._time_to_live = time_to_live

    @classmethod
    def temporary(cls, directory: Path, time_to_live: timedelta = TIME_TO_LIVE) -> "SqlMemory":
        """Open memory in a file of a directory that its owner throws away."""
        return cls(open_engine(f"sqlite:///{directory / 'memory.sqlite'}"), time_to_live)

    def remember(self, articles: Sequence[Article]) -> list[Seen]:
        """See `Memory.remember`."""
        if not articles:
            return []
        with writing(self._engine) as connection:
            known = _known_versions(connection, {article.id for article in articles})
            stored = _stored_versions(connection, articles, known)
            kept = {key: kept_in(row) for key, row in stored.items()}
            outcomes, changed = _sort_out(articles, known, kept)
            rows = _version_rows(changed, stored)
            insert_rows(connection, memory_version, rows, replace=True)
            _place(connection, known, changed)
            tally = Counter(outcomes)
            count(connection, tally[Seen.NEW], tally[Seen.NEW] + tally[Seen.EDIT])
        return outcomes

    def link(self, articles: Collection[str]) -> list[Parent]:
        """See `Memory.link`."""
        with writing(self._engine) as connection:
            return link_articles(connection, sorted(set(articles)), self._time_to_live)

    def unfinished(self, articles: Sequence[Article], part: Part) -> dict[Key, Article]:
        """See `Memory.unfinished`."""
        with reading(self._engine) as connection:
            return unfinished(connection, articles, part)

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

    def roots(self, articles: Collection[str]) -> dict[str, str]:
        """See `Memory.roots`."""
        with reading(self._engine) as connection:
            return {each: each for each in articles} | roots_of(connection, articles)

    def copies(self, roots: Collection[str]) -> dict[str, int]:
        """See `Memory.copies`."""
        found = dict.fromkeys(roots, 0)
        with reading(self._engine) as connection:
            for some in chunks(found):
                sizes = connection.execute(_SIZES, {"roots": some})
                found.update((root, int(copies)) for root, copies in sizes)
        return found

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
        article, version = memory_article.c, memory_version.c
        query = (
            select(article.seq, article.id, article.seen.label("first_seen"), memory_version)
            .join(
                memory_version,
                (version.article == article.id) & (version.version == article.version),
            )
            .where(article.parent.is_(None))
            .order_by(article.seen, article.id)
            .limit(PAGE)
        )
        page: Sequence[Row[Any]] = self._read(query)
        while page:
            yield from self._stories_of(page)
            last = (page[-1].first_seen, page[-1].id)
            page = self._read(query.where(tuple_(article.seen, article.id) > last))

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
        return self._moment(select(func.max(memory_article.c.seen)))

    def horizon(self) -> datetime | None:
        """See `Memory.horizon`."""
        return self._moment(select(memory_horizon.c.since))

    def forget(self, before: datetime, limit: int) -> int:
        """See `Memory.forget`."""
        return forget_stories(self._engine, before, limit)

    def close(self) -> None:
        """See `Memory.close`."""
        self._engine.dispose()

    def _moment(self, query: Any) -> datetime | None:
        with reading(self._engine) as connection:
            found = connection.scalar(query)
        return None if found is None else instant(found)

    def _read(self, query: Any) -> Sequence[Row[Any]]:
        """Read one page, in a transaction of its own: writers never wait for a slow reader."""
        with reading(self._engine) as connection:
            return connection.execute(query).all()

    def _stories_of(self, roots: Sequence[Row[Any]]) -> Iterator[Story]:
        """Gather the copies and names of some roots."""
        wanted = {"roots": [root.seq for root in roots]}
        copies: dict[int, list[StoryMember]] = {root.seq: [] for root in roots}
        names: dict[int, list[StoryName]] = {root.seq: [] for root in roots}
        with reading(self._engine) as connection:
            for root, article, url, publisher, seen, similarity in connection.execute(
                _COPIES, wanted
            ):
                member = StoryMember(
                    article=article,
                    url=url,
                    publisher=publisher,
                    first_seen=instant(seen),
                    similarity=similarity,
                )
                copies[root].append(member)
            for root, kind, name, articles, key in connection.execute(_STORY_NAMES, wanted):
                found = StoryName(
                    type=EntityType(kind), name=name, articles=int(articles), id=key or ""
                )
                names[root].append(found)
        for row in roots:
            yield story_of(
                article_of(kept_in(row)),
                instant(row.first_seen),
                copies[row.seq],
                merge_names(names[row.seq]),
            )


def _known_versions(connection: Connection, articles: Collection[str]) -> dict[str, dict[str, int]]:
    """Read which versions of these articles are known, and since when."""
    columns = memory_version.c
    known: dict[str, dict[str, int]] = {article: {} for article in articles}
    for ids in chunks(known):
        query = select(columns.article, columns.version, columns.seen)
        for article, version, seen in connection.execute(query.where(columns.article.in_(ids))):
            known[article][version] = seen
    return known


def _stored_versions(
    connection: Connection, articles: Sequence[Article], known: Mapping[str, Mapping[str, int]]
) -> dict[Key, Row[Any]]:
    """Read the rows of those versions that come again."""
    again = {article.id for article in articles if article.version in known[article.id]}
    found: dict[Key, Row[Any]] = {}
    for ids in chunks(again):
        query = select(memory_version).where(memory_version.c.article.in_(ids))
        found.update(((row.article, row.version), row) for row in connection.execute(query))
    return found


def _sort_out(
    articles: Sequence[Article], known: dict[str, dict[str, int]], stored: dict[Key, Kept]
) -> tuple[list[Seen], dict[Key, Kept]]:
    """Say what each article is, and which records are new or win over stored ones."""
    outcomes: list[Seen] = []
    current = dict(stored)
    for article in articles:
        key, kept = (article.id, article.version), keep(article)
        versions = known[article.id]
        if article.version in versions:
            outcomes.append(Seen.DUPLICATE)
            kept = merge(current[key], kept)
        else:
            outcomes.append(Seen.EDIT if versions else Seen.NEW)
        current[key] = kept
        versions[article.version] = microseconds(kept.first_seen)
    return outcomes, {key: kept for key, kept in current.items() if stored.get(key) != kept}


def _version_rows(
    changed: Mapping[Key, Kept], stored: Mapping[Key, Row[Any]]
) -> list[tuple[Any, ...]]:
    """Write rows of versions; one that may ring only now is done again."""
    rows: list[tuple[Any, ...]] = []
    for key, kept in changed.items():
        before = stored.get(key)
        finished = before.finished if before and before.rings == kept.rings else 0
        rows.append((*key, microseconds(kept.first_seen), kept.rings, finished, kept.record))
    return rows


def _place(
    connection: Connection, known: Mapping[str, Mapping[str, int]], changed: Mapping[Key, Kept]
) -> None:
    """Put articles where their earliest versions stand; what is new or moves waits to be linked."""
    touched = sorted({article for article, _ in changed})
    placed: dict[str, Row[Any]] = {}
    for ids in chunks(touched):
        query = select(memory_article).where(memory_article.c.id.in_(ids))
        placed.update((row.id, row) for row in connection.execute(query))
    following = (connection.scalar(select(func.max(memory_article.c.seq))) or 0) + 1
    rows: list[tuple[Any, ...]] = []
    for article in touched:
        seen, version = min((seen, version) for version, seen in known[article].items())
        before = placed.get(article)
        if (article, version) not in changed:
            continue  # nothing that is known of its earliest version is new
        content = article_of(changed[article, version])
        page = page_of(content)
        place = (seen, version, page)
        if before and (before.seen, before.version, page_in(bytes(before.bands))) == place:
            continue
        taken = fingerprint(content.title, content.text)
        if before is None:
            seq, following = following, following + 1
            link: tuple[Any, ...] = (None, 0.0, State.NEW)
        else:
            _lift(connection, before)
            seq, link = before.seq, (before.parent, before.similarity, State.MOVED)
        where = (seq, article, seen, ordinal(seen, article), version)
        print_ = (pack(taken.bands, page), taken.sketch)
        rows.append((*where, content.url, content.publisher, *print_, *link))
    insert_rows(connection, memory_article, rows, replace=True)
    insert_rows(connection, memory_band, _band_rows(rows))


def _lift(connection: Connection, row: Row[Any]) -> None:
    """Take an article out of its bands."""
    columns = memory_band.c
    connection.execute(
        delete(memory_band).where(
            columns.hash.in_(hashes_in(bytes(row.bands))),
            columns.ordinal == row.ordinal,
            columns.article == row.seq,
        )
    )


def _band_rows(rows: Sequence[tuple[Any, ...]]) -> list[tuple[int, int, int, int]]:
    """Write a row for each article and band, in the order of the index, which is faster."""
    return sorted((band, row[3], row[0], NONE_LATER) for row in rows for band in hashes_in(row[7]))
