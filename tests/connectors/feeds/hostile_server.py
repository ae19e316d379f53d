"""A server that answers in every wrong way we know. A process of its own: `running()` starts it.

`/NAME` answers as the case of that name.
"""

import asyncio
import contextlib
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from tests.connectors.feeds import hostile_bodies, hostile_heads
from tests.connectors.feeds.hostile import CASES, FOREVER, Writer, reply, send

__all__ = ["CASES", "FOREVER", "hostile_bodies", "hostile_heads", "running"]


async def serve(reader: asyncio.StreamReader, writer: Writer) -> None:
    with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, TimeoutError):
        head = await reader.readuntil(b"\r\n\r\n")
        name = head.split(b" ", 2)[1].decode().removeprefix("/")
        found = CASES.get(name)
        if found is None:
            await send(writer, reply(b"", status=b"404 Not Found"))
        else:
            await found[0](writer)
    writer.close()


async def main() -> None:
    server = await asyncio.start_server(serve, "127.0.0.1", 0, limit=1 << 20)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    server.close()


@contextmanager
def running() -> Iterator[str]:
    """Start the server and give its address; it ends with the block, or with us."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.connectors.feeds.hostile_server"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        try:
            yield f"http://127.0.0.1:{int(process.stdout.readline())}"
        finally:
            process.kill()


if __name__ == "__main__":
    asyncio.run(main())
