"""Read Kafka by Beam's own KafkaIO, which runs in Java: for runners that want nothing else (Dataflow).

The same outputs as `ReadKafka`, so that the stream does not know which of the two it has. Offsets are
committed alike, behind the sinks. What only our reader does is missing here: deadly records are not put
aside, offsets that hold nothing (of transactions, or deleted before they were ever read) are not passed
over, and what opens Kafka travels with the job, since nothing of ours runs where it is needed.
It needs Java and Beam's expansion service (`--beam_services` names a jar or a running one).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import apache_beam as beam
from apache_beam.transforms.window import TimestampedValue
from apache_beam.utils.timestamp import Timestamp

from pipelines.io.log import KafkaLog
from pipelines.io.read_kafka import Passed, Read
from pipelines.transforms.batches import routing
from schemas import EPOCH, DeadLetter, Line, log_origin, logged_at

NEW_PARTITIONS_SECONDS = 60


@dataclass(eq=False)
class ReadKafkaXlang(beam.PTransform):
    """Read a log by KafkaIO, from where its group stands; `expansion_service` is `HOST:PORT`, or found."""

    log: KafkaLog
    expansion_service: str = ""

    def expand(self, pbegin: beam.pvalue.PBegin) -> Read:
        """Start from KafkaIO."""
        from apache_beam.io.kafka import ReadFromKafka

        rows = pbegin | "KafkaIO" >> ReadFromKafka(
            consumer_config=java_options(self.log),
            topics=[self.log.topic],
            with_metadata=True,
            timestamp_policy=ReadFromKafka.create_time_policy,
            dynamic_read_poll_interval_seconds=NEW_PARTITIONS_SECONDS,
            expansion_service=self.expansion_service or None,
        )
        lines = rows | "Lines" >> routing(LineFn(), Line, passed=Passed)
        nothing = pbegin | "Nothing" >> beam.Impulse()
        dead = nothing | "No letters" >> beam.FlatMap(_none).with_output_types(DeadLetter)
        return Read(ok=lines.ok, dead=dead, passed=lines.passed)


def _none(_: bytes) -> list[Any]:
    return []


class LineFn(beam.DoFn):
    """Makes a line of a record as KafkaIO gives it; of a tombstone a place with which nothing is to do."""

    def process(self, row: Any) -> Iterator[Any]:
        """Emit the one or the other: an offset that nobody gives back would hold up all behind it."""
        if row.value is None:
            yield beam.pvalue.TaggedOutput("passed", (row.partition, (row.offset, row.offset + 1)))
            return
        origin = log_origin(row.topic, row.partition, row.offset)
        logged = logged_at(row.timestamp)
        line = Line(content=bytes(row.value), origin=origin, logged=logged)
        yield TimestampedValue(line, Timestamp.of((logged or EPOCH).timestamp()))


def java_options(log: KafkaLog) -> dict[str, str]:
    """Say to a Java client what a Python one is told. Names are those of Kafka's documentation."""
    given = log.options
    told = {
        "bootstrap.servers": ",".join(given["bootstrap_servers"]),
        "client.id": given.get("client_id", ""),
        "group.id": log.group,
        "enable.auto.commit": "false",
        "auto.offset.reset": "earliest",
        "security.protocol": given.get("security_protocol", ""),
        "sasl.mechanism": given.get("sasl_mechanism", ""),
        "sasl.jaas.config": _login(given),
        "ssl.truststore.location": given.get("ssl_cafile", ""),
        "ssl.truststore.type": "PEM" if given.get("ssl_cafile") else "",
        "ssl.keystore.location": given.get("ssl_certfile", ""),
        "ssl.keystore.type": "PEM" if given.get("ssl_certfile") else "",
        "ssl.key.password": given.get("ssl_password", ""),
    }
    if given.get("ssl_check_hostname") is False:
        return {name: value for name, value in told.items() if value} | {
            "ssl.endpoint.identification.algorithm": ""
        }
    return {name: value for name, value in told.items() if value}


def _login(given: dict[str, Any]) -> str:
    """Write the line that a Java client logs in by."""
    if not given.get("sasl_mechanism"):
        return ""
    kind = "scram.Scram" if given["sasl_mechanism"].startswith("SCRAM") else "plain.Plain"
    user, password = (
        str(given[name]).replace("\\", "\\\\").replace('"', '\\"')
        for name in ("sasl_plain_username", "sasl_plain_password")
    )
    return (
        f"org.apache.kafka.common.security.{kind}LoginModule required"
        f' username="{user}" password="{password}";'
    )
