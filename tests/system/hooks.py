"""Receivers of webhooks in a process of their own: many ports, most of them well, some dead in several ways.

Every POST is a line of a log: what was sent, when it was answered, how many its port had at that time.
"""

import argparse
import asyncio
import contextlib
import json
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.contracts.tree import ROOT
from tests.tls import server_side

DEAD = ("refuse", "hang", "fail")
"""Ways to be dead: nobody listens, nothing is answered, everything is a 500."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """What a receiver was sent: headers by lower-case name, and when it was answered.

    `answered` is in seconds since 1970, 0.0 for never.
    """

    port: int
    path: str
    headers: dict[str, str]
    body: str
    at_once: int
    answered: float

    @property
    def id(self) -> str:
        """The id of the message."""
        return self.headers["webhook-id"]


@dataclass(frozen=True, slots=True)
class Hooks:
    """Where the receivers are, what each of them is, and their log."""

    kinds: dict[int, str]
    log: Path

    def posts(self) -> list[Posted]:
        """Read what was sent so far; a line that is being written is left."""
        lines = self.log.read_text().splitlines(keepends=True)
        return [Posted(**json.loads(line)) for line in lines if line.endswith("\n")]


class _Receiver:
    """One port."""

    def __init__(self, kind: str, seconds: float, log: Any) -> None:
        self._kind = kind
        self._seconds = seconds
        self._log = log
        self._at_once = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._at_once += 1
        at_once = self._at_once
        try:
            with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
                await self._answer(reader, writer, at_once)
        finally:
            self._at_once -= 1
            writer.close()

    async def _answer(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, at_once: int
    ) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        pairs = (line.split(": ", 1) for line in head[1:] if line)
        headers = {name.lower(): value for name, value in pairs}
        body = await reader.readexactly(int(headers["content-length"]))
        if self._kind == "hang":
            self._note(writer, head, headers, body, at_once, 0.0)
            await reader.read()  # until the other side has had enough
            return
        await asyncio.sleep(self._seconds)
        status = b"500 Oops" if self._kind == "fail" else b"204 No Content"
        self._note(writer, head, headers, body, at_once, time.time())
        writer.write(b"HTTP/1.1 " + status + b"\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()

    def _note(
        self,
        writer: asyncio.StreamWriter,
        head: Sequence[str],
        headers: dict[str, str],
        body: bytes,
        at_once: int,
        answered: float,
    ) -> None:
        line = {
            "port": writer.get_extra_info("sockname")[1],
            "path": head[0].split(" ")[1],
            "headers": headers,
            "body": body.decode(),
            "at_once": at_once,
            "answered": answered,
        }
        self._log.write(json.dumps(line) + "\n")
        self._log.flush()


async def serve(given: argparse.Namespace) -> None:
    """Listen until our input ends; the first line of output says which port is what."""
    kinds: dict[int, str] = {}
    servers = []
    tls = server_side(given.certificate) if given.certificate else None
    with given.log.open("w") as log:
        for number in range(given.ports):
            kind = DEAD[number % len(DEAD)] if number < given.dead else "well"
            receiver = _Receiver(kind, given.seconds, log)
            server = await asyncio.start_server(receiver.serve, "127.0.0.1", 0, ssl=tls)
            kinds[server.sockets[0].getsockname()[1]] = kind
            if kind == "refuse":
                server.close()
            servers.append(server)
        print(json.dumps(kinds), flush=True)
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


@contextmanager
def running_hooks(
    folder: Path,
    ports: int,
    *,
    dead: int = 0,
    seconds: float = 0.05,
    certificate: Path | None = None,
) -> Iterator[Hooks]:
    """Start receivers, of which the first are dead; the others answer after so many seconds.

    With a certificate (PEM, and its key) they speak TLS.
    """
    log = folder / "posts.jsonl"
    options = [f"--ports={ports}", f"--dead={dead}", f"--seconds={seconds}", f"--log={log}"]
    if certificate:
        options.append(f"--certificate={certificate}")
    with subprocess.Popen(
        [sys.executable, "-m", "tests.system.hooks", *options],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        try:
            kinds = json.loads(process.stdout.readline())
            yield Hooks({int(port): kind for port, kind in kinds.items()}, log)
        finally:
            process.kill()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ports", type=int, required=True)
    parser.add_argument("--dead", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=0.05)
    parser.add_argument("--log", type=Path, required=True)
    parser.add_argument("--certificate", type=Path)
    asyncio.run(serve(parser.parse_args()))


if __name__ == "__main__":
    main()
