"""Receivers of webhooks on loopback, in the loop of the test, and what is sent to them."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from connectors.delivery.webhook import WebhookSender
from schemas import Channel, ChannelKind, Message, MessageKind

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OTHER = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"

Answer = Callable[[asyncio.StreamWriter], Awaitable[None]]


@dataclass(frozen=True)
class Post:
    """What a receiver was sent: the path, headers by lower-case name, and the body."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """Where a receiver is, and what it was sent so far."""

    port: int = 0
    posts: list[Post] = field(default_factory=list)

    def channel(self, name: str = "hook", **given: Any) -> Channel:
        path = given.pop("path", f"/{name}?token=t0k3n")
        to = f"http://127.0.0.1:{self.port}{path}"
        return a_channel(name, **{"to": to} | given)


def a_channel(name: str = "hook", **given: Any) -> Channel:
    known = {"to": "https://hooks.example.org/x", "secret": SECRET}
    return Channel(id=name, kind=ChannelKind.WEBHOOK, **known | given)


def a_message(id: str = "a" * 32, json: str = '{"type":"alert.rung","data":"ü"}') -> Message:
    return Message(
        id=id,
        kind=MessageKind.ALERT,
        subscription="niger",
        subject="s",
        text="t",
        html="h",
        json=json,
    )


def says(status: str, *headers: str, body: str = "") -> Answer:
    """Answer with a status and headers."""
    lines = (f"HTTP/1.1 {status}", *headers, f"Content-Length: {len(body)}", "", body)

    async def answer(writer: asyncio.StreamWriter) -> None:
        writer.write("\r\n".join(lines).encode())
        await writer.drain()

    return answer


@asynccontextmanager
async def receiving(answer: Answer, **options: Any) -> AsyncIterator[Receiver]:
    """Take posts and answer each so."""
    receiver, serving = Receiver(), set[asyncio.Task[None]]()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        serving.add(task)
        with contextlib.suppress(
            ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError
        ):
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            pairs = (line.split(": ", 1) for line in head[1:] if line)
            headers = {name.lower(): value for name, value in pairs}
            body = await reader.readexactly(int(headers["content-length"]))
            receiver.posts.append(Post(head[0].split(" ")[1], headers, body))
            await answer(writer)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, **options)
    receiver.port = server.sockets[0].getsockname()[1]
    try:
        yield receiver
    finally:
        server.close()
        for task in serving:
            task.cancel()
        await asyncio.gather(*serving, return_exceptions=True)


def a_sender(**given: Any) -> WebhookSender:
    """Make a sender that may dial this machine."""
    known: dict[str, Any] = {"policy": lambda _: True, "public_names": False}
    return WebhookSender(agent="Tocsin/test", **known | given)
