"""A PostgreSQL server on this machine, from the installed binaries: for tests and trials.

It listens on loopback without a password, and trusts that the machine stays up (`fsync` is off). Its
data lie among the temporary files, and are gone with it.
"""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

HOST = "127.0.0.1"

ANSWER_SECONDS = 60
"""A server answers after a second; after it was killed it first goes through its log."""


class CannotStart(Exception):
    """The server does not start; the message has its last words."""


class NotInstalled(CannotStart):
    """No PostgreSQL server is installed on this machine."""


class Server:
    """One server: `folder` has its data and its log."""

    def __init__(self, folder: Path, port: int = 0) -> None:
        self.folder = folder
        self.port = port or _free_port()

    @property
    def url(self) -> str:
        """Say where its database is, as `[store] url`."""
        return f"postgresql+psycopg://tocsin@{HOST}:{self.port}/postgres"

    @property
    def pid(self) -> int:
        """Name its first process; it must be running."""
        return int((self._data / "postmaster.pid").read_text().split()[0])

    def start(self) -> None:
        """Start it and wait until it answers. Raises `CannotStart`."""
        if not self._data.exists():
            made = self._run("initdb", "-D", self._data, "-U", "tocsin", "-A", "trust")
            if made.returncode:
                raise CannotStart(f"cannot prepare {self._data}:\n{made.stdout}")
        options = f"-p {self.port} -c listen_addresses={HOST} -k {self.folder} -c fsync=off"
        deadline = time.monotonic() + ANSWER_SECONDS
        # Right after it was killed its last children may still hold the data.
        while self._control("-o", options, "-l", self.folder / "log", "start").returncode:
            if time.monotonic() > deadline:
                raise CannotStart(f"PostgreSQL does not start:\n{self._last_words()}")
            time.sleep(0.2)

    def stop(self) -> None:
        """End it at once, clients or not; what was committed is there at the next start."""
        self._control("-m", "immediate", "stop")

    def kill(self) -> None:
        """Kill it; its children end by themselves when they see that."""
        with suppress(FileNotFoundError, ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)

    @property
    def _data(self) -> Path:
        return self.folder / "db"

    def _control(self, *words: str | Path) -> subprocess.CompletedProcess[str]:
        seconds = str(ANSWER_SECONDS)
        return self._run("pg_ctl", "-D", self._data, "-w", "-t", seconds, *words)

    def _run(self, program: str, *words: str | Path) -> subprocess.CompletedProcess[str]:
        # Into a file: a server that is started keeps what it was given to write to.
        with tempfile.TemporaryFile("w+") as said:
            ended = subprocess.run(
                [*_as_user(), _binaries() / program, *words],
                cwd=self.folder,
                stdout=said,
                stderr=said,
                text=True,
            )
            said.seek(0)
            return subprocess.CompletedProcess(ended.args, ended.returncode, said.read())

    def _last_words(self) -> str:
        log = self.folder / "log"
        return "\n".join(log.read_text().splitlines()[-20:]) if log.exists() else ""


@contextmanager
def temporary_server() -> Iterator[Server]:
    """Start a server, hand it over, stop it and remove its files. Raises `CannotStart`."""
    _binaries()
    with tempfile.TemporaryDirectory(prefix="tocsin-pg-", ignore_cleanup_errors=True) as folder:
        if os.geteuid() == 0:
            owner = pwd.getpwnam("postgres")
            os.chown(folder, owner.pw_uid, owner.pw_gid)
        server = Server(Path(folder))
        try:
            server.start()
            yield server
        finally:
            server.stop()


def _binaries() -> Path:
    found = shutil.which("initdb")
    if found:
        return Path(found).parent
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not versions:
        raise NotInstalled("initdb is neither on the path nor under /usr/lib/postgresql")
    return versions[-1].parent


def _as_user() -> list[str]:
    """PostgreSQL refuses to run as root: use the user that its package makes."""
    if os.geteuid() != 0:
        return []
    return ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port
