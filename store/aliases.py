"""Aliases: under which stories the ledger knows the articles of stories that are forgotten.

An article that comes again after its story was forgotten is the root of a story of its own, which is one
that rang all the same.
"""

from collections.abc import Collection, Sequence

from sqlalchemy import Connection, bindparam, select, text

from store.bulk import chunks
from store.tables import story_alias
from store.trees import TREE

# A story may have rung under several roots, and one of its articles may have been forgotten before.
_KEEP = text(
    TREE  # noqa: S608  # glued of constants
    + ", member AS MATERIALIZED (SELECT tree.root, a.id"
    " FROM tree JOIN memory_article a ON a.seq = tree.seq),"
    " rung AS MATERIALIZED ("
    " SELECT m.root, l.story FROM member m JOIN ledger l ON l.story = m.id"
    " UNION SELECT m.root, l.story FROM member m JOIN ledger l ON l.article = m.id"
    " UNION SELECT m.root, s.story FROM member m JOIN story_alias s ON s.article = m.id)"
    " INSERT INTO story_alias (article, story)"
    " SELECT m.id, rung.story FROM rung JOIN member m ON m.root = rung.root"
    " WHERE m.id <> rung.story ON CONFLICT DO NOTHING"
).bindparams(bindparam("roots", expanding=True))


def keep_aliases(connection: Connection, roots: Sequence[int]) -> None:
    """Keep, for each article below these roots, the stories of the ledger that it belongs to."""
    connection.execute(_KEEP, {"roots": roots})


def aliases_of(connection: Connection, articles: Collection[str]) -> list[tuple[str, str]]:
    """List (article, story) for those of these articles whose stories rang and were forgotten."""
    found: list[tuple[str, str]] = []
    for ids in chunks(articles):
        query = select(story_alias).where(story_alias.c.article.in_(ids))
        found.extend((article, story) for article, story in connection.execute(query))
    return found
