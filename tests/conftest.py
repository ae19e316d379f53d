"""What every test may rely on: no network beyond loopback, real servers where they are asked for."""

import atexit
import hashlib
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as of_hypothesis

from connectors.cluster import KafkaSettings
from connectors.topics import create_topics
from deploy.kafka.broker import Broker
from deploy.postgresql import NotInstalled, temporary_server
from tests import kafka_broker as kafka

of_hypothesis.register_profile(
    "tocsin", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)
of_hypothesis.load_profile("tocsin")

PRISM = Path(__file__).parents[1] / ".tools" / "prism"
LOOPBACK = ("127.", "localhost", "::1")


def _refuse_network(event: str, args: tuple[object, ...]) -> None:
    """Fail any connect that leaves this machine."""
    if event == "socket.connect" and isinstance(args[1], tuple):
        host = str(args[1][0])
        if not host.startswith(LOOPBACK):
            raise AssertionError(f"a test tried to reach {host}")


sys.addaudithook(_refuse_network)


@pytest.fixture(scope="session", autouse=True)
def temporary_files(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Put what Beam and others leave among temporary files into a folder that goes when the tests end."""
    tmp_path_factory.getbasetemp()  # what tests write themselves stays for who looks at it
    folder = tempfile.mkdtemp(prefix="tocsin-tests-")
    Path(folder).chmod(0o711)  # PostgreSQL may have to run as another user
    atexit.register(partial(shutil.rmtree, folder, ignore_errors=True))  # behind Beam, which looks
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TMPDIR", folder)
        patch.setattr(tempfile, "tempdir", folder)
        yield


@pytest.fixture(scope="session")
def postgresql_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real PostgreSQL server of this session's own, started from the installed binaries."""
    given = os.environ.get("TOCSIN_TEST_POSTGRESQL_URL")
    if given:
        yield given
        return
    try:
        with temporary_server() as server:
            yield server.url
    except NotInstalled as error:
        if os.environ.get("TOCSIN_FORBID_SKIPS"):
            pytest.fail(f"PostgreSQL is needed here: {error}")
        pytest.skip(f"needs PostgreSQL: {error}")


@pytest.fixture(scope="session")
def kafka_broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    """A real Kafka broker of this worker's own. Tests keep apart by `kafka_prefix`."""
    try:
        with kafka.running_broker(tmp_path_factory.mktemp("kafka")) as broker:
            yield broker
    except kafka.NotInstalled as error:
        if os.environ.get("TOCSIN_FORBID_SKIPS"):
            pytest.fail(f"Kafka is needed here: {error}")
        pytest.skip(f"needs Kafka: {error}")


@pytest.fixture(scope="session")
def prism() -> str:
    """The path of Prism, Beam's portable runner: `make prism` builds it."""
    path = Path(os.environ.get("TOCSIN_PRISM_LOCATION") or PRISM)
    if path.is_file():
        return str(path)
    if os.environ.get("TOCSIN_FORBID_SKIPS"):
        pytest.fail(f"Prism is needed here: {path} is not there")
    pytest.skip(f"needs Prism: {path} is not there; make prism builds it")


@pytest.fixture
def kafka_prefix(request: pytest.FixtureRequest) -> str:
    """What the topics of this test begin with, so that no other test meets them."""
    return f"t-{hashlib.sha256(request.node.nodeid.encode()).hexdigest()[:10]}"


@pytest.fixture
def settings(kafka_broker: Broker, kafka_prefix: str) -> KafkaSettings:
    """A cluster with our topics."""
    made = KafkaSettings(bootstrap_servers=(kafka_broker.bootstrap_servers,), prefix=kafka_prefix)
    create_topics(made)
    return made


@pytest.fixture
def environment(settings: KafkaSettings, tmp_path: Path) -> dict[str, str]:
    """What a command is told of that cluster, and of a store of this test's own."""
    return {
        "TOCSIN_KAFKA_BOOTSTRAP_SERVERS": settings.bootstrap_servers[0],
        "TOCSIN_KAFKA_PREFIX": settings.prefix,
        "TOCSIN_STORE_URL": f"sqlite:///{tmp_path / 'store.db'}",
        "TOCSIN_METRICS_LISTEN": "",
    }
