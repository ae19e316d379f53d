"""The inside of the sandbox: what runs in each child process. Started by `connectors.sandbox` only.

Frames go both ways: a byte that says what follows, its length, and MessagePack.
"""

import importlib
import os
import signal
import struct
import sys
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import msgspec

from schemas import Rejected

RESULT_LIMIT = 64 << 20
"""Bytes of one result."""

HEADER = struct.Struct("!BI")
"""Kind and length of a frame."""

OK, REJECTED, FAILED, BROKEN = range(4)
"""A result; a bad record; a parser that failed; a function that is not there, which is a bug."""


class Request(msgspec.Struct, array_like=True):
    """A call, as it goes to the child. `function` is `module:name`."""

    function: str
    arguments: tuple[Any, ...]
    keywords: dict[str, Any]


def main(cpu_seconds: float, memory_mb: int) -> None:
    """Serve calls from standard input until it ends."""
    requests, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    void = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):  # what a library prints must not get among the answers
        os.dup2(void, descriptor)
    os.close(void)
    _confine(memory_mb)
    answers.write(HEADER.pack(OK, 0))
    answers.flush()
    while header := requests.read(HEADER.size):
        request = requests.read(HEADER.unpack(header)[1])
        signal.setitimer(signal.ITIMER_PROF, cpu_seconds)
        kind, content = _answer(request)
        signal.setitimer(signal.ITIMER_PROF, 0)
        answers.write(HEADER.pack(kind, len(content)) + content)
        answers.flush()


def _answer(request: bytes) -> tuple[int, bytes]:
    """Do one call. After a failure that is none of ours the child is not used again."""
    try:
        call = msgspec.msgpack.decode(request, type=Request)
        function = _function(call.function)
    except Exception as error:
        return BROKEN, msgspec.msgpack.encode(("broken", _printable(repr(error))))
    try:
        result = function(*call.arguments, **call.keywords)
        content = msgspec.msgpack.encode(result)
        if len(content) > RESULT_LIMIT:
            raise Rejected("too-large", f"unpacks to over {RESULT_LIMIT >> 20} MiB")
        return OK, content
    except Rejected as error:
        return REJECTED, msgspec.msgpack.encode((error.code, _printable(error.reason)))
    except MemoryError:
        return FAILED, msgspec.msgpack.encode(("memory", "took too much memory to parse"))
    except Exception as error:
        reason = f"the parser failed: {type(error).__name__}: {error}"[:500]
        return FAILED, msgspec.msgpack.encode(("crash", _printable(reason)))


def _printable(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")


@lru_cache(maxsize=64)
def _function(name: str) -> Callable[..., Any]:
    module, _, path = name.partition(":")
    found: Any = importlib.import_module(module)
    for part in path.split("."):
        found = getattr(found, part)
    return found  # type: ignore[no-any-return]


def _confine(memory_mb: int) -> None:
    """Give up what parsing does not need."""
    import resource

    _leave_network()
    memory = memory_mb << 20
    for what, limit in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NOFILE, 64),
    ):
        hard = resource.getrlimit(what)[1]
        limit = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
        resource.setrlimit(what, (limit, limit))
    sys.addaudithook(_refuse)


def _leave_network() -> None:
    """Move to a network of nobody, where the kernel lets us (else the audit hook stands alone)."""
    import ctypes

    new_user, new_network = 0x10000000, 0x40000000  # CLONE_NEWUSER, CLONE_NEWNET of <sched.h>
    try:
        kernel = ctypes.CDLL(None, use_errno=True)
        if kernel.unshare(new_network) != 0:
            kernel.unshare(new_user | new_network)
    except (OSError, AttributeError):  # a system without it
        return


_REFUSED = (
    "socket.connect",
    "socket.bind",
    "socket.sendto",
    "socket.getaddrinfo",
    "subprocess.Popen",
    "os.system",
    "os.exec",
    "os.fork",
    "os.forkpty",
    "os.posix_spawn",
    "os.remove",
    "os.rename",
    "os.rmdir",
    "os.kill",
)
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


def _refuse(event: str, arguments: tuple[Any, ...]) -> None:
    """Refuse what no parser has a reason to do."""
    if event in _REFUSED or (event == "open" and arguments[2] & _WRITING):
        raise PermissionError(f"{event} is refused in the sandbox")


if __name__ == "__main__":
    main(float(sys.argv[1]), int(sys.argv[2]))
