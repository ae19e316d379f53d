"""Hosts of feeds on loopback addresses: they grow by the clock, and write down whom they served what.

    python -m tests.fakes.feed_hosts --hosts 500 --period 60 --log FILE --port-file FILE

Each host is an address of its own (127.1.x.y). Feed n lists its latest entries, one more every
`--period` seconds, and honours ETags. Every answer is a line of the log: seconds by the monotonic
clock, address, path, status, and the tokens of the entries listed; what is listed was offered.
"""

import argparse
import asyncio
import json
import time
from pathlib import Path
from typing import TextIO
from urllib.parse import urlsplit

LISTED, FIRST = 20, 3
"""Entries that a feed lists at most, and at the start."""

PARAGRAPH = (
    "The convoy left the border post before noon and reached the town in the evening, "
    "said drivers who had waited there since the rains began. Nobody counted the lorries. "
)


def address_of(host: int) -> str:
    """Give the loopback address of a host."""
    return f"127.1.{host // 250}.{host % 250 + 1}"


class Hosts:
    """What all hosts share: the clock, the log, and what feeds list."""

    def __init__(self, log: TextIO, *, period: float, until: float, pages: bool) -> None:
        self._log = log
        self._period = period
        self._until = until
        self._pages = pages
        self._began = time.monotonic()

    def entries(self, feed: int) -> range:
        """Number the entries that a feed lists now."""
        elapsed = min(time.monotonic() - self._began, self._until)
        newest = int(elapsed / self._period + (feed % 97) / 97) + FIRST
        return range(max(0, newest - LISTED), newest)

    def answer(self, address: str, port: int, path: str, etag: str) -> bytes:
        """Make the answer to a request, and write it down."""
        kind, _, name = path.strip("/").partition("/")
        status, body, own, tokens = 404, b"", "", []
        if kind == "feed":
            listed = self.entries(int(name))
            own, tokens = f'"{name}-{listed.stop}"', [f"t{name}x{each}" for each in listed]
            status = 304 if etag == own else 200
            if status == 200:
                body = self._feed(address, port, int(name), listed)
        elif kind == "page" and self._pages:
            status, body = 200, _page(name)
        offered = tokens if status == 200 else []
        line = [round(time.monotonic(), 4), address, path, status, offered]
        self._log.write(json.dumps(line) + "\n")
        return _response(status, body, own)

    def _feed(self, address: str, port: int, feed: int, listed: range) -> bytes:
        items = "".join(
            f"<item><title>Convoy t{feed}x{each} reaches the town</title>"
            f"<link>http://{address}:{port}/page/t{feed}x{each}</link>"
            f"<guid isPermaLink='false'>t{feed}x{each}</guid>"
            f"<description>Lead of t{feed}x{each}. {PARAGRAPH}</description></item>"
            for each in reversed(listed)
        )
        return (
            f"<?xml version='1.0'?><rss version='2.0'><channel><title>Feed {feed}</title>"
            f"<link>http://{address}:{port}/</link>{items}</channel></rss>"
        ).encode()


def _page(token: str) -> bytes:
    paragraphs = "".join(f"<p>{token} {number}. {PARAGRAPH}</p>" for number in range(6))
    return (
        f"<html lang='en'><head><title>Convoy {token} reaches the town</title></head><body><article>"
        f"<h1>Convoy {token} reaches the town</h1>{paragraphs}</article></body></html>"
    ).encode()


def _response(status: int, body: bytes, etag: str) -> bytes:
    kind = "application/rss+xml" if body.startswith(b"<?xml") else "text/html"
    head = f"HTTP/1.1 {status} X\r\nContent-Length: {len(body)}\r\nContent-Type: {kind}\r\n"
    return (head + (f"ETag: {etag}\r\n" if etag else "") + "\r\n").encode() + body


class Connection(asyncio.Protocol):
    """One connection; answers request after request."""

    def __init__(self, hosts: Hosts) -> None:
        self._hosts = hosts
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._address, self._port = transport.get_extra_info("sockname")[:2]

    def data_received(self, data: bytes) -> None:
        self._received += data
        while b"\r\n\r\n" in self._received:
            head, _, self._received = self._received.partition(b"\r\n\r\n")
            first, *fields = head.decode("latin-1").split("\r\n")
            path = urlsplit(first.split()[1]).path
            told = dict(field.split(": ", 1) for field in fields)
            etag = {name.lower(): value for name, value in told.items()}.get("if-none-match", "")
            self._transport.write(self._hosts.answer(self._address, self._port, path, etag))


async def serve(arguments: argparse.Namespace) -> None:
    """Serve until killed."""
    loop = asyncio.get_running_loop()
    with arguments.log.open("a", buffering=1) as log:
        hosts = Hosts(
            log, period=arguments.period, until=arguments.until, pages=not arguments.no_pages
        )
        port = 0
        for host in range(arguments.hosts):
            server = await loop.create_server(
                lambda: Connection(hosts), address_of(host), port, backlog=200
            )
            port = server.sockets[0].getsockname()[1]
        arguments.port_file.write_text(str(port))
        await asyncio.Event().wait()


def main() -> None:
    """Read the arguments, and serve."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hosts", type=int, default=10)
    parser.add_argument("--period", type=float, default=1.0, help="seconds between two entries")
    parser.add_argument("--until", type=float, default=1e9, help="seconds after which none is new")
    parser.add_argument("--no-pages", action="store_true")
    parser.add_argument("--log", type=Path, required=True)
    parser.add_argument("--port-file", type=Path, required=True)
    asyncio.run(serve(parser.parse_args()))


if __name__ == "__main__":
    main()
