"""Fetching: one bounded, guarded, polite GET (or POST). The status is an answer; no answer is a `FetchError`.

Everything is limited: where a request may go (at the moment of dialling), how often it is redirected,
how long all of it takes, how many bytes of headers, of body and of unpacked body there may be.
"""

import asyncio
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Literal, Protocol
from urllib.parse import urlencode

import aiohttp
from aiohttp.http import HttpProcessingError
from yarl import URL

from connectors.feeds.decoding import DecodingError
from connectors.feeds.dialling import Resolve, SystemResolver, connector
from connectors.feeds.exchange import MOST_HEADERS, Asked, Limits, ask
from connectors.feeds.failures import FetchError, TooManyBytes, TooManyHeaders, failure, told
from connectors.feeds.hosts import Hosts, Resting
from connectors.feeds.responses import Hop, Response
from schemas import Rejected
from tocsin.addresses import PORTS, AddressPolicy, Target, check_url, is_public

__all__ = ["FetchError", "Fetcher", "Hop", "Limits", "Purpose", "Response"]

Purpose = Literal["feed", "page", "robots", "discover", "hub"]
"""What something is fetched for."""

ACCEPTED = {
    "feed": "application/atom+xml,application/rss+xml,application/feed+json,application/xml;q=0.9,*/*;q=0.5",
    "page": "text/html,application/xhtml+xml;q=0.9,*/*;q=0.5",
    "robots": "text/plain,*/*;q=0.5",
    "discover": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.5",
    "hub": "text/plain,*/*;q=0.5",
}
"""What is asked for where the caller says nothing."""

ENCODINGS = "gzip, br"
"""What is asked for; deflate and zstd are understood, too."""

FORM = "application/x-www-form-urlencoded"

REST_SECONDS = 60.0
"""How long a host is left alone that says 429 and not for how long."""

Observe = Callable[[str, str, float | None], None]

_VALIDATOR = re.compile(r"[ -~]{1,1024}")
_FAILURES = (
    aiohttp.ClientError,
    HttpProcessingError,
    DecodingError,
    TooManyBytes,
    TooManyHeaders,
    OSError,
    ValueError,
)


class Recorder(Protocol):
    """Something that keeps what was exchanged. Called from threads."""

    def write(self, response: Response, purpose: str) -> object:
        """Keep one exchange."""


class Fetcher:
    """Fetches, as an async context manager.

    `policy` judges every address that is dialled; `ports` (none: all) and `public_names` judge URLs
    (`tocsin.addresses.check_url`); `resolve` looks names up. With a `proxy` (a URL) every request goes
    through it, and it is the proxy that resolves and must judge. `archive` keeps every exchange;
    `observe` is told of every fetch its purpose, the class of its status (`2xx`) or the code of what
    went wrong, and, of an answer, the seconds.
    """

    def __init__(
        self,
        hosts: Hosts,
        *,
        agent: str,
        policy: AddressPolicy = is_public,
        limits: Limits | None = None,
        proxy: str = "",
        archive: Recorder | None = None,
        ports: frozenset[int] = PORTS,
        public_names: bool = True,
        resolve: Resolve | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        observe: Observe = lambda purpose, result, seconds: None,
    ) -> None:
        self._hosts = hosts
        self._agent = agent
        self._policy = policy
        self._limits = limits or Limits()
        self._proxy = proxy or None
        self._archive = archive
        self._ports = ports
        self._public_names = public_names
        self._resolver = SystemResolver()
        self._resolve = resolve or self._resolver
        self._clock = clock
        self._observe = observe
        self._session: aiohttp.ClientSession | None = None

    @property
    def hosts(self) -> Hosts:
        """Who gives the turns."""
        return self._hosts

    async def __aenter__(self) -> "Fetcher":
        limits = self._limits
        self._session = aiohttp.ClientSession(
            connector=connector(
                policy=(lambda _: True) if self._proxy else self._policy,
                resolve=self._resolve,
                header_bytes=limits.header_bytes,
                most=2 * limits.wire + limits.header_bytes,
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=False,
            auto_decompress=False,
            timeout=aiohttp.ClientTimeout(total=None, connect=limits.connect_seconds),
            max_line_size=limits.header_bytes,
            max_field_size=limits.header_bytes,
            max_headers=MOST_HEADERS,
        )
        # A connection is used once, so none is stale; a second request would have no turn.
        self._session._retry_connection = False
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._session is not None:
            await self._session.close()
        self._resolver.close()

    async def fetch(
        self,
        url: str,
        *,
        etag: str = "",
        last_modified: str = "",
        accept: str = "",
        purpose: Purpose = "feed",
        most: int = 0,
    ) -> Response:
        """GET a URL, following redirects. Raises `FetchError` where there is no response.

        `etag` and `last_modified` are what an earlier response said. With `most`, reading ends after so
        many bytes, unpacked. Of an answer that is no success, a body that breaks the limits is left out.
        """
        sent = self._headers(etag, last_modified, accept or ACCEPTED[purpose])
        return await self._observed(url, Asked(headers=sent, most=most), purpose)

    async def post(self, url: str, form: Mapping[str, str], *, purpose: Purpose) -> Response:
        """POST a form, within the rules of `fetch`. Raises `FetchError`.

        Redirects that keep the method are followed. No more of the answer is read than tells that there
        is one, and none of it is archived: forms hold secrets.
        """
        sent = self._headers("", "", ACCEPTED[purpose]) | {"Content-Type": FORM}
        asked = Asked(headers=sent, form=urlencode(form).encode(), most=1)
        return await self._observed(url, asked, purpose)

    async def _observed(self, url: str, asked: Asked, purpose: Purpose) -> Response:
        """Ask, and tell how it ended."""
        try:
            found = await self._follow(self._check(url), asked, purpose)
        except FetchError as error:
            self._observe(purpose, error.code, None)
            raise
        self._observe(purpose, f"{found.status // 100}xx", found.seconds)
        return replace(found, requested=url)

    async def _follow(self, target: Target, asked: Asked, purpose: Purpose) -> Response:
        """Ask, and ask again where a redirect leads, until there is an answer."""
        hops: list[Hop] = []
        seconds = 0.0
        while True:
            left = self._limits.total_seconds - seconds
            found = await self._turn(target, asked, left)
            seconds += found.seconds
            if self._archive is not None and asked.form is None:
                await asyncio.to_thread(self._archive.write, found, purpose)
            location = found.headers.get("location", "")
            if found.status not in asked.redirects or not location:
                break
            hops.append(Hop(url=target.url, status=found.status))
            target = self._redirected(target, location, hops)
        return replace(found, redirects=tuple(hops), seconds=seconds)

    def _headers(self, etag: str, last_modified: str, accept: str) -> dict[str, str]:
        headers = {
            "User-Agent": self._agent,
            "Accept": accept,
            "Accept-Encoding": ENCODINGS,
            "Connection": "close",
        }
        validators = (("If-None-Match", etag), ("If-Modified-Since", last_modified))
        return headers | {name: text for name, text in validators if _VALIDATOR.fullmatch(text)}

    def _check(self, url: str, base: str = "") -> Target:
        """Judge a URL, and that the library will read it as we do."""
        try:
            target = check_url(url, base=base, ports=self._ports, public_names=self._public_names)
            read = URL(target.url, encoded=True)
            if (read.raw_host, read.port) != (target.host, target.port):
                raise Rejected("host", "the URL is read differently by different programs")
        except (Rejected, ValueError) as error:
            raise failure("refused-url", why=str(error)) from error
        return target

    def _redirected(self, target: Target, location: str, hops: list[Hop]) -> Target:
        """Judge where a redirect leads: as strictly as what was asked for first."""
        if len(hops) > self._limits.redirects:
            raise failure("too-many-redirects", target.host, str(self._limits.redirects))
        try:
            found = self._check(
                location.encode("latin-1", "replace").decode("utf-8", "replace"), target.url
            )
        except FetchError as error:
            reason = f"{target.host} redirects to where we do not go: {error.reason}"
            raise FetchError("bad-redirect", reason, refused=True) from error
        if any(hop.url == found.url for hop in hops):
            raise failure("redirect-loop", target.host)
        return found

    async def _turn(self, target: Target, asked: Asked, seconds: float) -> Response:
        """Wait for the turn of a domain and ask it. Raises `FetchError`."""
        try:
            async with self._hosts.turn(target.url):
                found = await self._bounded(target, asked, seconds)
        except Resting as error:
            why = f"{error.seconds:.0f} s"
            raise failure("resting", target.host, why, retry_after=error.seconds) from error
        if found.status in (429, 503):
            default = REST_SECONDS if found.status == 429 else 0.0
            given = found.retry_after
            self._hosts.rest(target.url, default if given is None else given)
        return found

    async def _bounded(self, target: Target, asked: Asked, seconds: float) -> Response:
        """Ask within a number of seconds. Raises `FetchError`."""
        assert self._session is not None, "used outside of `async with`"
        limits, began = self._limits, asyncio.get_running_loop().time()
        try:
            async with asyncio.timeout(max(seconds, 0.0)):
                found = await ask(
                    self._session,
                    target,
                    asked,
                    limits=limits,
                    at=self._clock(),
                    proxy=self._proxy,
                )
        except _FAILURES as error:
            raise told(error, target.host, limits) from error
        return replace(found, seconds=asyncio.get_running_loop().time() - began)
