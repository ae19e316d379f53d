"""The whole on this machine, with a real Kafka and a real Prism: it rings, and goes on after it was killed."""

import json
import subprocess
import time
from datetime import UTC, datetime

import pytest
from kafka import KafkaConsumer

from console.machine import members
from deploy.topology import Topology
from tests.console.test_supervisor import wait_until
from tests.kafka_broker import QUICK, free_pair

ROLES = ("rules", "alerts", "deliver", "entities")

pytestmark = [pytest.mark.kafka, pytest.mark.prism, pytest.mark.slow, pytest.mark.timeout(600)]


@pytest.fixture
def topology(kafka_broker, prism, tmp_path):
    # The broker is asked for so that Java and the jars are there; it is a topology's own that is used.
    made = Topology(
        tmp_path / "site",
        port=free_pair(),
        arguments=["--no-feeds", "--no-entities", f"--prism-location={prism}"],
        settings={"TOCSIN_METRICS_LISTEN": ""},
        java_options=QUICK,
    )
    with made:
        made.wait_for(ROLES)
        yield made


def tocsin(topology, *words):
    return subprocess.run(
        topology.command(*words), env=topology.environment, capture_output=True, text=True
    )


def send(topology, name):
    """Send an article that rings, which no other one is a copy of."""
    path = topology.folder / f"{name}.jsonl"
    text = f"The Wagner Group is leaving Mali, said {name} on the road to Bamako."
    article = {
        "url": f"https://news.example/{name}",
        "title": f"Wagner Group leaves Mali: {name}",
        "text": " ".join([text, *[f"{name}{each}" for each in range(80)]]),
        "published": datetime.now(UTC).isoformat(),
        "source": "news.example",
    }
    path.write_text(json.dumps(article) + "\n")
    sent = tocsin(topology, "connect", "seeds", str(path), "--ring")
    assert sent.returncode == 0, sent.stderr


def alerts_of(topology):
    """Read the articles that rang."""
    consumer = KafkaConsumer(
        "tocsin.alerts",
        bootstrap_servers=topology.broker.bootstrap_servers,
        auto_offset_reset="earliest",
        consumer_timeout_ms=1000,
    )
    try:
        return [json.loads(each.value) for each in consumer]
    finally:
        consumer.close()


def await_alerts(topology, number, seconds=90.0):
    deadline = time.monotonic() + seconds
    while len(found := alerts_of(topology)) < number:
        assert time.monotonic() < deadline, topology.run_log.read_text()[-5000:]
    assert len({each["id"] for each in found}) == len(found) == number


def test_what_is_killed_comes_back_and_goes_on_without_a_second_alert(topology):
    send(topology, "first")
    await_alerts(topology, 1)
    for role in ("alerts", "deliver"):
        before = topology.kill(role)
        wait_until(lambda: topology.pid(role) not in (0, before), 20, role)  # noqa: B023
    topology.kill_prism("alerts")
    topology.restart_kafka()
    send(topology, "second")
    await_alerts(topology, 2)

    sessions = [topology.pid(role) for role in ROLES]
    second = tocsin(topology, "run", f"--state={topology.state}")
    assert second.returncode == 1
    assert f"process {topology.run.pid}" in second.stderr
    topology.kill_run()
    wait_until(lambda: not any(map(members, sessions)), 10, "the end of all processes")
    topology.start_run()
    topology.wait_for(ROLES)
    send(topology, "third")
    await_alerts(topology, 3)
    began = time.monotonic()
    topology.stop_run()
    assert topology.run.returncode == 0
    assert time.monotonic() - began < 35
