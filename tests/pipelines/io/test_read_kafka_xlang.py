from datetime import timedelta
from types import SimpleNamespace

import pytest

from connectors.cluster import KafkaSettings
from pipelines.io.log import KafkaLog
from pipelines.io.read_kafka_xlang import java_options, lines_of
from schemas import EPOCH, Line


def a_log(**settings):
    return KafkaLog.of(KafkaSettings(**settings).client(), topic="t.articles", group="t-alerts")


def test_a_java_client_is_told_what_a_python_one_is():
    told = java_options(a_log(bootstrap_servers=("one:9092", "two:9092")))
    assert told["bootstrap.servers"] == "one:9092,two:9092"
    assert told["group.id"] == "t-alerts"
    assert told["enable.auto.commit"] == "false"
    assert told["security.protocol"] == "PLAINTEXT"
    assert "sasl.jaas.config" not in told


@pytest.mark.parametrize(
    ("mechanism", "module"), [("PLAIN", "plain.Plain"), ("SCRAM-SHA-512", "scram.Scram")]
)
def test_a_password_is_told_as_java_wants_it(mechanism, module):
    log = a_log(
        security_protocol="SASL_SSL",
        sasl_mechanism=mechanism,
        sasl_username="desk",
        sasl_password='a"b\\c',
        ssl_cafile="/ca.pem",
        ssl_check_hostname=False,
    )
    told = java_options(log)
    assert told["sasl.jaas.config"] == (
        f"org.apache.kafka.common.security.{module}LoginModule required"
        ' username="desk" password="a\\"b\\\\c";'
    )
    assert told["ssl.truststore.type"] == "PEM"
    assert told["ssl.endpoint.identification.algorithm"] == ""


def test_a_record_becomes_a_line_that_knows_its_place_and_a_tombstone_none():
    row = SimpleNamespace(topic="t", partition=3, offset=17, timestamp=1_000, value=b"{}")
    (found,) = lines_of(row)
    assert found.value == Line(
        content=b"{}", origin="kafka:t/3@17", logged=EPOCH + timedelta(seconds=1)
    )
    assert found.timestamp == 1
    assert lines_of(SimpleNamespace(**(vars(row) | {"value": None}))) == []
