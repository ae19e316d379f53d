"""Feeds in the store: their state between polls, and which of their entries are done with.

Tags belong to the user, all else to the poller: saving a poll never overwrites what `retag` wrote.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, Row, bindparam, delete, func, select, text, update

from schemas import FeedState, decode, encode
from store.bulk import chunks, insert_missing, insert_rows
from store.connector_tables import feed, feed_entry, outbox
from store.ordinals import instant, microseconds

LONGEST_URL = 2048
"""Characters. PostgreSQL indexes no more than some 2,700 bytes, and no feed has a longer address."""

_COLUMNS = (feed.c.url, feed.c.tags, feed.c.record)
_AT_ONCE = 0
_SAVE = (
    update(feed)
    .where(feed.c.url == bindparam("this"))
    .values(next_poll=bindparam("next_poll"), record=bindparam("record"))
)


def add(connection: Connection, states: Iterable[FeedState]) -> int:
    """Add feeds; those whose URL is there already stay as they are. Returns how many were added."""
    rows = {
        state.url: (state.url, _due(state), _tags(state.tags), encode(state)) for state in states
    }
    return insert_missing(connection, feed, list(rows.values()))


def all(connection: Connection) -> list[FeedState]:
    """Read every feed, by URL."""
    return _states(connection.execute(select(*_COLUMNS).order_by(feed.c.url)).all())


def get(connection: Connection, url: str) -> FeedState | None:
    """Read one feed."""
    found = _states(connection.execute(select(*_COLUMNS).where(feed.c.url == url)).all())
    return found[0] if found else None


def named(connection: Connection, urls: Collection[str]) -> list[FeedState]:
    """Read those of some feeds that are there, by URL."""
    found: list[FeedState] = []
    for some in chunks(sorted(urls)):
        query = select(*_COLUMNS).where(feed.c.url.in_(some)).order_by(feed.c.url)
        found += _states(connection.execute(query).all())
    return found


def due(connection: Connection, now: datetime, limit: int) -> list[FeedState]:
    """Read the feeds that are due, the most overdue first."""
    query = select(*_COLUMNS).where(feed.c.next_poll <= microseconds(now))
    query = query.order_by(feed.c.next_poll, feed.c.url).limit(limit)
    return _states(connection.execute(query).all())


def overdue(connection: Connection, before: datetime) -> list[FeedState]:
    """List the feeds that were due before an instant and known by then, and are not asked yet."""
    query = select(*_COLUMNS).where(feed.c.next_poll <= microseconds(before)).order_by(feed.c.url)
    found = _states(connection.execute(query).all())
    return [each for each in found if each.added is None or each.added <= before]


def next_due(connection: Connection) -> datetime | None:
    """Return when the next feed is due (the epoch: at once), `None` where there are no feeds."""
    found = connection.scalar(select(func.min(feed.c.next_poll)))
    return None if found is None else instant(found)


def save_poll(connection: Connection, old_url: str, state: FeedState) -> bool:
    """Save what a poll showed of the feed that was `old_url`; its tags stay as they are.

    Where the URL changed, entries and outbox follow; a feed that is there already under the new URL
    takes them up, and the old one ends. Returns whether the feed was still there: one that was
    removed meanwhile does not come back.
    """
    if state.url != old_url and not _rename(connection, old_url, state.url):
        return False
    row = {"this": state.url, "next_poll": _due(state), "record": encode(state)}
    return connection.execute(_SAVE, row).rowcount > 0


def retag(connection: Connection, url: str, tags: Sequence[str]) -> None:
    """Set the tags of a feed."""
    connection.execute(update(feed).where(feed.c.url == url).values(tags=_tags(tags)))


def remove(connection: Connection, url: str) -> bool:
    """Remove a feed and what is known of its entries; return whether it was there.

    Messages that wait in the outbox are sent all the same, and its coverage stays.
    """
    connection.execute(delete(feed_entry).where(feed_entry.c.feed == url))
    return connection.execute(delete(feed).where(feed.c.url == url)).rowcount > 0


def known(connection: Connection, feed_url: str, entries: Collection[str]) -> dict[str, str]:
    """Return the fingerprints of those entries of a feed that are done with or wait in the outbox."""
    found: dict[str, str] = {}
    for table in (feed_entry, outbox):
        for some in chunks(entries):
            query = select(table.c.entry, table.c.fingerprint)
            query = query.where(table.c.feed == feed_url, table.c.entry.in_(some))
            if table is outbox:
                query = query.order_by(outbox.c.id)  # the later edit wins
            found.update((entry, mark) for entry, mark in connection.execute(query))
    return found


def remember(
    connection: Connection, feed_url: str, entries: Mapping[str, str], at: datetime
) -> None:
    """Mark entries as done with, that give nothing to send: entry to fingerprint."""
    seen = microseconds(at)
    rows = [(feed_url, entry, mark, seen) for entry, mark in entries.items()]
    insert_rows(connection, feed_entry, rows, replace=True)


def touch_entries(
    connection: Connection, feed_url: str, listed: Collection[str], at: datetime
) -> None:
    """Note that entries are still listed, so that `forget_entries` counts from then."""
    for some in chunks(listed):
        here = (feed_entry.c.feed == feed_url) & feed_entry.c.entry.in_(some)
        connection.execute(update(feed_entry).where(here).values(seen=microseconds(at)))


def forget_entries(
    connection: Connection, feed_url: str, listed: Collection[str], before: datetime
) -> int:
    """Forget the entries of a feed that are not listed and were last seen before then; count them."""
    query = select(feed_entry.c.entry).where(
        feed_entry.c.feed == feed_url, feed_entry.c.seen < microseconds(before)
    )
    kept = set(listed)
    stale = [entry for entry in connection.scalars(query) if entry not in kept]
    for some in chunks(stale):
        here = (feed_entry.c.feed == feed_url) & feed_entry.c.entry.in_(some)
        connection.execute(delete(feed_entry).where(here))
    return len(stale)


_FOLLOW = text(
    "INSERT INTO feed_entry (feed, entry, fingerprint, seen)"
    " SELECT CAST(:new AS TEXT), entry, fingerprint, seen FROM feed_entry WHERE feed = :old"
    " ON CONFLICT DO NOTHING"
)


def _rename(connection: Connection, old: str, new: str) -> bool:
    """Give a feed another URL, with all that hangs on it; return whether it was there."""
    if get(connection, old) is None:
        return False
    if get(connection, new) is None:
        connection.execute(update(feed).where(feed.c.url == old).values(url=new))
    connection.execute(_FOLLOW, {"old": old, "new": new})
    connection.execute(update(outbox).where(outbox.c.feed == old).values(feed=new))
    remove(connection, old)
    return True


def _states(rows: Sequence[Row[str, str, bytes]]) -> list[FeedState]:
    return [_state(url, tags, bytes(record)) for url, tags, record in rows]


def _state(url: str, written_tags: str, record: bytes) -> FeedState:
    state = decode(FeedState, record)
    tags = tuple(decode(list[str], written_tags.encode()))
    if (state.url, state.tags) == (url, tags):
        return state
    return replace(state, url=url, tags=tags)


def _due(state: FeedState) -> int:
    return microseconds(state.next_poll) if state.next_poll else _AT_ONCE


def _tags(tags: Sequence[str]) -> str:
    return encode(sorted(set(tags))).decode()
