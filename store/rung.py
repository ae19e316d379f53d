"""What rang for a subscription, the last first, as feeds and pages show it."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, func, or_, select

from schemas import Alert, Story, decode
from store.bulk import chunks
from store.ordinals import instant
from store.run_rows import LIVE
from store.tables import RUN_TABLES, delivery, ledger


class Rung(NamedTuple):
    """An alert, when it was entered, and how far its story has spread as far as is stored."""

    alert: Alert
    rung: datetime
    copies: int
    publishers: int


def rung_for(connection: Connection, subscription: str, limit: int) -> list[Rung]:
    """Read what rang for a subscription, the last first; of what went nowhere when it was first seen."""
    alerts = RUN_TABLES["alerts"].c
    entered = (
        select(delivery.c.alert, func.min(delivery.c.rung).label("rung"))
        .where(delivery.c.subscription == subscription)
        .group_by(delivery.c.alert)
        .subquery()
    )
    query = (
        select(alerts.record, entered.c.rung)
        .join(ledger, ledger.c.alert == alerts.id)
        .outerjoin(entered, entered.c.alert == alerts.id)
        .where(alerts.run == LIVE, ledger.c.subscription == subscription)
        .order_by(entered.c.rung.is_(None), entered.c.rung.desc(), alerts.first_seen.desc())
        .limit(limit)
    )
    found = [(decode(Alert, bytes(row.record)), row.rung) for row in connection.execute(query)]
    return with_stories(connection, found)


def with_stories(connection: Connection, found: Sequence[tuple[Alert, int | None]]) -> list[Rung]:
    """Add to alerts, each with when it was entered in microseconds, how far their stories have spread."""
    stories = stories_of(connection, {alert.story for alert, _ in found})
    return [_rung(alert, rung, stories.get(alert.story)) for alert, rung in found]


def stories_named(connection: Connection, subscription: str, beginning: str) -> list[str]:
    """Find the stories that rang for a subscription whose id, or that of the alert, begins so."""
    named = or_(
        ledger.c.story.startswith(beginning, autoescape=True),
        ledger.c.alert.startswith(beginning, autoescape=True),
    )
    query = select(ledger.c.story).where(ledger.c.subscription == subscription, named)
    return sorted(set(connection.scalars(query)))


def _rung(alert: Alert, rung: int | None, story: Story | None) -> Rung:
    return Rung(
        alert=alert,
        rung=alert.first_seen if rung is None else instant(rung),
        copies=len(story.copies) if story else 0,
        publishers=story.publishers if story else 1,
    )


def stories_of(connection: Connection, ids: Collection[str]) -> dict[str, Story]:
    """Read stories by id, as far as they are stored."""
    table, found = RUN_TABLES["stories"].c, list[Story]()
    for some in chunks(sorted(ids)):
        query = select(table.record).where(table.run == LIVE, table.id.in_(some))
        found += [decode(Story, bytes(record)) for record in connection.scalars(query)]
    return {story.id: story for story in found}
