"""Trees over SQL: from an article up to the root of its story, and from a root down to all copies."""

from collections.abc import Collection

from sqlalchemy import Connection, bindparam, text

from store.bulk import chunks

_ROOTS = text(
    "WITH RECURSIVE up(start, place) AS ("
    " SELECT seq, seq FROM memory_article WHERE id IN :ids"
    " UNION ALL SELECT up.start, a.parent FROM up JOIN memory_article a ON a.seq = up.place"
    " WHERE a.parent IS NOT NULL)"
    " SELECT s.id, r.id FROM up"
    " JOIN memory_article r ON r.seq = up.place AND r.parent IS NULL"
    " JOIN memory_article s ON s.seq = up.start"
).bindparams(bindparam("ids", expanding=True))

TREE = (
    "WITH RECURSIVE tree(root, seq) AS ("
    " SELECT seq, seq FROM memory_article WHERE seq IN :roots"
    " UNION ALL SELECT tree.root, a.seq FROM tree JOIN memory_article a ON a.parent = tree.seq)"
)
"""The beginning of a query about the trees below some articles, by their `seq`."""

TREE_BY_ID = TREE.replace("seq IN :roots", "id IN :roots")
"""The same by their ids."""

_MEMBERS = text(
    TREE_BY_ID  # noqa: S608  # glued of constants
    + " SELECT r.id, a.id FROM tree JOIN memory_article r ON r.seq = tree.root"
    " JOIN memory_article a ON a.seq = tree.seq"
).bindparams(bindparam("roots", expanding=True))


def roots_of(connection: Connection, articles: Collection[str]) -> dict[str, str]:
    """Resolve articles to the roots of their stories; those that memory does not know are left out."""
    found: dict[str, str] = {}
    for ids in chunks(articles):
        found.update((start, root) for start, root in connection.execute(_ROOTS, {"ids": ids}))
    return found


def members_of(connection: Connection, roots: Collection[str]) -> list[tuple[str, str]]:
    """List (root, article) for all articles of the stories of these roots, the roots among them."""
    found: list[tuple[str, str]] = []
    for ids in chunks(roots):
        found.extend((root, id) for root, id in connection.execute(_MEMBERS, {"roots": ids}))
    return found
