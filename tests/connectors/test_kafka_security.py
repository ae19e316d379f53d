"""TLS and passwords, against a broker that asks for both."""

import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from connectors import cluster
from connectors.kafka import KafkaSettings, Producer, message_of
from connectors.topics import check_topics, create_topics
from deploy.kafka.broker import HOST, Broker
from schemas import Unavailable
from tests.connectors.test_kafka import article
from tests.kafka_broker import QUICK, free_pair

pytestmark = pytest.mark.kafka

OPENSSL = [
    "openssl",
    "req",
    "-x509",
    "-newkey",
    "rsa:2048",
    "-nodes",
    "-days",
    "2",
    "-subj",
    "/CN=broker",
]

SECURE = """
listeners=PLAINTEXT://{host}:{port},CONTROLLER://{host}:{controller},SECURE://{host}:{secure}
advertised.listeners=PLAINTEXT://{host}:{port},SECURE://{host}:{secure}
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SECURE:SASL_SSL
sasl.enabled.mechanisms=PLAIN
listener.name.secure.plain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required user_tocsin="hush";
listener.name.secure.ssl.keystore.type=PEM
listener.name.secure.ssl.keystore.location={keys}
"""


def make_keys(folder: Path) -> tuple[Path, Path]:
    """Make a certificate that signs itself: the key with it for the broker, and alone for us."""
    key, certificate, both = folder / "key.pem", folder / "ca.pem", folder / "both.pem"
    subprocess.run(
        [*OPENSSL, "-addext", f"subjectAltName=IP:{HOST}", "-keyout", key, "-out", certificate],
        check=True,
        capture_output=True,
    )
    both.write_bytes(key.read_bytes() + certificate.read_bytes())
    return both, certificate


@pytest.fixture(scope="module")
def secured(kafka_broker, tmp_path_factory) -> Iterator[KafkaSettings]:
    """Settings for a broker with TLS and a password. `kafka_broker` tells whether there can be one."""
    folder = tmp_path_factory.mktemp("secure")
    keys, certificate = make_keys(folder)
    port = free_pair()
    secure = port - 5000  # below those that the system hands out, too
    extra = SECURE.format(host=HOST, port=port, controller=port + 1, secure=secure, keys=keys)
    broker = Broker(folder / "broker", port, extra=extra)
    broker.start(java_options=QUICK)
    try:
        yield KafkaSettings(
            bootstrap_servers=(f"{HOST}:{secure}",),
            security_protocol="SASL_SSL",
            ssl_cafile=str(certificate),
            sasl_mechanism="PLAIN",
            sasl_username="tocsin",
            sasl_password="hush",
        )
    finally:
        broker.kill()


def test_with_the_authority_and_the_password_it_is_let_in(secured):
    assert all(each.is_right for each in create_topics(secured))
    with Producer(secured) as producer:
        producer.publish([message_of(article())])


def test_a_wrong_password_is_said_and_not_shown(secured, monkeypatch):
    monkeypatch.setattr(cluster, "ANSWER_SECONDS", 2.0)
    # The broker closes the connection; its answer is not always read before that.
    with pytest.raises(Unavailable, match=r"Invalid username|wrong user name") as raised:
        check_topics(replace(secured, sasl_password="canary"))
    assert "canary" not in str(raised.value)


def test_a_broker_of_an_unknown_authority_is_not_trusted(secured, monkeypatch):
    monkeypatch.setattr(cluster, "ANSWER_SECONDS", 2.0)
    with pytest.raises(Unavailable, match=r"(?i)certificate"):
        check_topics(replace(secured, ssl_cafile=""))


def test_without_tls_it_is_told(secured, monkeypatch):
    monkeypatch.setattr(cluster, "ANSWER_SECONDS", 2.0)
    plain = KafkaSettings(bootstrap_servers=secured.bootstrap_servers)
    with pytest.raises(Unavailable, match="did not describe topics"):
        check_topics(plain)
