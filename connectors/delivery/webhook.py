"""Webhooks: messages as signed POSTs, as Standard Webhooks has them.

Where one leads is judged as with feeds: all addresses of the name, and what is dialled is what was judged.
No redirect is followed, no proxy is asked, and no more of an answer is read than tells that there is one.
"""

import asyncio
import binascii
import ssl
from collections.abc import Callable
from datetime import UTC, datetime

import aiohttp
from aiohttp.http import HttpProcessingError
from standardwebhooks.webhooks import EmptyWebhookSecretError, Webhook
from yarl import URL

from connectors.feeds.dialling import Resolve, SystemResolver, connector, judged
from connectors.feeds.exchange import MOST_HEADERS, Limits
from connectors.feeds.failures import RefusedAddress, TooManyBytes, TooManyHeaders, failure, told
from connectors.feeds.responses import delay
from schemas import Channel, Ended, Message, Outcome, Rejected
from tocsin.addresses import AddressPolicy, Target, check_url, is_public, why_not_public

DEADLINE = 15.0
"""Seconds that an attempt may take: what Standard Webhooks advises, and far less than a lease."""

CONNECT_SECONDS = 5.0
HEADER_BYTES = 32 << 10
BODY_BYTES = 16 << 10
"""What is read of an answer; the rest is left."""

BODY_SECONDS = 1.0
"""How long a body is read after the status is known: it changes nothing."""

_DELAYING = (429, 503)
"""Statuses with which a receiver may say when it wants to be asked again."""

_FAILURES = (
    aiohttp.ClientError,
    HttpProcessingError,
    TooManyBytes,
    TooManyHeaders,
    OSError,
    ValueError,
)


_OWN_NETWORK = frozenset({"", "is private", "is loopback", "is shared by a carrier"})


def is_within_reach(address: str) -> bool:
    """Tell whether an address is public, or of one's own network: an `AddressPolicy`.

    What is link-local is neither: there the clouds tell machines their secrets.
    """
    return why_not_public(address) in _OWN_NETWORK


class WebhookSender:
    """Sends webhooks. `policy` judges every address that is dialled; `resolve` looks names up.

    With `public_names` a URL must name a host of the public DNS. Certificates are judged by `trust`,
    or as the system does.
    """

    def __init__(
        self,
        *,
        agent: str,
        policy: AddressPolicy = is_public,
        public_names: bool = True,
        resolve: Resolve | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        deadline: float = DEADLINE,
        trust: ssl.SSLContext | None = None,
    ) -> None:
        self._agent = agent
        self._policy = policy
        self._public_names = public_names
        self._resolver = SystemResolver()
        self._resolve = resolve or self._resolver
        self._clock = clock
        self._deadline = deadline
        self._trust = trust

    def close(self) -> None:
        """Look no more names up."""
        self._resolver.close()

    def target(self, channel: Channel) -> str:
        """Name the host and the port."""
        try:
            found = self._check(channel)
        except (Rejected, ValueError):
            return f"webhook:{channel.id}"
        return f"{found.host}:{found.port}"

    async def send(self, channel: Channel, message: Message) -> Outcome:
        """Post a message to the URL of a channel."""
        now = self._clock()
        try:
            target = self._check(channel)
        except (Rejected, ValueError) as error:
            # Only a change of the settings mends it, and then somebody is there to redrive it.
            return _refused(f"channel {channel.id}: {error}")
        try:
            signed = signatures(channel, message, now)
        except (EmptyWebhookSecretError, binascii.Error, ValueError):
            return _refused(f"channel {channel.id}: its secret is not whsec_ and base64; set it")
        sent = {
            "User-Agent": self._agent,
            "Content-Type": "application/json",
            "Accept": "*/*",
            "Accept-Encoding": "identity",
            "Connection": "close",
            "webhook-id": message.id,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": signed,
        }
        return await self._bounded(target, sent, message.json.encode())

    async def obstacle(self, channel: Channel) -> str:
        """Say why the URL of a channel would not be dialled; empty where it would. Its name is looked up."""
        try:
            target = self._check(channel)
        except (Rejected, ValueError) as error:
            return str(error)
        try:
            async with asyncio.timeout(self._deadline):
                await judged(self._resolve, self._policy, target.host, target.port)
        except RefusedAddress:
            return failure("refused-address", target.host).reason
        except OSError:  # and what takes too long
            return failure("no-address", target.host).reason
        return ""

    def _check(self, channel: Channel) -> Target:
        """Judge a URL, and that the library will read it as we do. Every port may be meant."""
        target = check_url(channel.to, ports=frozenset(), public_names=self._public_names)
        read = URL(target.url, encoded=True)
        if (read.raw_host, read.port) != (target.host, target.port):
            raise Rejected("host", "the URL is read differently by different programs")
        return target

    async def _bounded(self, target: Target, sent: dict[str, str], body: bytes) -> Outcome:
        limits = Limits(
            total_seconds=self._deadline, connect_seconds=CONNECT_SECONDS, header_bytes=HEADER_BYTES
        )
        try:
            async with asyncio.timeout(self._deadline):
                return await self._post(target, sent, body)
        except _FAILURES as error:
            # A refused address too: what a name leads to is mended without us.
            return _again(told(error, target.host, limits).reason)

    async def _post(self, target: Target, sent: dict[str, str], body: bytes) -> Outcome:
        url = URL(target.url, encoded=True)
        async with self._session() as session:
            session._retry_connection = False  # it would be a second attempt
            async with session.post(url, headers=sent, data=body, allow_redirects=False) as answer:
                said_at = self._clock()
                await _drop_body(answer)
                if not 200 <= answer.status <= 599:
                    return _again(failure("not-http", target.host).reason)
                return outcome(answer.status, answer.headers.get("Retry-After", ""), said_at)

    def _session(self) -> aiohttp.ClientSession:
        """Make what one attempt is made by: connections are judged, and used once."""
        return aiohttp.ClientSession(
            connector=connector(
                policy=self._policy,
                resolve=self._resolve,
                header_bytes=HEADER_BYTES,
                most=HEADER_BYTES + BODY_BYTES,
                trust=self._trust,
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=False,
            auto_decompress=False,
            timeout=aiohttp.ClientTimeout(total=None, connect=CONNECT_SECONDS),
            max_line_size=HEADER_BYTES,
            max_field_size=HEADER_BYTES,
            max_headers=MOST_HEADERS,
        )


def signatures(channel: Channel, message: Message, now: datetime) -> str:
    """Sign a message with the secret of a channel, and with its old one while there is one.

    Raises `ValueError` or `EmptyWebhookSecretError` where a secret is none.
    """
    secrets = [channel.secret, *filter(None, (channel.old_secret,))]
    return " ".join(Webhook(each).sign(message.id, now, message.json) for each in secrets)


def outcome(status: int, retry_after: str, now: datetime) -> Outcome:
    """Say what a status means. As Standard Webhooks has it, all but 2xx and 410 is tried again.

    What looks final is often mended within hours: a wrong log-in, a page under another name.
    """
    if 200 <= status < 300:
        return Outcome(ended=Ended.DELIVERED, status=status)
    if status == 410:
        return Outcome(ended=Ended.GONE, status=status, reason="the receiver is gone")
    wait = delay(retry_after, now) if status in _DELAYING else None
    reason = "the receiver did not take it"
    if 300 <= status < 400:
        reason = "it redirects, which is not followed: name the URL that it leads to"
    return Outcome(ended=Ended.RETRY, status=status, reason=reason, retry_after=wait)


async def _drop_body(answer: aiohttp.ClientResponse) -> None:
    """Read a little of a body, so that the receiver can end in order; whatever is in it."""
    try:
        async with asyncio.timeout(BODY_SECONDS):
            left = BODY_BYTES
            while left > 0 and (read := await answer.content.readany()):
                left -= len(read)
    except _FAILURES:
        return


def _refused(reason: str) -> Outcome:
    return Outcome(ended=Ended.REFUSED, reason=reason)


def _again(reason: str) -> Outcome:
    return Outcome(ended=Ended.RETRY, reason=reason)
