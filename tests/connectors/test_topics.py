import json
import time

import pytest
from click.testing import CliRunner, Result
from kafka.admin import ConfigResource, KafkaAdminClient

from connectors import topics
from connectors.kafka import KafkaSettings
from connectors.topics import brokers, check_topics, create_topics
from console.cli import cli, doctor
from deploy.kafka.broker import Broker
from schemas import InvalidSetting, Unavailable
from schemas.topics import TOPICS
from tests.kafka_broker import free_pair


@pytest.fixture
def settings(kafka_broker: Broker, kafka_prefix: str) -> KafkaSettings:
    return KafkaSettings(bootstrap_servers=(kafka_broker.bootstrap_servers,), prefix=kafka_prefix)


def admin_of(settings: KafkaSettings) -> KafkaAdminClient:
    return KafkaAdminClient(bootstrap_servers=list(settings.bootstrap_servers))


def tocsin(settings: KafkaSettings, *arguments: str) -> Result:
    environment = {
        "TOCSIN_KAFKA_BOOTSTRAP_SERVERS": settings.bootstrap_servers[0],
        "TOCSIN_KAFKA_PREFIX": settings.prefix,
    }
    return CliRunner().invoke(cli, arguments, env=environment)


@pytest.mark.kafka
def test_missing_topics_are_made_as_stated_and_made_but_once(settings):
    assert [each.exists for each in check_topics(settings)] == [False] * len(TOPICS)
    made = create_topics(settings)
    assert all(each.created and each.is_right for each in made), made
    assert [each.partitions for each in made] == [each.partitions for each in TOPICS]
    again = create_topics(settings)
    assert not any(each.created for each in again)
    assert all(each.is_right for each in again)


@pytest.mark.kafka
def test_what_differs_is_said_in_words_and_not_mended(settings):
    admin = admin_of(settings)
    name = f"{settings.prefix}.articles"
    admin.create_topics(
        {
            name: {
                "num_partitions": 2,
                "replication_factor": 1,
                "configs": {
                    "retention.ms": "604800000",
                    "cleanup.policy": "compact,delete",
                    "retention.bytes": "1000000",
                },
            }
        },
        wait_for_metadata=True,
    )
    first = create_topics(settings)[0]
    assert not first.created
    assert first.differences == (
        "has 2 partitions, not 12",
        "has cleanup.policy compact,delete, not delete",
        "keeps records for 7 days, not ever",
        "drops its oldest records beyond 1000000 bytes",
        "takes messages up to 1048588 bytes, not 5242880",
    )
    (found,) = admin.describe_configs([ConfigResource("topic", name)])["topic"].values()
    assert found["retention.ms"]["value"] == "604800000"
    admin.close()


@pytest.mark.kafka
def test_the_commands_say_it_by_their_exit_code(settings):
    before = tocsin(settings, "topics", "check")
    assert before.exit_code == 1
    assert f"{settings.prefix}.articles" in before.stdout
    assert "tocsin topics create" in before.stderr
    made = tocsin(settings, "topics", "create")
    assert made.exit_code == 0, made.output
    assert "was made: 12 partitions, 1 copy" in made.stdout
    after = tocsin(settings, "topics", "check", "--json")
    assert after.exit_code == 0
    assert [each["name"] for each in json.loads(after.stdout)] == [
        each.full_name(settings.prefix) for each in TOPICS
    ]


@pytest.mark.kafka
def test_more_copies_than_brokers_are_refused_with_the_reason(settings):
    many = KafkaSettings(
        bootstrap_servers=settings.bootstrap_servers, prefix=f"{settings.prefix}-3", replication=3
    )
    with pytest.raises(Unavailable, match="InvalidReplicationFactor"):
        create_topics(many)


@pytest.mark.kafka
def test_brokers_are_reached_where_they_say_that_they_are(settings, kafka_broker):
    (found,) = brokers(settings)
    assert (found.address, found.problem) == (kafka_broker.bootstrap_servers, "")


@pytest.mark.kafka
def test_doctor_looks_at_kafka_and_its_topics(settings):
    lines = tocsin(settings, "doctor", "--json").stdout
    found = {each["check"]: each for each in json.loads(lines)}
    assert found["Kafka"]["state"] == "warn"
    assert "tocsin topics create" in found["Kafka"]["remedy"]
    create_topics(settings)
    found = {
        each["check"]: each for each in json.loads(tocsin(settings, "doctor", "--json").stdout)
    }
    assert found["Kafka"]["state"] == "ok", found["Kafka"]


def test_a_broker_that_advertises_an_address_where_nobody_is_is_told(monkeypatch):
    lost = topics.Broker(address="kafka:9092", problem="name or service not known")
    monkeypatch.setattr(topics, "brokers", lambda settings: [lost])
    monkeypatch.setattr(topics, "check_topics", lambda settings: [])
    found = doctor.kafka()
    assert found.state == "fail"
    assert "sends us to kafka:9092: name or service not known" in found.found
    assert "advertised.listeners" in found.remedy


@pytest.mark.parametrize(
    ("address", "parts"),
    [
        ("kafka-1:9093", ("kafka-1", 9093)),
        ("[::1]:9093", ("::1", 9093)),
        ("kafka", ("kafka", 9092)),
        ("PLAINTEXT://10.0.0.1:9", ("10.0.0.1", 9)),
    ],
)
def test_addresses_of_brokers_are_taken_apart(address, parts):
    assert topics._split(address) == parts


def test_what_is_no_address_is_refused():
    with pytest.raises(InvalidSetting, match="not HOST:PORT"):
        check_topics(KafkaSettings(bootstrap_servers=("a:b",)))


def test_where_nobody_listens_it_is_said_at_once():
    settings = KafkaSettings(bootstrap_servers=(f"127.0.0.1:{free_pair()}",))
    began = time.monotonic()
    with pytest.raises(Unavailable, match="connection refused"):
        check_topics(settings)
    assert time.monotonic() - began < 2
    result = tocsin(settings, "topics", "check")
    assert isinstance(result.exception, Unavailable)
