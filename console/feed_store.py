"""The feeds in the store, for commands: compared as people mean addresses."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from schemas import FeedState, HubSubscription
from tocsin.feed_urls import same_feed_key

if TYPE_CHECKING:
    from sqlalchemy import Engine


def read(engine: "Engine") -> list[FeedState]:
    """Read every feed."""
    from store import feeds

    with engine.connect() as connection:
        return feeds.all(connection)


def subscriptions(engine: "Engine") -> dict[str, HubSubscription]:
    """Read the subscriptions at WebSub hubs, by feed."""
    from store import hubs

    with engine.connect() as connection:
        return {each.feed: each for each in hubs.all(connection)}


def add(engine: "Engine", states: Iterable[FeedState]) -> list[FeedState | None]:
    """Add feeds, in one go. Returns for each the one that was there already, or `None`.

    One that is there gets the tags of the new one beside its own. `http` and `https` are one address.
    """
    from store import feeds
    from store.engine import writing

    now, found = datetime.now(UTC), list[FeedState | None]()
    with writing(engine) as connection:
        known = {same_feed_key(state.url): state for state in feeds.all(connection)}
        for state in states:
            there = known.get(same_feed_key(state.url))
            found.append(there)
            if there is None:
                known[same_feed_key(state.url)] = state
                feeds.add(connection, [replace(state, added=now)])
            elif not set(state.tags) <= set(there.tags):
                both = tuple(sorted({*there.tags, *state.tags}))
                feeds.retag(connection, there.url, both)
                known[same_feed_key(state.url)] = replace(there, tags=both)
    return found


def remove(engine: "Engine", url: str) -> FeedState | None:
    """Remove a feed; returns what it was, or `None` where there was none."""
    from store import feeds
    from store.engine import writing

    with writing(engine) as connection:
        known = {same_feed_key(state.url): state for state in feeds.all(connection)}
        there = known.get(same_feed_key(url))
        if there is not None:
            feeds.remove(connection, there.url)
    return there


def hint(engine: "Engine", url: str) -> str:
    """Return a sentence that names the feed that was probably meant, or `''`."""
    from tocsin.query.fields import nearest

    near = nearest(url, [state.url for state in read(engine)])
    return f" Did you mean {near}?" if near else ""
