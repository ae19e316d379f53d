"""Asking for one feed from the command line: as politely, and as guarded, as the connector does."""

import asyncio
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from schemas import FeedState, Rejected, TocsinError
from tocsin.feed_urls import clean_feed_url

if TYPE_CHECKING:
    from connectors.feeds.discover import Found
    from console.settings import FeedsSettings

_PRIVATE = ("refused-url", "refused-address")


def find_all(
    urls: Iterable[str], settings: "FeedsSettings"
) -> "Iterator[tuple[str, Found | TocsinError]]":
    """Find the feed at each address, one after the other: what was found, or why there is none."""
    from connectors.feeds.discover import find_feed
    from connectors.feeds.fetch import Fetcher
    from connectors.feeds.hosts import Hosts
    from connectors.feeds.parsers import Parsers
    from connectors.sandbox import Sandbox
    from tocsin.addresses import PORTS, is_public

    private = settings.allow_private
    parsers = Parsers(Sandbox(1), 1)
    hosts = Hosts(settings.gap)

    async def find(url: str) -> "Found":
        async with Fetcher(
            hosts,
            agent=settings.user_agent,
            policy=_anywhere if private else is_public,
            ports=frozenset() if private else PORTS,
            public_names=not private,
            proxy=settings.proxy,
        ) as fetcher:
            return await find_feed(url, fetcher, parsers)

    try:
        for given in urls:
            try:
                if not (url := clean_feed_url(given)):
                    raise Rejected("no-address", f"{given} is no address of a page or feed")
                yield given, asyncio.run(find(url))
            except TocsinError as error:
                if getattr(error, "code", "") in _PRIVATE and not private:
                    error.hint = "To read from your own network, set allow_private in [feeds]."
                yield given, error
    finally:
        parsers.close()


def _anywhere(_: object) -> bool:
    return True


def state_of(found: "Found") -> FeedState:
    """Return what is known of a feed that was found and has not been polled."""
    about = found.feed.feed
    return FeedState(url=found.url, title=about.title, site=about.link, kind=about.kind)
