from datetime import timedelta
from types import SimpleNamespace

import apache_beam as beam
import pytest
from apache_beam.io.kafka import ReadFromKafka
from apache_beam.testing.test_pipeline import TestPipeline
from apache_beam.testing.util import assert_that, equal_to

from connectors.cluster import KafkaSettings
from pipelines.io.log import KafkaLog
from pipelines.io.read_kafka_xlang import ReadKafkaXlang, java_options
from schemas import EPOCH, Line
from tests.pipelines.test_graph import labels_of
from tests.pipelines.test_stream_graph import pickled, stream


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


class Rows(beam.PTransform):
    """Stands in for KafkaIO, which needs Java to be built into a graph: rows as it gives them."""

    create_time_policy = ReadFromKafka.create_time_policy

    def __init__(self, **told):
        super().__init__()
        self.told = told

    def expand(self, pbegin):
        topic = self.told["topics"][0]
        rows = [
            SimpleNamespace(topic=topic, partition=3, offset=17, timestamp=1_000, value=b"{}"),
            SimpleNamespace(topic=topic, partition=3, offset=18, timestamp=2_000, value=None),
        ]
        return pbegin | beam.Create(rows)


def test_a_record_becomes_a_line_that_knows_its_place_and_a_tombstone_a_place_alone(monkeypatch):
    monkeypatch.setattr("apache_beam.io.kafka.ReadFromKafka", Rows)
    with TestPipeline(runner="FnApiRunner") as pipeline:
        read = pipeline | ReadKafkaXlang(a_log())
        seen = EPOCH + timedelta(seconds=1)
        line = Line(content=b"{}", origin="kafka:t.articles/3@17", logged=seen)
        assert_that(read.ok | beam.ParDo(WithTime()), equal_to([(line, 1)]), "lines")
        assert_that(read.passed, equal_to([(3, (18, 19))]), "passed")
        assert_that(read.dead, equal_to([]), "dead")


@pytest.mark.parametrize("java_source", ["found", "localhost:8097"])
def test_the_stream_behind_it_is_the_same(java_source, monkeypatch):
    monkeypatch.setattr("apache_beam.io.kafka.ReadFromKafka", Rows)

    def behind(source):
        pipeline, proto = stream("alerts", source)
        assert all("KafkaIO" in each for each in pickled(proto))
        return {each for each in labels_of(pipeline) if not each.startswith("ReadKafka")}

    assert behind(java_source) == behind("")
    assert len(behind("")) > 10


class WithTime(beam.DoFn):
    def process(self, element, timestamp=beam.DoFn.TimestampParam):
        yield element, int(timestamp)
