"""robots.txt, asked for once a day from each origin and obeyed (RFC 9309). Rules are read in the sandbox.

No robots.txt (4xx) forbids nothing. A server that fails, does not answer, or sends us away for now
(429), forbids all until it answers: that is what the standard asks for, and what a server in trouble
needs.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import Enum
from typing import ParamSpec, Protocol, TypeVar

from connectors.feeds.failures import FetchError, failure
from connectors.feeds.fetch import Fetcher
from connectors.feeds.responses import Response
from schemas import Rejected
from tocsin.addresses import check_url
from tocsin.robots import permission

LONGEST = 500 << 10
"""Bytes of a robots.txt that are read; the standard asks for as many at least."""

DAY_SECONDS = 86_400.0
"""How long rules hold at most."""

HOUR_SECONDS = 3600.0
"""How long rules hold at least, whatever their server says."""

RETRY_SECONDS = 600.0
"""How long a server that failed forbids all before it is asked again."""

MOST_ORIGINS = 10_000
MOST_BYTES = 32 << 20
"""Rules that are remembered: origins, and bytes of all together. The oldest go first."""

_ENDLESS = ("too-many-redirects", "redirect-loop", "bad-redirect")
"""Codes of what the standard lets us take for no robots.txt."""

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")


class Caller(Protocol):
    """Something that calls a function in a child process (`connectors.feeds.parsers`)."""

    async def call(
        self,
        function: Callable[Parameters, Result],
        *arguments: Parameters.args,
        **keywords: Parameters.kwargs,
    ) -> Result:
        """Call an importable function. Raises `Rejected`."""


class _Answer(Enum):
    """What asking for rules came to."""

    RULES = "rules"
    NONE = "none"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rules:
    """What an origin said, and until when it holds (by the monotonic clock)."""

    answer: _Answer
    text: bytes = b""
    until: float


@dataclass(slots=True)
class _Asking:
    """Those who wait for the rules of one origin."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    users: int = 0


class Robots:
    """Says whether URLs may be fetched. `agent` is how we name ourselves: `Product/version (...)`."""

    def __init__(
        self,
        fetcher: Fetcher,
        parsers: Caller,
        agent: str,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._fetcher = fetcher
        self._parsers = parsers
        self._product = agent.partition("/")[0].strip() or "*"
        self._clock = clock
        self._known: OrderedDict[str, _Rules] = OrderedDict()
        self._bytes = 0
        self._asking: dict[str, _Asking] = {}

    async def allows(self, url: str) -> bool:
        """Tell whether a URL may be fetched, asking its origin first where need be.

        A Crawl-delay widens the gap between requests to the domain. Raises `FetchError` where the URL
        is refused or its domain rests.
        """
        origin, path = _origin(url)
        if path.partition("?")[0] == "/robots.txt":
            return True
        rules = await self._rules(origin)
        if rules.answer is not _Answer.RULES:
            return rules.answer is _Answer.NONE
        try:
            found = await self._parsers.call(permission, rules.text, self._product, origin + path)
        except Rejected:
            return False
        if found.delay:
            self._fetcher.hosts.slow_down(url, found.delay)
        return found.is_allowed

    async def _rules(self, origin: str) -> _Rules:
        """Return the rules of an origin; of many who want them at once, one asks."""
        async with self._one_by_one(origin):
            known = self._known.get(origin)
            if known is not None and known.until > self._clock():
                self._known.move_to_end(origin)
                return known
            rules = await self._ask(origin, known)
            self._remember(origin, rules)
            return rules

    @asynccontextmanager
    async def _one_by_one(self, origin: str) -> AsyncIterator[None]:
        asking = self._asking.setdefault(origin, _Asking())
        asking.users += 1
        try:
            async with asking.lock:
                yield
        finally:
            asking.users -= 1
            if not asking.users:
                del self._asking[origin]

    async def _ask(self, origin: str, known: _Rules | None) -> _Rules:
        """Ask an origin for its rules. What held before holds on while the server fails."""
        try:
            response = await self._fetcher.fetch(
                f"{origin}/robots.txt", purpose="robots", most=LONGEST
            )
        except FetchError as error:
            if error.code == "resting":
                raise
            if error.code in _ENDLESS:
                return _Rules(answer=_Answer.NONE, until=self._clock() + DAY_SECONDS)
            return self._failed(known)
        if response.status == 429 or response.status >= 500:
            return self._failed(known)
        holds = DAY_SECONDS if response.max_age is None else max(response.max_age, HOUR_SECONDS)
        until = self._clock() + holds
        text = _text(response)
        if not text:
            return _Rules(answer=_Answer.NONE, until=until)
        return _Rules(answer=_Answer.RULES, text=text, until=until)

    def _failed(self, known: _Rules | None) -> _Rules:
        until = self._clock() + RETRY_SECONDS
        if known is not None and known.answer is _Answer.RULES:
            return _Rules(answer=_Answer.RULES, text=known.text, until=until)
        return _Rules(answer=_Answer.FAILED, until=until)

    def _remember(self, origin: str, rules: _Rules) -> None:
        self._forget(origin)
        self._known[origin] = rules
        self._bytes += len(rules.text)
        while len(self._known) > MOST_ORIGINS or self._bytes > MOST_BYTES:
            self._forget(next(iter(self._known)))

    def _forget(self, origin: str) -> None:
        known = self._known.pop(origin, None)
        self._bytes -= len(known.text) if known is not None else 0


def _origin(url: str) -> tuple[str, str]:
    """Take a URL apart: what has one robots.txt, and the rest."""
    try:
        target = check_url(url, ports=frozenset(), public_names=False)
    except Rejected as error:
        raise failure("refused-url", why=error.reason) from error
    return target.url[: len(target.url) - len(target.path)], target.path


def _text(response: Response) -> bytes:
    """Return the rules in a response: none in what is no success; no half line where it was cut."""
    if not 200 <= response.status < 300:
        return b""
    return response.body if response.is_whole else response.body.rpartition(b"\n")[0]
