"""Where WebSub hubs reach us: a small HTTP endpoint that believes nothing and tells nothing.

It answers a hub's questions (GET), and takes notifications (POST), whose bodies serve to check their
signatures and are then thrown away.
"""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import urlsplit

from aiohttp import web

from connectors import metrics
from schemas import InvalidSetting, Unavailable
from tocsin.websub import Question, hub_secret, is_signed, question_of

MOST_BODY = 5 << 20
"""Bytes of a notification; a feed that is larger is not read either."""

BODY_SECONDS = 10.0
"""How long a notification may take to arrive."""

MOST_AT_ONCE = 16
"""Notifications that are taken at the same time, and so are in memory."""

CLOSE_SECONDS = 2.0
"""How long answers may still take at the end."""

_PATH = re.compile(r"[0-9a-f]{64}")
_HEADERS = {
    "Server": "tocsin",
    "Content-Type": "application/octet-stream",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Callback:
    """How hubs reach us.

    `prefix` is the public URL before each path, `host` and `port` are where we listen, `secret` makes
    paths and the secrets of hubs.
    """

    prefix: str
    host: str
    port: int
    secret: str = field(repr=False)


class Listener(Protocol):
    """What is told of questions and notifications. May raise `Unavailable`."""

    def knows(self, path: str) -> bool:
        """Tell whether some hub may reach us at this path."""

    async def answer(self, path: str, question: Question) -> bool:
        """Take a question; tells whether it is about what we asked for."""

    async def notify(self, path: str) -> None:
        """Take word, signed by the hub, that there is something new."""


@asynccontextmanager
async def serving(listener: Listener, callback: Callback) -> AsyncIterator[int]:
    """Serve while the context is open; gives the port. Raises `InvalidSetting` where it is taken."""
    endpoint = _Endpoint(listener, callback)
    application = web.Application(client_max_size=MOST_BODY)
    application.router.add_route("*", "/{path:.*}", endpoint.reply)
    runner = web.AppRunner(
        application, access_log=None, auto_decompress=False, shutdown_timeout=CLOSE_SECONDS
    )
    await runner.setup()
    try:
        try:
            await web.TCPSite(runner, callback.host, callback.port).start()
        except OSError as error:
            raise InvalidSetting(
                f"websub.listen: cannot listen at {callback.host}:{callback.port}:"
                f" {error.strerror or error}",
                hint="Set [websub] listen to another port.",
            ) from error
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


class _Endpoint:
    """Tells questions from notifications, and both from everything else."""

    def __init__(self, listener: Listener, callback: Callback) -> None:
        self._listener = listener
        self._secret = callback.secret
        self._prefixes = (urlsplit(callback.prefix).path or "/", "/")
        self._busy = 0

    async def reply(self, request: web.Request) -> web.Response:
        """Answer one request."""
        path = self._path(request.path)
        if not path:
            return _reply(404)
        if request.method not in ("GET", "POST"):
            return _reply(405, Allow="GET, POST")
        is_question = request.method == "GET"
        if not self._listener.knows(path):
            if not is_question:
                metrics.NOTIFICATIONS.labels("unknown").inc()
            return _reply(404 if is_question else 410)  # 410: the hub may forget it, too
        try:
            return await (self._question if is_question else self._notification)(path, request)
        except Unavailable:
            return _reply(503)

    def _path(self, asked: str) -> str:
        """Return what stands behind the prefix, whether or not a proxy has cut that off; `''` for none."""
        for prefix in self._prefixes:
            rest = asked.removeprefix(prefix)
            if rest != asked and _PATH.fullmatch(rest):
                return rest
        return ""

    async def _question(self, path: str, request: web.Request) -> web.Response:
        question = question_of(request.query)
        if not await self._listener.answer(path, question):
            return _reply(404)
        return _reply(200, question.challenge if question.mode == "subscribe" else "")

    async def _notification(self, path: str, request: web.Request) -> web.Response:
        """Take a notification. One with a wrong signature is answered alike: nobody learns by trying."""
        if self._busy >= MOST_AT_ONCE:
            return _counted("busy", 503)
        self._busy += 1
        try:
            async with asyncio.timeout(BODY_SECONDS):
                body = await request.read()
        except TimeoutError:
            return _counted("too-slow", 408)
        except web.HTTPRequestEntityTooLarge:
            return _counted("too-large", 413)
        finally:
            self._busy -= 1
        signature = request.headers.get("X-Hub-Signature", "")
        if not is_signed(body, signature, hub_secret(self._secret, path)):
            return _counted("forged", 202)
        await self._listener.notify(path)
        return _counted("accepted", 202)


def _reply(status: int, text: str = "", **headers: str) -> web.Response:
    return web.Response(status=status, body=text.encode(), headers=_HEADERS | headers)


def _counted(result: str, status: int) -> web.Response:
    metrics.NOTIFICATIONS.labels(result).inc()
    return _reply(status)
