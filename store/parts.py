"""Which parts of the stream are done with which article versions, and which they must do again.

A version that kills who does it again is known by this: it has been begun alone more often than others.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, bindparam, case, delete, select, text, update

from schemas import Article
from store.bulk import chunks, insert_missing, update_rows
from store.forgetting import horizon_of
from store.ordinals import instant
from store.tables import memory_part, memory_reopened, memory_version
from store.trees import roots_of
from tocsin.memory import Key, Part
from tocsin.stories import is_late
from tocsin.versions import Kept, article_of, keep

_KEY = ("article", "version")

# An article may lie below several whose links changed: the second UNION takes it once.
_REOPEN = text(
    "WITH RECURSIVE tree(seq) AS ("
    " SELECT seq FROM memory_article WHERE seq IN :seqs"
    " UNION SELECT a.seq FROM tree JOIN memory_article a ON a.parent = tree.seq)"
    " INSERT INTO memory_reopened (article, version, parts)"
    " SELECT v.article, v.version, v.finished FROM tree"
    " JOIN memory_article a ON a.seq = tree.seq JOIN memory_version v ON v.article = a.id"
    " WHERE v.finished <> 0"
    " ON CONFLICT (article, version) DO UPDATE SET parts = memory_reopened.parts | excluded.parts"
).bindparams(bindparam("seqs", expanding=True))


def unfinished(
    connection: Connection, articles: Sequence[Article], part: Part, time_to_live: timedelta
) -> dict[Key, Article]:
    """See `Memory.unfinished`: one query, unless something is not known."""
    came = {(article.id, article.version): article for article in articles}
    found: dict[Key, Article] = {}
    columns = memory_version.c
    is_open = columns.finished.op("&")(part.value) != part.value
    record = case((is_open, columns.record)).label("record")  # blobs are read only where needed
    kept = (columns.seen, columns.rings, columns.late, record)
    query = select(columns.article, columns.version, *kept)
    for ids in chunks({article.id for article in articles}):
        for row in connection.execute(query.where(columns.article.in_(ids))):
            key = (row.article, row.version)
            if came.pop(key, None) and row.record is not None:
                found[key] = article_of(kept_in(row))
    if came:
        horizon = horizon_of(connection)
        for key, article in came.items():
            late = is_late(article.first_seen, horizon, time_to_live)
            found[key] = article_of(keep(article, late=late))
    return found


def reopened(connection: Connection, part: Part, limit: int) -> list[Article]:
    """See `Memory.reopened`. Mostly there are none, and that has to be found out at once."""
    waiting = memory_reopened.c
    query = select(waiting.article, waiting.version).where(waiting.parts.op("&")(part.value) != 0)
    query = query.order_by(waiting.article, waiting.version).limit(limit)
    keys = {(article, version) for article, version in connection.execute(query)}
    found: list[Article] = []
    for ids in chunks({article for article, _ in keys}):
        versions = select(memory_version).where(memory_version.c.article.in_(ids))
        rows = connection.execute(versions)
        found.extend(article_of(kept_in(row)) for row in rows if (row.article, row.version) in keys)
    return sorted(found, key=lambda article: article.order)


def reopen(connection: Connection, seqs: Iterable[int]) -> None:
    """Let parts do again what they finished of these articles and of all that copies them."""
    for some in chunks(list(seqs)):
        connection.execute(_REOPEN, {"seqs": some})


def finish(
    connection: Connection,
    keys: Collection[Key],
    part: Part,
    stories: Mapping[str, str] | None = None,
) -> None:
    """See `Memory.finish`; in the transaction that writes what the part has made of the versions."""
    rows = sorted(set(keys))
    update_rows(connection, memory_version, f"finished = finished | {part.value:d}", _KEY, rows)
    _close(connection, rows, part)
    if stories:
        _keep_open(connection, rows, part, stories)


def park(connection: Connection, keys: Collection[Key], part: Part) -> None:
    """See `Memory.park`; in the transaction that writes the dead letters of the versions."""
    rows = sorted(set(keys))
    update_rows(connection, memory_version, f"finished = finished & ~{part.value:d}", _KEY, rows)
    _close(connection, rows, part)


def attempt(connection: Connection, key: Key) -> int:
    """Note that a reopened version is begun alone; return how often it has been, this time included."""
    waiting = memory_reopened.c
    change = update(memory_reopened).where(*_is(key)).values(attempts=waiting.attempts + 1)
    return connection.scalar(change.returning(waiting.attempts)) or 0


def survived(connection: Connection, key: Key) -> None:
    """Forget the attempts at a reopened version that killed nobody."""
    connection.execute(update(memory_reopened).where(*_is(key)).values(attempts=0))


def begin(connection: Connection, part: Part) -> None:
    """See `Memory.begin`."""
    insert_missing(connection, memory_part, [(each.value,) for each in part])


def parts_of(connection: Connection) -> Part:
    """See `Memory.parts`."""
    return Part(sum(connection.scalars(select(memory_part.c.part))))


def _is(key: Key) -> tuple[ColumnElement[bool], ...]:
    return (memory_reopened.c.article == key[0], memory_reopened.c.version == key[1])


def _close(connection: Connection, rows: Sequence[Key], part: Part) -> None:
    """Hand these versions on to a part no more."""
    change = f"parts = parts & ~{part.value:d}, attempts = 0"
    update_rows(connection, memory_reopened, change, _KEY, rows)
    connection.execute(delete(memory_reopened).where(memory_reopened.c.parts == 0))


def _keep_open(
    connection: Connection, rows: Sequence[Key], part: Part, stories: Mapping[str, str]
) -> None:
    """Reopen what was done under a root that is another one by now."""
    roots = roots_of(connection, stories)
    moved = {article for article, root in roots.items() if stories[article] != root}
    again = [key for key in rows if key[0] in moved]
    insert_missing(connection, memory_reopened, [(*key, 0, 0) for key in again])
    update_rows(connection, memory_reopened, f"parts = parts | {part.value:d}", _KEY, again)


def kept_in(row: Any) -> Kept:
    """Read the winning record in a row of `memory_version`."""
    return Kept(
        first_seen=instant(row.seen),
        record=bytes(row.record),
        rings=bool(row.rings),
        late=bool(row.late),
    )
