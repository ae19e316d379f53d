"""Politeness: of each registrable domain one request at a time, with a gap from one to the next.

The gap begins when an answer has come: so the server, too, sees no two requests closer than that.

A publisher's feeds and pages often lie under many names of one domain, on one machine, so the domain
is what takes turns. Turns are given in the order in which they were asked for.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from tocsin.urls import registered_domain

GAP_SECONDS = 2.0
"""From the end of one request to a domain to the beginning of the next."""

LONGEST_GAP = 60.0
"""Seconds. What a robots.txt may ask for at most; some ask for days."""

LONGEST_REST = 86_400.0
"""Seconds. What a Retry-After may ask for at most."""

MOST_DOMAINS = 20_000
"""Domains that are remembered; those that nobody waits for and whose gap is over are forgotten."""


class Resting(Exception):
    """A domain asked to be left alone for longer than one waits: `seconds` more."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"rests for another {seconds:.0f} s")
        self.seconds = seconds


@dataclass(slots=True)
class Waits:
    """What the turns took so far: their number, and the seconds that were waited for them."""

    turns: int = 0
    seconds: float = 0.0
    longest: float = 0.0
    waiting: int = 0


@dataclass(slots=True)
class _Domain:
    """One domain: who has its turn, and when the next may begin."""

    gap: float
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    free_at: float = 0.0
    rests_until: float = 0.0
    users: int = 0


class Hosts:
    """Gives turns. `gap_seconds` is the gap, `domain_of` names the domain of a URL.

    `patience` is how many seconds a turn waits for a domain that asked to be left alone; where that
    is longer, `Resting` is raised. `observe` is told the seconds that each turn waited.
    """

    def __init__(
        self,
        gap_seconds: float = GAP_SECONDS,
        domain_of: Callable[[str], str] = registered_domain,
        clock: Callable[[], float] = time.monotonic,
        *,
        patience: float = 60.0,
        observe: Callable[[float], None] = lambda seconds: None,
    ) -> None:
        self._gap = gap_seconds
        self._domain_of = domain_of
        self._clock = clock
        self._patience = patience
        self._observe = observe
        self._domains: dict[str, _Domain] = {}
        self.waits = Waits()

    @asynccontextmanager
    async def turn(self, url: str) -> AsyncIterator[None]:
        """Wait for the turn of a URL's domain and hold it. Raises `Resting`."""
        domain = self._domain(url)
        domain.users += 1
        asked = self._clock()
        try:
            self.waits.waiting += 1
            try:
                await domain.lock.acquire()
            finally:
                self.waits.waiting -= 1
            try:
                await self._wait(domain)
                self._count(self._clock() - asked)
                try:
                    yield
                finally:
                    domain.free_at = self._clock() + domain.gap
            finally:
                domain.lock.release()
        finally:
            domain.users -= 1

    def rest(self, url: str, seconds: float) -> None:
        """Leave the domain of a URL alone for so many seconds (429 or 503 with Retry-After)."""
        domain = self._domain(url)
        until = self._clock() + min(max(seconds, 0.0), LONGEST_REST)
        domain.rests_until = max(domain.rests_until, until)

    def slow_down(self, url: str, seconds: float) -> None:
        """Leave at least so many seconds between requests to the domain of a URL (Crawl-delay)."""
        domain = self._domain(url)
        domain.gap = max(domain.gap, min(seconds, LONGEST_GAP))

    def rests_for(self, url: str) -> float:
        """Say for how many seconds the domain of a URL is still to be left alone; 0.0 if it is not."""
        domain = self._domains.get(self._domain_of(url))
        return max(domain.rests_until - self._clock(), 0.0) if domain else 0.0

    async def _wait(self, domain: _Domain) -> None:
        """Wait until the gap is over and the domain rests no more."""
        while (now := self._clock()) < (ready := max(domain.free_at, domain.rests_until)):
            if domain.rests_until - now > self._patience:
                raise Resting(domain.rests_until - now)
            await asyncio.sleep(ready - now)

    def _count(self, seconds: float) -> None:
        self.waits.turns += 1
        self.waits.seconds += seconds
        self.waits.longest = max(self.waits.longest, seconds)
        self._observe(seconds)

    def _domain(self, url: str) -> _Domain:
        name = self._domain_of(url)
        found = self._domains.get(name)
        if found is None:
            if len(self._domains) >= MOST_DOMAINS:
                self._forget()
            found = self._domains[name] = _Domain(gap=self._gap)
        return found

    def _forget(self) -> None:
        """Forget the domains that nobody waits for, unless their gap or rest goes on."""
        now = self._clock()
        idle = [
            name
            for name, each in self._domains.items()
            if not each.users and max(each.free_at, each.rests_until) <= now
        ]
        for name in idle:
            del self._domains[name]
