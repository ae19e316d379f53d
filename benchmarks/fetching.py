"""What fetching refuses, what it withstands, and how fast it is, against servers on loopback.

    python -m benchmarks.fetching [--requests N]

Prints the forms tried and the connections made to refused addresses, each hostile answer with seconds
and growth of memory, and the requests a second of one process. Exits 1 where a limit is broken.
"""

import argparse
import asyncio
import multiprocessing
import resource
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from connectors.feeds.fetch import Fetcher, FetchError, Limits
from connectors.feeds.hosts import Hosts
from tests.connectors.feeds.hostile import reply
from tests.connectors.feeds.hostile_server import CASES, FOREVER, running
from tests.connectors.feeds.web import fetcher
from tests.ssrf import ADDRESSES, URLS
from tocsin.addresses import is_public

MOST_SECONDS = 6.0
MOST_GROWTH_MB = 64.0
LEAST_PER_SECOND = 400
AT_ONCE = 100
FEED = b"<item><title>A title of the usual length</title></item>" * 600
DIALLED: list[str] = []


def note(event: str, arguments: tuple[object, ...]) -> None:
    if event == "socket.connect" and isinstance(arguments[1], tuple):
        DIALLED.append(str(arguments[1][0]))


def peak_mb() -> float:
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


async def forms() -> int:
    """Try every form: as URL by the strict rules, as URL dialled, as what a name resolves to."""
    outcomes: Counter[str] = Counter()

    async def resolve(host: str, port: int) -> Sequence[str]:
        return [ADDRESSES[int(host.split(".")[0])] if host[0].isdigit() else "127.0.0.1"]

    async def tries(fetching: Fetcher, urls: Sequence[str]) -> None:
        for url in urls:
            try:
                await fetching.fetch(url)
                outcomes["FETCHED"] += 1
            except FetchError as error:
                outcomes[error.code] += 1

    names = [f"http://{number}.river.example/" for number in range(len(ADDRESSES))]
    sys.addaudithook(note)
    async with (
        Fetcher(Hosts(0.0), agent="bench", resolve=resolve) as strict,
        fetcher(policy=is_public, resolve=resolve) as lax,
    ):
        await tries(strict, URLS)
        await tries(lax, URLS)
        await tries(lax, names)
    print(f"forms: {len(set(URLS))} URLs, {len(set(ADDRESSES))} addresses; {dict(outcomes)}")
    print(f"  connections to refused addresses: {len(DIALLED)}", flush=True)
    return len(DIALLED) + outcomes["FETCHED"]


async def hostile(base: str) -> int:
    """Fetch every hostile answer; the worst of them, and how many broke a limit."""
    broken, worst_seconds, worst_growth = 0, (0.0, ""), (0.0, "")
    names = [name for name in CASES if not name.startswith("hops-") or name == "hops-0"]
    for name in names:
        seconds = 0.5 if name in FOREVER else 5.0
        async with fetcher(limits=Limits(total_seconds=seconds)) as fetching:
            await fetching.fetch(f"{base}/plain")
            Path("/proc/self/clear_refs").write_text("5")
            before, began = peak_mb(), time.monotonic()
            try:
                outcome: str | int = (await fetching.fetch(f"{base}/{name}")).status
            except FetchError as error:
                outcome = error.code
            took, growth = time.monotonic() - began, peak_mb() - before
        worst_seconds = max(worst_seconds, (took, name))
        worst_growth = max(worst_growth, (growth, name))
        if took > MOST_SECONDS or growth > MOST_GROWTH_MB or outcome not in CASES[name][1]:
            broken += 1
            print(f"  {name}: {outcome}, {took:.2f} s, {growth:.1f} MB")
    print(
        f"hostile answers: {len(names)}, {broken} broke a limit; slowest {worst_seconds[1]}"
        f" {worst_seconds[0]:.2f} s; most memory {worst_growth[1]} {worst_growth[0]:.1f} MB",
        flush=True,
    )
    return broken


def serve(place: "multiprocessing.connection.Connection") -> None:  # type: ignore[name-defined]
    """Serve a feed of 33 KB, or 304 to who has it. A process of its own."""
    answer = reply(FEED, b'ETag: "a"')
    unchanged = b'HTTP/1.1 304 Not Modified\r\nETag: "a"\r\n\r\n'

    async def one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        writer.write(unchanged if b"If-None-Match" in head else answer)
        writer.close()

    async def run() -> None:
        server = await asyncio.start_server(one, "0.0.0.0", 0, backlog=1000)
        place.send(server.sockets[0].getsockname()[1])
        async with server:
            await server.serve_forever()

    asyncio.run(run())


async def speed(port: int, requests: int) -> float:
    """Fetch from as many hosts as there are requests, 70 of 100 with a validator; requests a second."""
    urls = [
        f"http://127.{n >> 16 & 255}.{n >> 8 & 255}.{n & 255}:{port}/feed"
        for n in range(1, requests + 1)
    ]
    waiting = iter(enumerate(urls))
    async with fetcher(Hosts(2.0)) as fetching:

        async def some() -> None:
            for number, url in waiting:
                await fetching.fetch(url, etag='"a"' if number % 10 < 7 else "")

        began, used = time.monotonic(), resource.getrusage(resource.RUSAGE_SELF)
        await asyncio.gather(*(some() for _ in range(AT_ONCE)))
        took, after = time.monotonic() - began, resource.getrusage(resource.RUSAGE_SELF)
    cpu = after.ru_utime + after.ru_stime - used.ru_utime - used.ru_stime
    print(
        f"speed: {requests} requests to as many hosts, {AT_ONCE} at once: {requests / took:.0f} a second,"
        f" {1000 * cpu / requests:.2f} ms of one core each ({requests / cpu:.0f} a second and core)",
        flush=True,
    )
    return requests / cpu


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--requests", type=int, default=5000)
    requests = arguments.parse_args().requests
    ours, theirs = multiprocessing.Pipe()
    server = multiprocessing.get_context("spawn").Process(target=serve, args=(theirs,), daemon=True)
    server.start()
    try:
        rate = asyncio.run(speed(ours.recv(), requests))
    finally:
        server.kill()
    broken = asyncio.run(forms())
    with running() as base:
        broken += asyncio.run(hostile(base))
    return 1 if broken or rate < LEAST_PER_SECOND else 0


if __name__ == "__main__":
    sys.exit(main())
