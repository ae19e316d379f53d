"""The poller: every feed in its time, few at a time of each domain, until it is told to stop."""

import asyncio
from collections import Counter, deque
from collections.abc import Callable

import structlog

from connectors import metrics
from connectors.feeds.tools import Tools
from connectors.feeds.visit import visit
from schemas import FeedState, Unavailable
from store import feeds
from tocsin.feed_urls import without_secrets

MOST_OF_DOMAIN = 4
"""Visits to one domain at a time. Its turns are taken one by one; this lets the next feed be asked while
the pages of another, which may lie elsewhere, are being read."""

MOST_DUE = 5000
"""Due feeds read from the store at once; when half of them are under way, more are read."""

LOOK_SECONDS = 1.0
"""How often the store is asked for feeds that have become due, or were added."""

PAUSE_SECONDS = 5.0
"""How long is waited when the store fails."""

GRACE_SECONDS = 20.0
"""How long visits may go on after the word to stop. What they leave is in the outbox, or done again."""

_log = structlog.get_logger("feeds")


class Poller:
    """Visits feeds as they become due.

    `domain_of` names the domain of a URL: of each, `MOST_OF_DOMAIN` feeds are visited at a time, so
    that one with thousands of feeds holds up no other. `concurrency` bounds the visits at one time, and
    so what is held in memory.
    """

    def __init__(
        self, tools: Tools, *, domain_of: Callable[[str], str], concurrency: int = 256
    ) -> None:
        self._tools = tools
        self._domain_of = domain_of
        self._concurrency = concurrency
        self._due: dict[str, deque[FeedState]] = {}
        self._taken: set[str] = set()
        self._held: set[str] = set()
        self._visits: set[asyncio.Task[None]] = set()
        self._busy: Counter[str] = Counter()
        self._freed = asyncio.Event()
        self._fault: Exception | None = None

    async def run(self, stop: asyncio.Event) -> None:
        """Visit feeds until `stop` is set, then let visits end, for `GRACE_SECONDS` at most.

        Raises whatever is no fault of a feed, of Kafka or of the store: it is ours.
        """
        stopped = asyncio.create_task(stop.wait())
        looked = -LOOK_SECONDS
        loop = asyncio.get_running_loop()
        try:
            while not stop.is_set():
                if loop.time() - looked >= LOOK_SECONDS and self._waiting < MOST_DUE // 2:
                    looked = loop.time()
                    await self._look()
                self._start()
                freed = asyncio.create_task(self._freed.wait())
                await asyncio.wait(
                    {stopped, freed}, timeout=LOOK_SECONDS, return_when=asyncio.FIRST_COMPLETED
                )
                freed.cancel()
                self._freed.clear()
                if self._fault is not None:
                    raise self._fault
        finally:
            stopped.cancel()
            await self._end()

    @property
    def _waiting(self) -> int:
        return len(self._taken) - len(self._visits)

    async def _look(self) -> None:
        """Queue the feeds that are due by their domain."""
        now = self._tools.clock()
        try:
            found = await self._tools.ledger.do(
                feeds.due, now, MOST_DUE + len(self._taken) + len(self._held)
            )
        except Unavailable as error:
            _log.error("store-unavailable", reason=str(error))
            await asyncio.sleep(PAUSE_SECONDS)
            return
        behind = 0.0
        for state in found:
            if state.next_poll is not None:
                behind = max(behind, (now - state.next_poll).total_seconds())
            if state.url not in self._taken and state.url not in self._held:
                self._taken.add(state.url)
                self._due.setdefault(self._domain_of(state.url), deque()).append(state)
        metrics.BEHIND_SECONDS.set(behind)

    def _start(self) -> None:
        """Begin as many visits as there is room for, those of quiet domains first."""
        for level in range(MOST_OF_DOMAIN):
            for domain in [each for each in self._due if self._busy[each] <= level]:
                if len(self._visits) >= self._concurrency:
                    break
                state = self._due[domain].popleft()
                if not self._due[domain]:
                    del self._due[domain]
                self._busy[domain] += 1
                task = asyncio.create_task(self._visit(domain, state))
                self._visits.add(task)
                task.add_done_callback(self._visits.discard)
        metrics.QUEUED.set(self._waiting)
        metrics.POLLING.set(len(self._visits))

    async def _visit(self, domain: str, state: FeedState) -> None:
        try:
            await visit(state, self._tools)
        except Unavailable as error:
            _log.error("store-unavailable", feed=without_secrets(state.url), reason=str(error))
            self._hold(state.url)
            await asyncio.sleep(PAUSE_SECONDS)
        except Exception as error:
            self._fault = error
        finally:
            self._taken.discard(state.url)
            self._busy[domain] -= 1
            if not self._busy[domain]:
                del self._busy[domain]
            self._freed.set()

    def _hold(self, url: str) -> None:
        """Leave a feed alone for as long as holds between any two polls, though this one is not noted.

        Its server was asked: that our disk is full is no reason to ask it every few seconds.
        """
        self._held.add(url)
        floor = self._tools.schedule.floor
        asyncio.get_running_loop().call_later(floor, self._held.discard, url)

    async def _end(self) -> None:
        visits = list(self._visits)
        if not visits:
            return
        _, late = await asyncio.wait(visits, timeout=GRACE_SECONDS)
        for each in late:
            each.cancel()
        await asyncio.gather(*late, return_exceptions=True)
