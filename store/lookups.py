"""Looking up what the stream recorded, for people: by how an id begins, by article, by story."""

from collections.abc import Collection

from sqlalchemy import Column, ColumnElement, Connection, exists, select

from schemas import Alert, decode
from store.aliases import aliases_of
from store.bulk import chunks
from store.run_rows import LIVE
from store.tables import RUN_TABLES, ledger
from store.trees import members_of

_BEHIND = "g"
"""Comes behind every digit of an id."""


def ids_beginning(connection: Connection, kind: str, beginning: str, limit: int) -> list[str]:
    """Find the ids of a kind of records (`articles`, `alerts`) that begin so; at most `limit`."""
    table = RUN_TABLES[kind].c
    query = select(table.id).where(table.run == LIVE, table.id >= beginning)
    query = query.where(table.id < beginning + _BEHIND).distinct()
    return list(connection.scalars(query.order_by(table.id).limit(limit)))


def records_about(connection: Connection, kind: str, article: str) -> list[bytes]:
    """Read the records of a kind (`articles`, `entities`, `mentions`, `near-misses`) of one article."""
    table = RUN_TABLES[kind]
    of = table.c.id if kind == "articles" else table.c.article
    query = select(table.c.record).where(table.c.run == LIVE, of == article)
    return [bytes(each) for each in connection.scalars(query.order_by(*table.primary_key.columns))]


def is_recorded(alert: Column[str]) -> ColumnElement[bool]:
    """Ask that the record of an alert is stored: else some without one would fill every page."""
    table = RUN_TABLES["alerts"].c
    return exists().where(table.run == LIVE, table.id == alert)


def alert_records(connection: Connection, ids: Collection[str]) -> dict[str, bytes]:
    """Read the records of alerts that rang, by id.

    Whoever knows deliveries asks for their alerts so, and not by a join: SQLite would walk through all
    alerts that ever rang, to find a few.
    """
    table = RUN_TABLES["alerts"].c
    found: dict[str, bytes] = {}
    for some in chunks(sorted(set(ids))):
        query = select(table.id, table.record).where(table.run == LIVE, table.id.in_(some))
        found.update((id, bytes(record)) for id, record in connection.execute(query))
    return found


def alerts_by_id(connection: Connection, ids: Collection[str]) -> dict[str, Alert]:
    """Read alerts that rang, by id."""
    return {id: decode(Alert, record) for id, record in alert_records(connection, ids).items()}


def alerts_named(connection: Connection, ids: Collection[str]) -> list[Alert]:
    """Read alerts by their ids, in the order in which articles were first seen."""
    return sorted(alerts_by_id(connection, ids).values(), key=lambda alert: alert.order)


def alerts_of(connection: Connection, root: str) -> list[Alert]:
    """Read the alerts of a story: those that rang before it merged with others, and backfill, too.

    And those of stories that are forgotten, and that one of its articles was in.
    """
    alerts = RUN_TABLES["alerts"].c
    ids: set[str] = set()
    for some in chunks([article for _, article in members_of(connection, [root])] or [root]):
        before = sorted({story for _, story in aliases_of(connection, some)})
        for query in (
            select(ledger.c.alert).where(ledger.c.story.in_(before)),
            select(ledger.c.alert).where(ledger.c.story.in_(some)),
            select(ledger.c.alert).where(ledger.c.article.in_(some)),
            select(alerts.id).where(alerts.run == LIVE, alerts.story.in_(some)),
        ):
            ids.update(connection.scalars(query))
    return alerts_named(connection, ids)
