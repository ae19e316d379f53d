"""Remembering over SQL: which versions are new, which records win, and where their articles stand."""

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, Row, delete, func, select

from schemas import Article
from store.bands import hashes_in, pack, page_in
from store.bulk import chunks, insert_rows
from store.forgetting import count, horizon_of
from store.ordinals import NONE_LATER, State, microseconds, ordinal
from store.parts import kept_in
from store.segments import grow, open_segment
from store.tables import memory_article, memory_band, memory_version
from tocsin.fingerprint import fingerprint
from tocsin.memory import Key, Seen
from tocsin.stories import is_late, page_of
from tocsin.versions import Kept, article_of, keep, merge


def remember(
    connection: Connection, articles: Sequence[Article], time_to_live: timedelta, size: int
) -> list[Seen]:
    """See `Memory.remember`; a segment of bands has at most `size` articles, but for one batch."""
    known = _known_versions(connection, {article.id for article in articles})
    stored = _stored_versions(connection, articles, known)
    kept = {key: kept_in(row) for key, row in stored.items()}
    horizon = horizon_of(connection)

    def as_new(article: Article) -> Kept:
        return keep(article, late=is_late(article.first_seen, horizon, time_to_live))

    outcomes, changed = _sort_out(articles, known, kept, as_new)
    insert_rows(connection, memory_version, _version_rows(changed, stored), replace=True)
    _place(connection, known, changed, size)
    tally = Counter(outcomes)
    count(connection, tally[Seen.NEW], tally[Seen.NEW] + tally[Seen.EDIT])
    return outcomes


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
    articles: Sequence[Article],
    known: dict[str, dict[str, int]],
    stored: dict[Key, Kept],
    as_new: Callable[[Article], Kept],
) -> tuple[list[Seen], dict[Key, Kept]]:
    """Say what each article is, and which records are new or win over stored ones."""
    outcomes: list[Seen] = []
    current = dict(stored)
    for article in articles:
        key, versions = (article.id, article.version), known[article.id]
        if article.version in versions:
            outcomes.append(Seen.DUPLICATE)
            kept = merge(current[key], keep(article))
        else:
            outcomes.append(Seen.EDIT if versions else Seen.NEW)
            kept = as_new(article)
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
        seen = microseconds(kept.first_seen)
        rows.append((*key, seen, kept.rings, finished, kept.late, kept.record))
    return rows


def _place(
    connection: Connection,
    known: Mapping[str, Mapping[str, int]],
    changed: Mapping[Key, Kept],
    size: int,
) -> None:
    """Put articles where their earliest versions stand; what is new or moves waits to be linked."""
    touched = sorted({article for article, _ in changed})
    placed: dict[str, Row[Any]] = {}
    for ids in chunks(touched):
        query = select(memory_article).where(memory_article.c.id.in_(ids))
        placed.update((row.id, row) for row in connection.execute(query))
    opened = open_segment(connection)
    last = connection.scalar(select(func.max(memory_article.c.seq))) or 0
    following = max(last + 1, opened.first)
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
        rows.append((*where, content.url, content.publisher, *print_, *link, opened.segment))
    insert_rows(connection, memory_article, rows, replace=True)
    insert_rows(connection, memory_band, _band_rows(rows))
    moved = sum(row[1] in placed for row in rows)
    grow(connection, opened, size, following, moved)


def _lift(connection: Connection, row: Row[Any]) -> None:
    """Take an article out of its bands."""
    columns = memory_band.c
    connection.execute(
        delete(memory_band).where(
            columns.segment == row.segment,
            columns.hash.in_(hashes_in(bytes(row.bands))),
            columns.ordinal == row.ordinal,
            columns.article == row.seq,
        )
    )


def _band_rows(rows: Sequence[tuple[Any, ...]]) -> list[tuple[int, int, int, int, int]]:
    """Write a row for each article and band, in the order of the index, which is faster."""
    return sorted(
        (row[-1], band, row[3], row[0], NONE_LATER) for row in rows for band in hashes_in(row[7])
    )
