"""Killable child processes for everything that parses what strangers wrote. Not a thread pool.

A parser in C cannot be stopped from outside but by killing its process, so each worker is a child
that is started once, called many times, and replaced when it dies. It is started as a program of its
own (never forked: the parent may have threads), gets no environment and no open files of the parent,
and works under limits that the kernel keeps: processor time, memory, file size, descriptors. Where
the kernel allows, it has no network; an audit hook refuses sockets, programs and writing besides.

What is called is named, never pickled; arguments and results travel as MessagePack.
"""

import atexit
import inspect
import os
import queue
import select
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from pathlib import Path
from typing import Any, ParamSpec, TypeVar, get_type_hints

import msgspec

from connectors.sandbox_child import BROKEN, FAILED, HEADER, OK, Request
from schemas import Rejected, Unavailable

CPU_SECONDS = 5.0
"""Processor time for one call. A news page takes a tenth of a second."""

WALL_SECONDS = 20.0
"""Time for one call by the clock: only for what waits, so that a busy machine rejects nothing."""

START_SECONDS = 60.0
"""Time for a child to start, on the busiest machine."""

MEMORY_MB = 512
"""Address space of a child, its interpreter and libraries (200 MB) included."""

CALLS = 5000
"""Calls after which a child is replaced, because parsers leak and fragment memory."""

_TIMED_OUT = (-signal.SIGPROF, -signal.SIGXCPU)

Parameters = ParamSpec("Parameters")
Item = TypeVar("Item")
Result = TypeVar("Result")


class Sandbox:
    """A pool of `size` children. Safe to call from many threads; closed by `close` or `with`."""

    def __init__(
        self,
        size: int = 1,
        wall_seconds: float = WALL_SECONDS,
        memory_mb: int = MEMORY_MB,
        cpu_seconds: float = CPU_SECONDS,
    ) -> None:
        self._limits = (min(cpu_seconds, wall_seconds), memory_mb)
        self._wall_seconds = wall_seconds
        self._size = size
        self._workers: queue.LifoQueue[_Worker | None] = queue.LifoQueue()
        for _ in range(size):
            self._workers.put(None)

    def __enter__(self) -> "Sandbox":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def call(
        self,
        function: Callable[Parameters, Result],
        *arguments: Parameters.args,
        **keywords: Parameters.kwargs,
    ) -> Result:
        """Call an importable top-level function in a child and return what it returns.

        The result is decoded as the type that the function is annotated with. Raises the `Rejected`
        that the function raised, or `Rejected` with code `timeout`, `memory`, `crash` or `too-large`.
        """
        name = f"{function.__module__}:{function.__qualname__}"
        try:
            request = msgspec.msgpack.encode(Request(name, arguments, dict(keywords)))
        except (UnicodeEncodeError, OverflowError) as error:
            raise Rejected("not-text", f"cannot be handed over: {error}") from error
        worker = self._workers.get()
        try:
            if worker is None or not worker.is_running:
                if worker is not None:
                    worker.close()
                worker = _Worker(*self._limits)
            answer = worker.call(request, self._wall_seconds)
            return _decoder(function).decode(answer)  # type: ignore[no-any-return]
        finally:
            if worker is not None and not worker.is_alive:
                worker.close()
                worker = None
            self._workers.put(worker)

    def map(self, function: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
        """Apply a function of this process, which calls the sandbox, to many items at once.

        Results come in the order of the items; no more than a few wait, however many items there are.
        """
        with ThreadPoolExecutor(self._size) as threads:
            waiting: deque[Any] = deque()
            for item in items:
                waiting.append(threads.submit(function, item))
                if len(waiting) > 2 * self._size:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()

    def close(self) -> None:
        """End every child that is idle; one that works ends when its call does."""
        for _ in range(self._size):
            try:
                worker = self._workers.get_nowait()
            except queue.Empty:
                return
            if worker is not None:
                worker.close()
            self._workers.put(None)


class _Worker:
    """One child process and the pipes to it."""

    def __init__(self, cpu_seconds: float, memory_mb: int) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter, our own module
            [
                sys.executable,
                "-P",
                "-m",
                "connectors.sandbox_child",
                str(cpu_seconds),
                str(memory_mb),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={
                "PYTHONPATH": os.pathsep.join(
                    str(Path(path).resolve()) for path in sys.path if path
                ),
                "PYTHONHASHSEED": "0",
                "PYTHONUTF8": "1",
                "PYTHONDONTWRITEBYTECODE": "1",
                "TZ": "UTC",
                "OPENBLAS_NUM_THREADS": "1",
                "MALLOC_ARENA_MAX": "1",
            },
            cwd="/",
            bufsize=0,
            start_new_session=True,
        )
        self._calls = 0
        self.is_alive = True

    @property
    def is_running(self) -> bool:
        """Tell whether the child is there: it may have been killed while it was idle."""
        return self.is_alive and self._process.poll() is None

    def call(self, request: bytes, wall_seconds: float) -> bytes:
        """Send a request and wait for its answer. Raises `Rejected`."""
        self._calls += 1
        if self._calls == 1:
            self._await_start()
        deadline = time.monotonic() + wall_seconds
        try:
            self._send(HEADER.pack(OK, len(request)) + request, deadline)
            kind, size = HEADER.unpack(self._receive(HEADER.size, deadline))
            content = self._receive(size, deadline)
        except (_Died, BrokenPipeError):
            raise self._why_it_died() from None
        if self._calls >= CALLS:
            self.is_alive = False
        if kind == OK:
            return content
        code, reason = msgspec.msgpack.decode(content, type=tuple[str, str])
        if kind == BROKEN:
            raise RuntimeError(f"the sandbox cannot call this: {reason}")
        if kind == FAILED:
            self.is_alive = False
        raise Rejected(code, reason)

    def close(self) -> None:
        """Kill the child and give its pipes back."""
        self.is_alive = False
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()

    def _await_start(self) -> None:
        """Wait for the child to say that it is ready: starting is not part of a call."""
        try:
            self._receive(HEADER.size, time.monotonic() + START_SECONDS)
        except _Died:
            self.is_alive = False
            raise Unavailable("the sandbox for parsers does not start") from None

    def _send(self, content: bytes, deadline: float) -> None:
        assert self._process.stdin is not None
        rest = memoryview(content)
        descriptor = self._process.stdin.fileno()
        while rest:
            if not select.select([], [descriptor], [], max(deadline - time.monotonic(), 0))[1]:
                raise _Died
            rest = rest[os.write(descriptor, rest[:65536]) :]

    def _receive(self, size: int, deadline: float) -> bytes:
        """Read exactly `size` bytes before the deadline."""
        assert self._process.stdout is not None
        descriptor = self._process.stdout.fileno()
        parts: list[bytes] = []
        while size:
            if not select.select([descriptor], [], [], max(deadline - time.monotonic(), 0))[0]:
                raise _Died
            part = os.read(descriptor, min(size, 1 << 20))
            if not part:
                raise _Died
            parts.append(part)
            size -= len(part)
        return b"".join(parts)

    def _why_it_died(self) -> Rejected:
        """Take leave of a child that gave no answer, and say why in words."""
        self.is_alive = False
        try:
            status = self._process.wait(0.05)
        except subprocess.TimeoutExpired:
            return Rejected("timeout", "took too long to parse")
        if status in _TIMED_OUT:
            return Rejected("timeout", "took too much processor time to parse")
        return Rejected("crash", f"the parser crashed ({_named(status)})")


class _Died(Exception):
    """The child gave no answer."""


def _named(status: int) -> str:
    """Name the way a process ended."""
    try:
        return signal.Signals(-status).name if status < 0 else f"exit status {status}"
    except ValueError:
        return f"signal {-status}"


@lru_cache(maxsize=64)
def _decoder(function: Callable[..., Any]) -> msgspec.msgpack.Decoder[Any]:
    """Make the decoder of what a function returns; of anything where it is not annotated."""
    hints = get_type_hints(function) if inspect.isfunction(function) else {}
    return msgspec.msgpack.Decoder(hints.get("return", Any))


_shared: tuple[int, Sandbox] | None = None
_shared_lock = threading.Lock()


def shared_sandbox() -> Sandbox:
    """Return the sandbox of this process, one child for each core; children start when needed."""
    global _shared
    with _shared_lock:
        if _shared is None or _shared[0] != os.getpid():  # a forked process has no share in it
            sandbox = Sandbox(size=os.cpu_count() or 1)
            atexit.register(sandbox.close)
            _shared = (os.getpid(), sandbox)
        return _shared[1]
