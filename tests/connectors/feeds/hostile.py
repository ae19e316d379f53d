"""What the cases of the hostile server are made of: their list, and small pieces of HTTP."""

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable

RSS = b"<?xml version='1.0'?><rss version='2.0'><channel><title>A feed</title></channel></rss>"
LONG = b"<!-- filler -->" * 1000

Writer = asyncio.StreamWriter
Case = Callable[[Writer], Awaitable[None]]

CASES: dict[str, tuple[Case, tuple[str | int, ...]]] = {}
"""By name: what is answered, and the codes or statuses that a fetch of it may come to."""

FOREVER: set[str] = set()
"""Names of the cases that only a deadline ends."""


def case(name: str, *outcomes: str | int, forever: bool = False) -> Callable[[Case], Case]:
    def add(answer: Case) -> Case:
        CASES[name] = (answer, outcomes)
        if forever:
            FOREVER.add(name)
        return answer

    return add


def plain(name: str, content: bytes, *outcomes: str | int) -> None:
    """Add a case that sends these bytes and closes."""

    @case(name, *outcomes)
    async def answer(writer: Writer) -> None:
        await send(writer, content)


async def send(writer: Writer, content: bytes) -> None:
    for start in range(0, len(content), 1 << 16):
        writer.write(content[start : start + (1 << 16)])
        await writer.drain()


def reply(body: bytes = RSS, *headers: bytes, status: bytes = b"200 OK") -> bytes:
    lines = (b"HTTP/1.1 " + status, *headers, b"Content-Length: %d" % len(body))
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def moved(to: bytes, status: bytes = b"302 Found") -> bytes:
    return reply(b"", b"Location: " + to, status=status)


HEAD = b"HTTP/1.1 200 OK\r\n"


def reset(writer: Writer) -> None:
    """End the connection as a machine does that has crashed."""
    linger = struct.pack("ii", 1, 0)
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    writer.transport.abort()
