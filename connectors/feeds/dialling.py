"""Connections to judged addresses only: what is dialled is what was judged, and nothing else.

A name is resolved once for each connection. If any of its addresses is refused, none is dialled: a
name that is half public is no name of a public site. The socket itself is made only after its
address was judged again, so that a literal, or whatever else comes past the resolver, is judged too.
"""

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from aiohttp import TCPConnector
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.client_proto import ResponseHandler
from aiohttp.http import RawResponseMessage

from connectors.feeds.failures import RefusedAddress, TooManyBytes, TooManyHeaders
from tocsin.addresses import AddressPolicy

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""Looks up the addresses of a name, for a port. Raises `OSError`."""

RESOLVERS = 64
"""Names looked up at one time; a slow one holds a thread, and nothing can end it."""

MOST_ADDRESSES = 16
"""Addresses of one name that are tried."""


_END_OF_HEADERS = b"\r\n\r\n"


class SystemResolver:
    """Looks names up as the system does, in threads of its own."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(RESOLVERS, thread_name_prefix="resolver")

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        """Return the addresses of a name. Raises `OSError`."""
        found = await asyncio.get_running_loop().run_in_executor(
            self._threads, _look_up, host, port
        )
        return [str(address[0]) for *_, address in found]

    def close(self) -> None:
        """Give the threads up; those that hang end with their look-up."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def _look_up(host: str, port: int) -> list[tuple[Any, ...]]:
    flags = socket.AI_ADDRCONFIG
    return list(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=flags))


async def judged(resolve: Resolve, policy: AddressPolicy, host: str, port: int) -> list[str]:
    """Look up a name whose addresses all may be dialled. Raises `RefusedAddress`, `OSError`."""
    addresses = list(dict.fromkeys(await resolve(host, port)))
    if not addresses:
        raise OSError("the name has no address")
    if not all(map(policy, addresses)):
        raise RefusedAddress("the name has an address that is refused")
    return addresses


class _JudgedNames(AbstractResolver):
    """Resolves a name to addresses all of which the policy lets us dial."""

    def __init__(self, resolve: Resolve, policy: AddressPolicy) -> None:
        self._resolve = resolve
        self._policy = policy

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        addresses = await judged(self._resolve, self._policy, host, port)
        return [
            ResolveResult(
                hostname=host,
                host=each,
                port=port,
                family=socket.AF_INET6 if ":" in each else socket.AF_INET,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
            for each in addresses[:MOST_ADDRESSES]
        ]

    async def close(self) -> None:
        """Nothing is held."""


class _Answers(ResponseHandler):
    """Reads answers of no more than `header_bytes` before the end of the headers, `most` in all.

    The parser bounds one line and the number of lines, and the reader counts the body. Here is counted
    what neither sees: storms of interim responses, extensions of chunks, trailers.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, header_bytes: int, most: int) -> None:
        super().__init__(loop)
        self._header_bytes = header_bytes
        self._most = most
        self._taken = 0
        self._has_headers = False
        self._is_over = False

    def feed_data(self, message: tuple[RawResponseMessage, Any], size: int = 0) -> None:
        self._has_headers = self._has_headers or message[0].code >= 200
        super().feed_data(message, size)

    def data_received(self, data: bytes) -> None:
        at = 0
        while not self._has_headers and (end := data.find(_END_OF_HEADERS, at)) >= 0:
            self._take(data[at : end + len(_END_OF_HEADERS)])
            at = end + len(_END_OF_HEADERS)
        self._take(data[at:])

    def _take(self, data: bytes) -> None:
        """Parse some bytes, and count them.

        Headers are given to the parser apart from what follows them: it throws away an answer that it
        has read to its end when more comes than was announced, and servers do send more.
        """
        if self._is_over or not data:
            return
        super().data_received(data)
        self._taken += len(data)
        if not self._has_headers and self._taken > self._header_bytes:
            self._end(TooManyHeaders())
        elif self._taken > self._most:
            self._end(TooManyBytes())

    def set_exception(self, exc: BaseException, *cause: BaseException) -> None:
        """Tell whoever waits for the answer, and whoever reads its body: the library tells the first."""
        body = self._payload
        super().set_exception(exc, *cause)
        if body is not None and not body.is_eof():
            body.set_exception(exc, *cause)

    def _end(self, error: Exception) -> None:
        self._is_over = True
        self.set_exception(error)
        if self.transport is not None:
            self.transport.abort()


def connector(
    *,
    policy: AddressPolicy,
    resolve: Resolve,
    header_bytes: int,
    most: int,
    trust: ssl.SSLContext | None = None,
) -> TCPConnector:
    """Make what opens connections. Each is used once: it was judged for one request.

    No connection takes more than `header_bytes` before an answer begins, nor `most` bytes in all.
    Certificates are judged by `trust`, or as the system does.
    """

    def judged_socket(address: tuple[Any, ...]) -> socket.socket:
        family, kind, protocol, _, place = address
        if not policy(place[0]):
            raise RefusedAddress("the address is refused")
        return socket.socket(family, kind, protocol)

    made = TCPConnector(
        resolver=_JudgedNames(resolve, policy),
        socket_factory=judged_socket,
        ssl=trust or True,
        use_dns_cache=False,
        force_close=True,
        limit=0,
    )
    loop = asyncio.get_running_loop()
    made._factory = lambda: _Answers(loop, header_bytes, most)  # type: ignore[assignment]  # a callable
    return made
