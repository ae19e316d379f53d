"""A small web server on loopback, in the loop of the test, that keeps what it was asked."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from connectors.feeds.fetch import Fetcher, Limits
from connectors.feeds.hosts import Hosts
from tests.connectors.feeds.hostile import reply

Answer = bytes | Callable[["Request"], bytes]


@dataclass(frozen=True)
class Request:
    """One request: `target` as on the request line, headers by lower-case name."""

    target: str
    headers: dict[str, str]


@dataclass
class Site:
    """Where the server is, and what it was asked so far."""

    base: str = ""
    requests: list[Request] = field(default_factory=list)

    @property
    def targets(self) -> list[str]:
        return [request.target for request in self.requests]


@asynccontextmanager
async def web(answers: Mapping[str, Answer], *, seconds: float = 0.0) -> AsyncIterator[Site]:
    """Serve these answers by path; what is not there is a 404. `seconds` is how long each takes."""
    site = Site()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            headers = dict(line.lower().split(": ", 1) for line in head[1:] if line)
            request = Request(head[0].split(" ")[1], headers)
            site.requests.append(request)
            answer = answers.get(request.target, reply(b"", status=b"404 Not Found"))
            await asyncio.sleep(seconds)
            writer.write(answer(request) if callable(answer) else answer)
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    site.base = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server:
        yield site


async def to_loopback(host: str, port: int) -> Sequence[str]:
    """Look a name up: every name is this machine."""
    return ["127.0.0.1"]


def loopback(address: str) -> bool:
    return address.startswith("127.")


def fetcher(hosts: Hosts | None = None, **settings: object) -> Fetcher:
    """Make a fetcher that may ask servers of tests, with limits that tests can wait for."""
    given: dict[str, object] = {
        "agent": "Tocsin/test",
        "policy": loopback,
        "ports": frozenset(),
        "public_names": False,
        "limits": Limits(total_seconds=4.0, connect_seconds=2.0),
    }
    return Fetcher(hosts or Hosts(0.0), **(given | settings))  # type: ignore[arg-type]
