"""The ledger: what rang, for ever. The last word on whether anything rings.

Whoever rings holds the lock of all writers (`store.engine.writing`), under which links change too: so
the root that is found here is the root when the row is written.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Column, Connection, select, union

from schemas import Alert, MessageKind
from schemas.ids import alert_id
from store import deliveries
from store.aliases import aliases_of
from store.bulk import chunks, insert_rows
from store.ordinals import microseconds
from store.tables import ledger, story_alias
from store.trees import members_of, roots_of

_Rung = set[tuple[str, str]]

_NAMING = (ledger.c.story, ledger.c.article)


Channels = Callable[[Alert], Sequence[str]]
"""Names the channels by which an alert goes out."""


def ring(
    connection: Connection, alerts: Sequence[Alert], channels: Channels, now: datetime
) -> list[Alert]:
    """Enter the alerts that are new, to be delivered by their channels; return them as they rang.

    An alert is new unless its subscription rang for an article of its story before: whatever the
    root of that article was then, and whether or not that story is remembered. Of several for one
    story the first by `Alert.order` rings. Its story is the root as of now, which also gives the id
    that it keeps for ever. Backfill rings nobody. Call it within `writing`, and write the alerts in
    the same transaction.
    """
    loud = sorted((each for each in alerts if not each.backfill), key=lambda each: each.order)
    roots = roots_of(connection, {id for each in loud for id in (each.article, each.story)})
    by_story: dict[tuple[str, str], Alert] = {}
    for alert in loud:
        root = roots.get(alert.article) or roots.get(alert.story) or alert.story
        by_story.setdefault((alert.subscription, root), alert)
    rung = _rung_directly(connection, by_story)
    root_of = _members(connection, {key: by_story[key] for key in by_story.keys() - rung})
    rung |= _rung_for_copies(connection, root_of)
    rung |= _rung_before_forgotten(connection, root_of)
    rings = [
        _under(root, alert)
        for (_, root), alert in by_story.items()
        if (alert.subscription, root) not in rung
    ]
    _enter(connection, rings, channels, now)
    return rings


def rang(connection: Connection, root_of: Mapping[str, str]) -> dict[str, dict[str, set[str]]]:
    """Find what rang for these articles, given with the roots of their stories, or for a story of theirs.

    Returns by root and subscription the ids of the alerts: several, where stories became one.
    """
    found: dict[str, dict[str, set[str]]] = {}
    entry = (ledger.c.subscription, ledger.c.alert)
    for some in chunks(sorted(root_of)):
        by_story = select(ledger.c.story, *entry).where(ledger.c.story.in_(some))
        by_article = select(ledger.c.article, *entry).where(ledger.c.article.in_(some))
        forgotten = select(story_alias.c.article, *entry).where(
            story_alias.c.story == ledger.c.story, story_alias.c.article.in_(some)
        )
        for id, name, alert in connection.execute(union(by_story, by_article, forgotten)):
            found.setdefault(root_of[id], {}).setdefault(name, set()).add(alert)
    return found


def _rung_directly(connection: Connection, wanted: dict[tuple[str, str], Alert]) -> _Rung:
    """Find those that rang under the same root, or with the same article: the most common cases."""
    about: dict[tuple[str, str], set[tuple[str, str]]] = {}
    for (subscription, root), alert in wanted.items():
        for id in (root, alert.article):
            about.setdefault((subscription, id), set()).add((subscription, root))
    found: _Rung = set()
    for subscription, id in _entries(connection, {id for _, id in about}):
        found |= about.get((subscription, id), set())
    return found


def _members(connection: Connection, wanted: Mapping[tuple[str, str], Alert]) -> dict[str, str]:
    """Resolve all articles of some stories to their roots; memory need not know them (any more)."""
    found = {id: root for (_, root), alert in wanted.items() for id in (root, alert.article)}
    return found | {id: root for root, id in members_of(connection, {root for _, root in wanted})}


def _rung_for_copies(connection: Connection, root_of: Mapping[str, str]) -> _Rung:
    """Find (subscription, root) for all that rang for any of these articles; given with their roots."""
    return {
        (subscription, root_of[id]) for subscription, id in _entries(connection, root_of.keys())
    }


def _rung_before_forgotten(connection: Connection, root_of: Mapping[str, str]) -> _Rung:
    """Find (subscription, root) for all that rang for a story that one of these articles was in."""
    roots: dict[str, set[str]] = {}
    for article, story in aliases_of(connection, root_of.keys()):
        roots.setdefault(story, set()).add(root_of[article])
    entries = _entries(connection, roots.keys(), (ledger.c.story,))
    return {(subscription, root) for subscription, story in entries for root in roots[story]}


def _entries(
    connection: Connection, ids: Collection[str], columns: Sequence[Column[str]] = _NAMING
) -> Iterator[tuple[str, str]]:
    """Read (subscription, id) of the entries where one of these columns holds one of these ids."""
    for column in columns:
        for some in chunks(ids):
            query = select(ledger.c.subscription, column).where(column.in_(some))
            yield from ((subscription, id) for subscription, id in connection.execute(query))


def _under(root: str, alert: Alert) -> Alert:
    """Write an alert as one of the story of this root."""
    return replace(
        alert,
        id=alert_id(alert.subscription, root),
        story=root,
        mentions=tuple(replace(mention, story=root) for mention in alert.mentions),
    )


def _enter(
    connection: Connection, rings: Sequence[Alert], channels: Channels, now: datetime
) -> None:
    entries = [
        (each.story, each.subscription, each.id, each.article, each.version) for each in rings
    ]
    insert_rows(connection, ledger, entries)
    rung = microseconds(now)
    deliveries.enter(
        connection,
        (
            deliveries.New(
                message=each.id,
                channel=channel,
                kind=MessageKind.ALERT,
                subscription=each.subscription,
                alert=each.id,
                due=microseconds(each.first_seen),
                rung=rung,
            )
            for each in rings
            for channel in channels(each)
        ),
    )
