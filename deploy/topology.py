"""Everything on this machine without containers: Kafka, a store, and `tocsin run`. `make run`, and tests.

The same parts as `compose.yaml`, each a process. Ctrl-C ends all of them, and so does the end of this
process, however it comes; Kafka's data and a SQLite store stay, so that the next start goes on.
"""

import argparse
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import IO

from console.machine import members
from console.run_folder import noted_roles
from deploy import postgresql
from deploy.kafka.broker import PORT, Broker, CannotStart, tied
from deploy.postgresql import Server, temporary_server

STOP_SECONDS = 60.0
"""How long `tocsin run` may take to end in order: it gives its roles 30."""

START_SECONDS = 60.0
"""How long a role may take to have a process."""


class Topology:
    """Kafka, a store and `tocsin run`, started on entry and ended on exit.

    `folder` gets their data and logs; Kafka listens on `port` and the one after it. `settings` are
    variables of the environment, `arguments` are those of `tocsin run`; what it says goes to `log`, to
    the file `run.log` unless another one is given.
    """

    def __init__(
        self,
        folder: Path,
        *,
        port: int = PORT,
        kafka: Path | None = None,
        with_postgresql: bool = False,
        settings: Mapping[str, str] = {},
        arguments: Sequence[str] = (),
        java_options: Sequence[str] = (),
        log: IO[str] | None = None,
    ) -> None:
        self.folder = folder.absolute()
        self.broker = Broker(kafka or self.folder / "kafka", port)
        self.server: Server | None = None
        self.run: subprocess.Popen[bytes] | None = None
        self._with_postgresql = with_postgresql
        self._settings = settings
        self._arguments = arguments
        self._java_options = java_options
        self._log = log
        self._ends = ExitStack()

    def __enter__(self) -> "Topology":
        self.folder.mkdir(parents=True, exist_ok=True)
        with self._ends:
            if self._with_postgresql:
                self.server = self._ends.enter_context(temporary_server())
            self._ends.callback(self.broker.stop)
            self.broker.start(java_options=self._java_options)
            self._ends.callback(self.stop_run)
            self.start_run()
            self._ends = self._ends.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._ends.close()

    @property
    def store(self) -> str:
        """Say where the store is."""
        return self.server.url if self.server else f"sqlite:///{self.folder / 'tocsin.db'}"

    @property
    def environment(self) -> dict[str, str]:
        """Give what any command of Tocsin must be told to belong to this topology."""
        return {
            **os.environ,
            "TOCSIN_STORE_URL": self.store,
            "TOCSIN_KAFKA_BOOTSTRAP_SERVERS": self.broker.bootstrap_servers,
            **self._settings,
        }

    @property
    def state(self) -> Path:
        """Say where `tocsin run` notes its processes."""
        return self.folder / "tocsin.db.run"

    @property
    def run_log(self) -> Path:
        """Say where what it says is kept, unless it goes elsewhere."""
        return self.folder / "run.log"

    def command(self, *words: str) -> list[str]:
        """Give how a command of Tocsin is called."""
        return [sys.executable, "-m", "console", *words]

    def start_run(self) -> None:
        """Start `tocsin run`."""
        (self.state / "roles.json").unlink(missing_ok=True)
        with ExitStack() as opened:
            log = self._log or opened.enter_context(self.run_log.open("a"))
            self.run = subprocess.Popen(
                tied(*self.command("run", f"--state={self.state}", *self._arguments)),
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C is for us: we end it in order
            )

    def stop_run(self) -> None:
        """End `tocsin run` in order, or by force where that takes too long."""
        if self.run is None:
            return
        self.run.terminate()
        try:
            self.run.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill_run()

    def kill_run(self) -> None:
        """Kill `tocsin run`; the kernel ends its roles."""
        assert self.run is not None
        self.run.kill()
        self.run.wait()

    def pid(self, role: str) -> int:
        """Name the process of a role, 0 while it waits to be started again."""
        return noted_roles(self.state).get(role, 0)

    def wait_for(self, roles: Iterable[str], seconds: float = START_SECONDS) -> None:
        """Wait until these roles have processes. Raises `TimeoutError`."""
        wanted = list(roles)
        self._await(lambda: all(map(self.pid, wanted)), seconds, f"not all run of {wanted}")

    def _await(self, is_so: Callable[[], bool], seconds: float, otherwise: str) -> None:
        deadline = time.monotonic() + seconds
        while not is_so():
            if time.monotonic() > deadline:
                raise TimeoutError(f"{otherwise} after {seconds:.0f} s; see {self.run_log}")
            time.sleep(0.05)

    def kill(self, role: str) -> int:
        """Kill a role that has a process; give its id. It is started again."""
        self.wait_for([role])
        pid = self.pid(role)
        os.kill(pid, signal.SIGKILL)
        return pid

    def kill_prism(self, role: str) -> int:
        """Kill the Prism of a role, as soon as it has one; give its id. Raises `TimeoutError`."""
        pid = 0

        def is_there() -> bool:
            nonlocal pid
            pid = next(filter(_is_prism, members(self.pid(role))), 0)
            return bool(pid)

        self._await(is_there, START_SECONDS, f"{role} has no Prism")
        os.kill(pid, signal.SIGKILL)
        return pid

    def restart_kafka(self) -> None:
        """Kill Kafka and start it again."""
        self.broker.kill()
        self.broker.start(java_options=self._java_options)

    def restart_postgresql(self) -> None:
        """Kill PostgreSQL and start it again."""
        assert self.server is not None
        self.server.kill()
        self.server.start()


def _is_prism(pid: int) -> bool:
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return False
    return Path(os.fsdecode(command[0])).name.startswith(("prism", "apache_beam"))


def main() -> int:
    """Run everything in the foreground until Ctrl-C or SIGTERM."""
    parser = argparse.ArgumentParser(prog="python -m deploy.topology", description=__doc__)
    parser.add_argument("--port", type=int, default=PORT, help="also takes the port after it")
    parser.add_argument("--folder", type=Path, default=Path(), help="where the store and logs lie")
    parser.add_argument("--postgresql", action="store_true", help="a store that is gone at the end")
    parser.add_argument("arguments", nargs="*", help="of `tocsin run`, after --")
    given = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    topology = Topology(
        given.folder,
        port=given.port,
        kafka=given.folder / ".kafka",
        with_postgresql=given.postgresql,
        arguments=given.arguments,
        log=sys.stderr,
    )
    try:
        with topology:
            print(
                f"Kafka: {topology.broker.bootstrap_servers}. Store: {topology.store}", flush=True
            )
            assert topology.run is not None
            return topology.run.wait()
    except (CannotStart, postgresql.CannotStart) as error:
        print(f"Error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 0


if __name__ == "__main__":
    sys.exit(main())
