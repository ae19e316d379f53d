"""A throw-away PostgreSQL server on a free loopback port."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class NotInstalled(Exception):
    """No PostgreSQL server is installed on this machine."""


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
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def running_server() -> Iterator[str]:
    """Start a server, give its URL, stop it and remove its files."""
    binaries, port = _binaries(), _free_port()
    with tempfile.TemporaryDirectory(prefix="tocsin-pg-") as folder:
        if os.geteuid() == 0:
            owner = pwd.getpwnam("postgres")
            os.chown(folder, owner.pw_uid, owner.pw_gid)
        place = f"{folder}/db"
        run = {"check": True, "cwd": folder, "stdout": subprocess.DEVNULL, "timeout": 60}
        subprocess.run(
            [*_as_user(), binaries / "initdb", "-D", place, "-U", "tocsin", "-A", "trust"], **run
        )
        options = f"-p {port} -c listen_addresses=127.0.0.1 -k {folder} -c fsync=off"
        control = [*_as_user(), binaries / "pg_ctl", "-D", place, "-w"]
        subprocess.run([*control, "-o", options, "-l", f"{folder}/log", "start"], **run)
        try:
            yield f"postgresql+psycopg://tocsin@127.0.0.1:{port}/postgres"
        finally:
            subprocess.run([*control, "-m", "immediate", "stop"], **run)
