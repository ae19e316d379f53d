"""Subscriptions at WebSub hubs: asked for, renewed, and what hubs say carried out.

What is decided is in `tocsin.websub`; what is known is in the store, changed in one transaction each,
so that a restart goes on with the leases that run. A poll that was under way when a hub told of
something new saves its own next time over ours; so at every look the word is carried out again.
"""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

import structlog
from sqlalchemy import Connection

from connectors import metrics
from connectors.feeds.callbacks import Callback, serving
from connectors.feeds.fetch import FetchError
from connectors.feeds.tools import Tools
from schemas import FeedState, HubState, HubSubscription, Unavailable
from store import feeds, hubs
from tocsin import websub

LOOK_SECONDS = 60.0
"""How often is looked which subscriptions are wanted, due, or over."""

MOST_OF_DOMAIN = 20
"""Requests to the hubs of one domain at one look: so many, with the gaps between, fit into a minute."""

MOST_AT_ONCE = 8
"""Hubs that are asked at the same time."""

Decision = Callable[[HubSubscription], HubSubscription | None]

_log = structlog.get_logger("feeds")


class Hubs:
    """Keeps the subscriptions of all feeds that name a hub. `domain_of` names the domain of a URL."""

    def __init__(
        self, tools: Tools, callback: Callback, *, domain_of: Callable[[str], str]
    ) -> None:
        self._tools = tools
        self._callback = callback
        self._domain_of = domain_of
        self._paths: set[str] = set()
        self._room = asyncio.Semaphore(MOST_AT_ONCE)

    async def run(self) -> None:
        """Serve hubs and keep subscriptions until cancelled.

        Raises `InvalidSetting` and `Unavailable` where it cannot begin.
        """
        await self.load()
        async with serving(self, self._callback):
            while True:
                await self.look()
                await asyncio.sleep(LOOK_SECONDS)

    async def load(self) -> None:
        """Learn what was subscribed to before: no hub may be told that we know nothing of it."""
        self._paths = {each.path for each in await self._tools.ledger.do(hubs.all)}

    async def look(self) -> None:
        """Ask for what is wanted and due, forget what is not wanted, carry out what polls wrote over."""
        now = self._tools.clock()
        try:
            wanted = await self._tools.ledger.do(_wanted, self._callback.secret)
            for feed, each in wanted:
                if websub.hastened(feed, each, self._tools.schedule.floor) is not None:
                    await self._tools.ledger.do(_hasten, each.path, self._tools.schedule.floor)
        except Unavailable as error:
            _log.error("store-unavailable", reason=str(error))
            return
        self._paths = {each.path for _, each in wanted}
        announced = {feed.url for feed, each in wanted if websub.is_announced(feed, each, now)}
        self._tools.announced.clear()
        self._tools.announced.update(announced)
        _show([each for _, each in wanted if each.next_try])
        await self._ask_all([each for feed, each in wanted if websub.is_due(feed, each, now)])

    def knows(self, path: str) -> bool:
        """Tell whether some hub may reach us at this path."""
        return path in self._paths

    async def answer(self, path: str, question: websub.Question) -> bool:
        """Take a hub's question; tells whether it is about what we asked for. Raises `Unavailable`."""
        now = self._tools.clock()
        changed = await self._change(path, lambda each: websub.answered(each, question, now))
        return changed is not None

    async def notify(self, path: str) -> None:
        """Have a feed polled as soon as may be, for its hub says, and has signed, that it is new.

        Raises `Unavailable`.
        """
        now = self._tools.clock()
        await self._tools.ledger.do(_change, path, lambda each: replace(each, notified=now))
        when = await self._tools.ledger.do(_hasten, path, self._tools.schedule.floor)
        _log.info("hub-notified", next_poll=when.isoformat() if when else "")

    async def _ask_all(self, due: Sequence[HubSubscription]) -> None:
        """Ask hubs, those of one domain one after the other."""
        domains: dict[str, list[HubSubscription]] = defaultdict(list)
        for each in due:
            domains[self._domain_of(each.hub)].append(each)
        await asyncio.gather(*(self._ask_some(some[:MOST_OF_DOMAIN]) for some in domains.values()))

    async def _ask_some(self, some: Sequence[HubSubscription]) -> None:
        for each in some:
            async with self._room:
                try:
                    await self._ask(each)
                except Unavailable as error:
                    _log.error("store-unavailable", reason=str(error))

    async def _ask(self, subscription: HubSubscription) -> None:
        """Ask a hub for one subscription. It is remembered first: some hubs ask back at once."""
        now, retry_after = self._tools.clock(), None
        await self._tools.ledger.do(hubs.save, websub.asked(subscription, now))
        form = websub.request(subscription, self._callback.prefix, self._callback.secret)
        try:
            response = await self._tools.fetcher.post(subscription.hub, form, purpose="hub")
            if 200 <= response.status < 300:
                return
            reason, retry_after = f"the hub answered {response.status}", response.retry_after
        except FetchError as error:
            reason, retry_after = error.reason, error.retry_after
        await self._change(
            subscription.path, lambda each: websub.failed(each, now, reason, retry_after)
        )

    async def _change(self, path: str, decide: Decision) -> HubSubscription | None:
        """Change what is known of a subscription, and log it; returns `None` where nothing is to be."""
        changed = await self._tools.ledger.do(_change, path, decide)
        if changed is not None:
            _log.info(
                "hub",
                feed=changed.feed.partition("?")[0],
                state=str(changed.state),
                reason=changed.reason,
                until=changed.until.isoformat() if changed.until else "",
            )
        return changed


def _wanted(connection: Connection, secret: str) -> list[tuple[FeedState, HubSubscription]]:
    """Read the feeds that are to have a subscription, each with it; forget all other subscriptions."""
    known = {each.feed: each for each in hubs.all(connection)}
    wanted = [
        (feed, found)
        for feed in feeds.all(connection)
        if (found := websub.subscription_for(feed, secret, known.get(feed.url))) is not None
    ]
    kept = {found.path for _, found in wanted}
    hubs.forget(connection, [feed for feed, each in known.items() if each.path not in kept])
    return wanted


def _change(connection: Connection, path: str, decide: Decision) -> HubSubscription | None:
    """Decide on what is known of a subscription, and save what comes of it."""
    there = hubs.at(connection, path)
    changed = decide(there) if there is not None else None
    if changed is not None and changed != there:
        hubs.save(connection, changed)
    return changed


def _hasten(connection: Connection, path: str, floor: float) -> datetime | None:
    """Bring the next poll of a feed forward, as its hub's last word asks for; returns when it is then."""
    there = hubs.at(connection, path)
    feed = feeds.get(connection, there.feed) if there is not None else None
    if there is None or feed is None:
        return None
    when = websub.hastened(feed, there, floor)
    if when is not None:
        feeds.save_poll(connection, feed.url, replace(feed, next_poll=when))
    return when


def _show(subscriptions: Sequence[HubSubscription]) -> None:
    """Set the gauges of subscriptions by state."""
    counted = Counter(each.state for each in subscriptions)
    for state in HubState:
        metrics.HUBS.labels(str(state)).set(counted[state])
