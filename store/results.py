"""Results of the stream: the records that it made, in the tables of runs, as the run `live`.

Writing a record again changes nothing; a record of the same key takes the place of the one before.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from schemas import Alert, decode, encode
from store.bulk import chunks, delete_rows
from store.run_rows import LIVE, put, row
from store.tables import RUN_TABLES
from tocsin.alerting import first


def write(connection: Connection, kind: str, records: Sequence[Any]) -> None:
    """Write records of a kind (`articles`, `stories`, ... as in `RUN_TABLES`).

    An alert that is backfill never takes the place of one that rang. Of equal keys the last stands.
    Raises KeyError for a kind that there is none of.
    """
    table = RUN_TABLES[kind]
    if kind == "alerts":
        records = _standing(connection, records)
    put(connection, table, [row(table, LIVE, encode(record)) for record in records])


def forget(connection: Connection, before: datetime, limit: int) -> int:
    """Forget article versions first seen before an instant (to the second), at most `limit`.

    Their entities, mentions and near misses go with them, and the stories of which they are the
    roots; alerts stay. Returns how many versions went: call it again until that is less than `limit`.
    """
    articles = RUN_TABLES["articles"].c
    # Times are text, with or without a fraction of a second: compared as far as they are alike.
    old = articles.first_seen < f"{before:%Y-%m-%dT%H:%M:%S}"
    query = select(articles.id, articles.version).where(articles.run == LIVE, old)
    gone = [
        tuple(each) for each in connection.execute(query.order_by(articles.first_seen).limit(limit))
    ]
    for kind in ("entities", "mentions", "near-misses"):
        keys = [(LIVE, *each) for each in gone]
        delete_rows(connection, RUN_TABLES[kind], ("run", "article", "version"), keys)
    delete_rows(connection, RUN_TABLES["stories"], ("run", "id"), [(LIVE, id) for id, _ in gone])
    keys = [(LIVE, *each) for each in gone]
    delete_rows(connection, RUN_TABLES["articles"], ("run", "id", "version"), keys)
    return len(gone)


def _standing(connection: Connection, alerts: Sequence[Alert]) -> list[Alert]:
    """Choose of the alerts of one id, the stored one among them, which one stands.

    One that rings is written as it is: the ledger has said that it is new.
    """
    candidates: dict[str, list[Alert]] = {}
    for alert in alerts:
        candidates.setdefault(alert.id, []).append(alert)
    waiting = [id for id, found in candidates.items() if all(alert.backfill for alert in found)]
    table = RUN_TABLES["alerts"].c
    for ids in chunks(waiting):
        query = select(table.record).where(table.run == LIVE, table.id.in_(ids))
        for record in connection.scalars(query):
            stored = decode(Alert, bytes(record))
            candidates[stored.id].append(stored)
    return [first(found) for found in candidates.values()]
