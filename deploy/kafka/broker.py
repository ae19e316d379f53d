"""A Kafka broker of one node, from Maven Central's jars: `make kafka`, and the tests.

The jars are fetched once into a cache. The broker listens on this machine only, without passwords.
Ctrl-C ends it; what was written stays, and the next start finds it.
"""

import argparse
import base64
import fcntl
import hashlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Sequence
from pathlib import Path

from pipelines import launcher

POM = Path(__file__).with_name("pom.xml")
HOST = "127.0.0.1"
PORT = 9092
OLDEST_JAVA = 17
START_SECONDS = 90.0
"""A broker answers after some five seconds, on a loaded machine after fifteen."""

STOP_SECONDS = 30.0

PROPERTIES = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@{host}:{controller_port}
listeners=PLAINTEXT://{host}:{port},CONTROLLER://{host}:{controller_port}
advertised.listeners=PLAINTEXT://{host}:{port}
controller.listener.names=CONTROLLER
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
log.dirs={data}
# A misspelt topic is an error, not a new topic; `tocsin topics create` makes ours.
auto.create.topics.enable=false
offsets.topic.replication.factor=1
offsets.topic.num.partitions=3
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
"""


def tied(*command: str | Path) -> list[str]:
    """Give how a command is called that is to end when we do, however we end.

    Linux watches the thread that starts it: where that is not the main one, the command is left as it is.
    """
    if threading.current_thread() is not threading.main_thread():
        return list(map(str, command))
    return launcher.tied(*map(str, command))


class CannotStart(Exception):
    """The broker cannot be had; the message says what to do."""


class NotInstalled(CannotStart):
    """What it takes is missing on this machine: Java, or the jars and what fetches them."""


class Broker:
    """One broker: its data and log lie in `folder`, it listens on `port` of this machine.

    `extra` are further lines of `server.properties`, which go before ours.
    """

    def __init__(
        self,
        folder: Path,
        port: int = PORT,
        controller_port: int | None = None,
        *,
        extra: str = "",
    ) -> None:
        self.folder = folder.absolute()
        self.port = port
        self._extra = extra
        self._controller_port = controller_port or port + 1
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def bootstrap_servers(self) -> str:
        """Say where clients find it."""
        return f"{HOST}:{self.port}"

    @property
    def pid(self) -> int:
        """Name its process. It must have been started."""
        assert self._process is not None
        return self._process.pid

    @property
    def log(self) -> Path:
        """Say where the broker writes what it has to say."""
        return self.folder / "broker.log"

    def start(self, *, java_options: Sequence[str] = ()) -> None:
        """Start it and wait until it answers. Raises `CannotStart`."""
        classpath = f"{jars()}/*"
        for port in (self.port, self._controller_port):
            _check_free(port)
        self._format(classpath)
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                tied(*_java(), *java_options, "-cp", classpath, "kafka.Kafka", self._properties),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C is for us: we end it in order
            )
        self._await_answer()

    def wait(self) -> int:
        """Wait until it ends by itself; return its exit status."""
        assert self._process is not None
        return self._process.wait()

    def stop(self) -> None:
        """End it in order, or by force where that takes too long."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """End it as a power cut would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    @property
    def _properties(self) -> Path:
        return self.folder / "server.properties"

    def _format(self, classpath: str) -> None:
        """Write the settings; prepare the data folder, unless that was done before."""
        data = self.folder / "data"
        self.folder.mkdir(parents=True, exist_ok=True)
        self._properties.write_text(
            PROPERTIES.format(
                host=HOST, port=self.port, controller_port=self._controller_port, data=data
            )
            + self._extra  # of two lines for one key the later one holds
        )
        if (data / "meta.properties").exists():
            return
        tool = [*_java(), "-cp", classpath, "kafka.tools.StorageTool", "format"]
        tool += ["--cluster-id", _cluster_id(), "--config", str(self._properties)]
        done = subprocess.run(tool, capture_output=True, text=True)
        if done.returncode:
            raise CannotStart(f"cannot prepare {data}:\n{done.stdout}{done.stderr}")

    def _await_answer(self) -> None:
        """Ask until the broker names its cluster."""
        from kafka.admin import KafkaAdminClient
        from kafka.errors import KafkaError

        assert self._process is not None
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                raise CannotStart(
                    f"the broker ended at once; its last words:\n{self._last_words()}"
                )
            if not _listens(self.port):
                time.sleep(0.1)
                continue
            try:
                admin = KafkaAdminClient(
                    bootstrap_servers=self.bootstrap_servers, bootstrap_timeout_ms=5000
                )
            except KafkaError:
                continue
            try:
                if admin.describe_cluster()["brokers"]:
                    return
            except KafkaError:
                continue
            finally:
                admin.close()
        self.kill()
        raise CannotStart(f"no answer within {START_SECONDS:.0f} seconds:\n{self._last_words()}")

    def _last_words(self) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-20:])


JAVA_OPTIONS = (
    "-Xmx256m",
    "-XX:+UseSerialGC",
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
    "-Dorg.slf4j.simpleLogger.showDateTime=true",
    "-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd'T'HH:mm:ss",
)


def jars() -> Path:
    """Give the folder of the jars; fetch them where they are not there. Raises `CannotStart`.

    It lies under `TOCSIN_KAFKA_JARS` or the cache of the user, one folder for each `pom.xml`.
    """
    given = os.environ.get("TOCSIN_KAFKA_JARS")
    cache = Path(given) if given else _cache() / "tocsin" / "kafka"
    wanted = cache / hashlib.sha256(POM.read_bytes()).hexdigest()[:12]
    if wanted.is_dir():
        return wanted
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two that start at once fetch once
        if not wanted.is_dir():
            _fetch(wanted)
    return wanted


def _cache() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")


def _fetch(wanted: Path) -> None:
    """Let Maven fetch the jars into a folder that appears when all are there."""
    maven = shutil.which("mvn")
    if maven is None:
        raise NotInstalled(
            "Maven fetches Kafka's jars, and there is no `mvn` on the path."
            " Install it (Debian: apt-get install maven)."
        )
    print("Fetching Kafka's jars (44 MB, once) ...", file=sys.stderr, flush=True)
    with tempfile.TemporaryDirectory(dir=wanted.parent) as scratch:
        folder = Path(scratch) / "jars"
        fetched = subprocess.run(
            [
                maven,
                *["-q", "-B", "-C", "dependency:copy-dependencies", "-f"],
                POM,
                f"-DoutputDirectory={folder}",
            ],
            capture_output=True,
            text=True,
        )
        if fetched.returncode:
            raise NotInstalled(
                f"Maven cannot fetch Kafka's jars:\n{fetched.stdout}{fetched.stderr}"
            )
        folder.rename(wanted)


def _java() -> list[str]:
    """Find a Java that is new enough; give how it is called. Raises `NotInstalled`."""
    home = os.environ.get("JAVA_HOME")
    java = shutil.which("java", path=f"{home}/bin") if home else None
    java = java or shutil.which("java")
    advice = f"Install Java {OLDEST_JAVA} or newer (Debian: apt-get install default-jre-headless)."
    if java is None:
        raise NotInstalled(f"Kafka needs Java, and there is none on the path. {advice}")
    said = subprocess.run([java, "-version"], capture_output=True, text=True).stderr
    found = re.search(r'version "(?:1\.)?(\d+)', said)
    if found is None or int(found[1]) < OLDEST_JAVA:
        raise NotInstalled(f"{java} is too old for Kafka: {said.splitlines()[0]}. {advice}")
    return [java, *JAVA_OPTIONS]


def _cluster_id() -> str:
    """Make a random id as Kafka makes them: 16 bytes in base64 that do not begin with a dash."""
    while True:
        made = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        if not made.startswith("-"):
            return made


def _check_free(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise CannotStart(
                f"port {port} is taken ({error.strerror}). Is a broker running already?"
                " Name another one by --port."
            ) from error


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((HOST, port)) == 0


def main() -> int:
    """Run a broker in the foreground until Ctrl-C or SIGTERM."""
    parser = argparse.ArgumentParser(prog="python -m deploy.kafka.broker", description=__doc__)
    parser.add_argument("--port", type=int, default=PORT, help="also takes the port after it")
    parser.add_argument("--folder", type=Path, default=Path(".kafka"), help="where its data lie")
    parser.add_argument("--fetch", action="store_true", help="only fetch the jars")
    given = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    broker = Broker(given.folder, given.port)
    try:
        if given.fetch:
            print(jars())
            return 0
        broker.start()
        print(f"Kafka answers on {broker.bootstrap_servers}; its data are in {given.folder}/.")
        print("Ctrl-C ends it.", flush=True)
        status = broker.wait()
        print(f"The broker ended with {status}; see {broker.log}.", file=sys.stderr)
        return 1
    except CannotStart as error:
        print(f"Error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Stopping ...", file=sys.stderr)
        return 0
    finally:
        broker.stop()


if __name__ == "__main__":
    sys.exit(main())
