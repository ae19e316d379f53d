"""Functions that do what parsers must not do, to be called in the sandbox."""

import os
import socket
import subprocess
import time
from pathlib import Path


def print_and_return(text: str) -> str:
    print(text * 1000)
    os.write(1, b"noise")
    return text


def named_like_nothing() -> None: ...


named_like_nothing.__qualname__ = "absent"


def connect(_: str) -> None:
    socket.create_connection(("127.0.0.1", 9), timeout=1)


def start_program(target: str) -> None:
    subprocess.run(["touch", target], check=True)


def write_file(target: str) -> None:
    Path(target).write_text("something")


def environment() -> list[str]:
    return sorted(os.environ)


def open_files() -> list[str]:
    return [str(each.readlink()) for each in Path("/proc/self/fd").iterdir() if each.is_symlink()]


def wait(seconds: float) -> float:
    time.sleep(seconds)
    return seconds
