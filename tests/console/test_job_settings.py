"""A job as it is submitted holds no password, wherever in the graph one looks."""

import base64
import bz2
import zlib
from collections.abc import Iterator
from dataclasses import replace

import apache_beam as beam
import pytest
from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.portability.api import beam_runner_api_pb2 as api
from apache_beam.runners.portability.portable_runner import PortableRunner

from connectors.kafka import KafkaSettings, Publishing
from console.cli.pipeline_run import job_of
from console.job_settings import without_secrets
from console.settings import Settings, StoreSettings
from pipelines.cluster import Cluster, flags_for
from pipelines.io.log import KafkaLog
from pipelines.memory import MemoryAt
from pipelines.monitor import Job, build
from pipelines.secrets import named

SETTINGS = Settings(
    store=StoreSettings(url="postgresql://tocsin:hushstore@db.example/tocsin"),
    kafka=KafkaSettings(
        security_protocol="SASL_SSL",
        sasl_mechanism="PLAIN",
        sasl_username="tocsin",
        sasl_password="hushsasl",
        ssl_password="hushssl",
    ),
)


def submitted(job: Job, part: str) -> api.Pipeline:
    options = PipelineOptions(flags_for(Cluster(jar="job-server.jar"), part))
    pipeline = beam.Pipeline(options=options)
    build(pipeline, job)
    return PortableRunner.get_proto_pipeline(pipeline, options)


def contents(proto: api.Pipeline) -> Iterator[bytes]:
    """All that a graph holds: itself, and what its steps and coders hold packed."""
    yield proto.SerializeToString()
    for each in proto.components.transforms.values():
        if each.spec.urn == "beam:transform:pardo:v1":
            yield unpacked(api.ParDoPayload.FromString(each.spec.payload).do_fn.payload)
    for each in proto.components.coders.values():
        yield unpacked(each.spec.payload)


def unpacked(payload: bytes) -> bytes:
    """Undo what Beam does to a pickle, which may stand behind a name; what is none is itself."""
    for unpack in (bz2.decompress, zlib.decompress):
        try:
            return unpack(base64.b64decode(payload.rpartition(b"$")[2]))
        except (ValueError, OSError, zlib.error):
            continue
    return payload


@pytest.mark.parametrize("part", ["alerts", "entities"])
def test_no_password_is_in_what_is_submitted(part: str) -> None:
    held = b"".join(
        contents(submitted(job_of(SETTINGS, part, "1/1", entities=True, to_end=False), part))
    )
    assert b"hush" not in held
    assert b"TOCSIN_STORE_URL" in held
    assert b"TOCSIN_KAFKA_SASL_PASSWORD" in held


@pytest.mark.parametrize("secret", ["hushsasl", "hushstore"])
def test_it_would_be_found_if_it_were_there(secret: str) -> None:
    job = job_of(SETTINGS, "alerts", "1/1", entities=True, to_end=False)
    kafka = SETTINGS.kafka
    log = KafkaLog.of(kafka.client(), topic=job.log.topic, group=job.log.group)
    sinks = replace(job.sinks, publishing=Publishing(kafka), memory=MemoryAt(SETTINGS.store.url))
    held = b"".join(contents(submitted(replace(job, log=log, sinks=sinks), "alerts")))
    assert secret.encode() in held


def test_names_stand_for_secrets_and_the_rest_stays() -> None:
    told = without_secrets(SETTINGS)
    assert told.store.url == named("TOCSIN_STORE_URL")
    assert told.kafka == replace(
        SETTINGS.kafka,
        sasl_password=named("TOCSIN_KAFKA_SASL_PASSWORD"),
        ssl_password=named("TOCSIN_KAFKA_SSL_PASSWORD"),
    )
    assert without_secrets(Settings()) == Settings()


@pytest.mark.parametrize(
    ("url", "holds"),
    [
        ("postgresql://tocsin@db.example/tocsin", False),
        ("postgresql://db.example/tocsin?user=tocsin&password=hush", True),
        ("sqlite:////var/lib/tocsin.db", False),
    ],
)
def test_an_address_without_a_password_travels_as_it_is(url: str, holds: bool) -> None:
    told = without_secrets(Settings(store=StoreSettings(url=url))).store.url
    assert told == (named("TOCSIN_STORE_URL") if holds else url)
