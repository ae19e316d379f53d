"""A WebSub hub on loopback: it asks back whether it was us, denies, and tells of what is new."""

import asyncio
import hmac
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import urlencode

import aiohttp
from aiohttp import web


@dataclass
class Hub:
    """A hub. `mode` is what it does with who subscribes: verify, deny, ignore, or an HTTP status.

    `answers` gets the status and body of each question that it asked us.
    """

    session: aiohttp.ClientSession
    url: str = ""
    mode: str = "verify"
    lease: str = "864000"
    at_once: bool = False
    forms: list[dict[str, str]] = field(default_factory=list)
    answers: asyncio.Queue[tuple[int, str]] = field(default_factory=asyncio.Queue)
    asking: list[asyncio.Task[None]] = field(default_factory=list)

    async def subscribe(self, request: web.Request) -> web.Response:
        """Take a request for a subscription, as section 5.1 has it."""
        assert request.content_type == "application/x-www-form-urlencoded"
        form = {key: str(value) for key, value in (await request.post()).items()}
        self.forms.append(form)
        if self.mode.isdigit():
            return web.Response(status=int(self.mode), text="go away")
        if self.mode != "ignore":
            asking = asyncio.create_task(self._ask(form))
            self.asking.append(asking)
            if self.at_once:
                await asking
        return web.Response(status=202)

    async def _ask(self, form: dict[str, str]) -> None:
        mode = "denied" if self.mode == "deny" else "subscribe"
        extra = {"hub.reason": "not for you"} if self.mode == "deny" else {}
        await self.ask(form, {"hub.mode": mode, "hub.topic": form["hub.topic"]} | extra)

    async def ask(self, form: dict[str, str], said: dict[str, str]) -> None:
        """Ask or tell us something at the address that we gave."""
        query = urlencode({"hub.challenge": "a<b>c", "hub.lease_seconds": self.lease} | said)
        async with self.session.get(f"{form['hub.callback']}?{query}") as answer:
            await self.answers.put((answer.status, await answer.text()))

    async def publish(self, body: bytes, algorithm: str = "sha256", signature: str = "") -> int:
        """Tell the last subscriber of something new; returns how that was answered."""
        form = self.forms[-1]
        digest = hmac.new(form["hub.secret"].encode(), body, algorithm).hexdigest()
        headers = {"X-Hub-Signature": signature or f"{algorithm}={digest}"}
        async with self.session.post(
            form["hub.callback"], data=body, headers=headers, allow_redirects=False
        ) as answer:
            assert await answer.read() == b""
            return answer.status


@asynccontextmanager
async def hub() -> AsyncIterator[Hub]:
    """Run a hub."""
    async with aiohttp.ClientSession() as session:
        running = Hub(session)
        application = web.Application()
        application.router.add_post("/hub", running.subscribe)
        runner = web.AppRunner(application)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        running.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hub"
        try:
            yield running
            await asyncio.gather(*running.asking)
        finally:
            await runner.cleanup()
