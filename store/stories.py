"""Stories over SQL: gathers the copies and names of roots out of the trees below them."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Connection, Row, Select, TextClause, bindparam, select, text, tuple_

from schemas import EntityType, Story, StoryMember, StoryName
from store.bulk import chunks
from store.ordinals import instant, microseconds
from store.parts import kept_in
from store.tables import memory_article, memory_version
from store.trees import TREE, TREE_BY_ID
from tocsin.memory import Part
from tocsin.stories import merge_names, story_of
from tocsin.versions import article_of

_ARTICLE, _VERSION = memory_article.c, memory_version.c

_ROOTS: Select[Any] = (
    select(_ARTICLE.seq, _ARTICLE.id, _ARTICLE.seen.label("first_seen"), memory_version)
    .join(
        memory_version,
        (_VERSION.article == _ARTICLE.id) & (_VERSION.version == _ARTICLE.version),
    )
    .where(_ARTICLE.parent.is_(None))
    .order_by(_ARTICLE.seen, _ARTICLE.id)
)

_COPIES = text(
    TREE + " SELECT tree.root, a.id, a.url, a.publisher, a.seen, a.similarity"  # noqa: S608
    " FROM tree JOIN memory_article a ON a.seq = tree.seq WHERE tree.root <> tree.seq"
).bindparams(bindparam("roots", expanding=True))

_SIZES = text(
    TREE_BY_ID  # noqa: S608
    + " SELECT a.id, count(*) - 1 FROM tree JOIN memory_article a ON a.seq = tree.root GROUP BY a.id"
).bindparams(bindparam("roots", expanding=True))

_DONE = text(
    TREE_BY_ID  # noqa: S608
    + " SELECT r.id, count(DISTINCT a.id) FROM tree JOIN memory_article r ON r.seq = tree.root"
    " JOIN memory_article a ON a.seq = tree.seq JOIN memory_version v ON v.article = a.id"
    " WHERE (v.finished & :part) = :part GROUP BY r.id"
).bindparams(bindparam("roots", expanding=True))

_NAMES = text(
    TREE + " SELECT tree.root, n.type, n.name, sum(n.articles), min(nullif(n.id, ''))"  # noqa: S608
    " FROM tree JOIN memory_article a ON a.seq = tree.seq"
    " JOIN memory_name n ON n.article = a.id GROUP BY tree.root, n.type, n.name"
).bindparams(bindparam("roots", expanding=True))


def copies_of(connection: Connection, roots: Collection[str]) -> dict[str, int]:
    """See `Memory.copies`."""
    return _counted(connection, _SIZES, roots)


def done_of(connection: Connection, roots: Collection[str], part: Part) -> dict[str, int]:
    """See `Memory.done`."""
    return _counted(connection, _DONE, roots, part=part.value)


def _counted(
    connection: Connection, query: TextClause, roots: Collection[str], **given: int
) -> dict[str, int]:
    """Count something for each of these roots: 0 for those of whom the query says nothing."""
    found = dict.fromkeys(roots, 0)
    for some in chunks(roots):
        rows = connection.execute(query, {"roots": some, **given})
        found.update((root, int(number)) for root, number in rows)
    return found


def page_of_stories(connection: Connection, limit: int, after: Story | None = None) -> list[Story]:
    """Read some stories, by (first seen, id) of their roots, from behind the one given."""
    query = _ROOTS.limit(limit)
    if after:
        place = (microseconds(after.first_seen), after.id)
        query = query.where(tuple_(_ARTICLE.seen, _ARTICLE.id) > place)
    return _gather(connection, connection.execute(query).all())


def stories_of(connection: Connection, roots: Collection[str]) -> list[Story]:
    """See `Memory.stories_of`."""
    rows: list[Row[Any]] = []
    for some in chunks(roots):
        rows.extend(connection.execute(_ROOTS.where(_ARTICLE.id.in_(some))))
    return _gather(connection, sorted(rows, key=lambda row: (row.first_seen, row.id)))


def _gather(connection: Connection, roots: Sequence[Row[Any]]) -> list[Story]:
    """Put the copies and names of some roots together."""
    copies: dict[int, list[StoryMember]] = {root.seq: [] for root in roots}
    names: dict[int, list[StoryName]] = {root.seq: [] for root in roots}
    for some in chunks(copies):
        wanted = {"roots": some}
        for root, article, url, publisher, seen, similarity in connection.execute(_COPIES, wanted):
            member = StoryMember(
                article=article,
                url=url,
                publisher=publisher,
                first_seen=instant(seen),
                similarity=similarity,
            )
            copies[root].append(member)
        for root, kind, name, articles, key in connection.execute(_NAMES, wanted):
            found = StoryName(
                type=EntityType(kind), name=name, articles=int(articles), id=key or ""
            )
            names[root].append(found)
    return [
        story_of(
            article_of(kept_in(row)),
            instant(row.first_seen),
            copies[row.seq],
            merge_names(names[row.seq]),
        )
        for row in roots
    ]
