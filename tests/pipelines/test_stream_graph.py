"""The stream as a cluster gets it: what can be checked of a job without a cluster to run it."""

from collections.abc import Iterator
from datetime import timedelta
from functools import cache
from typing import Any

import apache_beam as beam
import pytest
from apache_beam.coders.coders import (
    FastPrimitivesCoder,
    PickleCoder,
    _MemoizingPickleCoder,
)
from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.portability.api import beam_runner_api_pb2 as api
from apache_beam.runners.pipeline_context import PipelineContext
from apache_beam.runners.portability.portable_runner import PortableRunner

from connectors.cluster import KafkaSettings
from connectors.kafka import Publishing
from pipelines.cluster import Cluster, Environment, flags_for
from pipelines.graph import Rules
from pipelines.io.log import KafkaLog
from pipelines.io.write_results import Sinks
from pipelines.memory import MemoryAt
from pipelines.monitor import Job, build
from pipelines.rules import FixedRules
from schemas import RuleSet
from tests.pipelines.test_graph import LABELS, labels_of
from tocsin.memory import Part

PARTS = {"alerts": Part.ALERTS, "entities": Part.ENTITIES}

AROUND = {
    "CommitOffsets/All done",
    "CommitOffsets/Commit",
    "CommitOffsets/Join",
    "CommitOffsets/Places",
    "Dead",
    "Done",
    "Dropped",
    "ReadKafka/Read log/ParDo(ReadFn)",
    "ReadKafka/Shares",
    "ReadKafka/Start",
    "WriteDeadLetters/Write letters",
    "WriteResults/Write/ParDo(WriteFn)",
}
"""Frozen, as those of the graph within are: savepoints are bound to the labels."""

PICKLING = (FastPrimitivesCoder, PickleCoder, _MemoizingPickleCoder)


def stream(part: str, java_source: str = "", **cluster: Any) -> tuple[beam.Pipeline, api.Pipeline]:
    """Build a part's job as `tocsin pipeline submit` does, or one that is read by KafkaIO."""
    options = PipelineOptions(flags_for(Cluster(jar="job-server.jar", **cluster), part))
    settings = KafkaSettings()
    memory = MemoryAt("postgresql://localhost/tocsin")
    job = Job(
        log=KafkaLog.of(settings.client(), topic="tocsin.articles", group=f"tocsin-{part}"),
        rules=Rules(FixedRules(RuleSet(id="r", watch_lists=(), subscriptions=()))),
        sinks=Sinks(publishing=Publishing(settings), memory=memory, part=PARTS[part]),
        java_source=java_source,
    )
    pipeline = beam.Pipeline(options=options)
    build(pipeline, job)
    return pipeline, PortableRunner.get_proto_pipeline(pipeline, options)


@cache
def graph(part: str) -> api.Pipeline:
    return stream(part)[1]


def steps(proto: api.Pipeline) -> Iterator[tuple[str, api.ParDoPayload]]:
    """Yield every step that runs code of ours, with its name."""
    for each in proto.components.transforms.values():
        if each.spec.urn == "beam:transform:pardo:v1":
            yield each.unique_name, api.ParDoPayload.FromString(each.spec.payload)


def pickles(proto: api.Pipeline, coder_id: str) -> bool:
    """Tell whether a coder, or one within it, would pickle what it codes."""
    coder = PipelineContext(proto.components).coders.get_by_id(coder_id)

    def any_of(found: Any) -> bool:
        within = found._get_component_coders() or ()
        return isinstance(found, PICKLING) or any(map(any_of, within))

    return any_of(coder)


def pickled(proto: api.Pipeline) -> list[str]:
    """Name the collections that are coded as pickles."""
    return sorted(
        each.unique_name
        for each in proto.components.pcollections.values()
        if pickles(proto, each.coder_id)
    )


@pytest.mark.parametrize("part", PARTS)
def test_labels_are_frozen(part: str) -> None:
    inner = {each for each in LABELS if part == "entities" or "ExtractEntities" not in each}
    names = labels_of(stream(part)[0])
    leaves = {each for each in names if not any(other.startswith(f"{each}/") for other in names)}
    assert leaves - {""} == inner | AROUND


@pytest.mark.parametrize("part", PARTS)
def test_state_is_in_bags_and_nothing_of_it_is_pickled(part: str) -> None:
    proto = graph(part)
    stateful = {name: payload.state_specs for name, payload in steps(proto) if payload.state_specs}
    assert set(stateful) == {"CommitOffsets/Commit"}
    for specs in stateful.values():
        for spec in specs.values():
            assert spec.protocol.urn == "beam:user_state:bag:v1"
            kind = getattr(spec, spec.WhichOneof("spec"))
            coder = getattr(kind, "element_coder_id", "") or kind.coder_id
            assert not pickles(proto, coder)


@pytest.mark.parametrize("part", PARTS)
def test_there_are_no_timers_so_that_no_clock_of_a_runner_decides_anything(part: str) -> None:
    timers = {name for name, payload in steps(graph(part)) if payload.timer_family_specs}
    assert timers == set()


@pytest.mark.parametrize("part", PARTS)
def test_where_the_log_is_read_is_kept_without_a_pickle(part: str) -> None:
    proto = graph(part)
    read = {
        name: payload.restriction_coder_id
        for name, payload in steps(proto)
        if payload.restriction_coder_id
    }
    assert set(read) == {"ReadKafka/Read log/ParDo(ReadFn)"}
    assert not any(pickles(proto, coder) for coder in read.values())


@pytest.mark.parametrize("part", PARTS)
def test_no_record_is_pickled(part: str) -> None:
    assert len(graph(part).components.pcollections) > 20
    assert pickled(graph(part)) == []


def test_what_the_checks_look_for_is_found() -> None:
    pipeline = beam.Pipeline()
    _ = (
        pipeline
        | "Numbers" >> beam.Create([timedelta()]).with_output_types(timedelta)
        | "Key" >> beam.Map(lambda each: ("", each)).with_output_types(tuple[str, timedelta])
        | "Group" >> beam.GroupByKey()
    )
    proto = PortableRunner.get_proto_pipeline(pipeline, PipelineOptions(["--streaming"]))
    assert any("Key" in name for name in pickled(proto))


@pytest.mark.parametrize(
    ("environment", "workers"),
    [(Environment.PROCESS, "/opt/tocsin-worker"), (Environment.EXTERNAL, "localhost:50000")],
)
def test_all_code_runs_where_it_was_asked_to(environment: Environment, workers: str) -> None:
    _, proto = stream("alerts", environment=environment, workers=workers)
    found = proto.components.environments.values()
    assert {each.urn for each in found} == {f"beam:env:{environment}:v1"}
    assert all(workers.encode() in each.payload for each in found)


@pytest.mark.parametrize("part", PARTS)
def test_a_cluster_needs_to_understand_nothing_but_state_and_splittable_sources(part: str) -> None:
    assert set(graph(part).requirements) == {
        "beam:requirement:pardo:stateful:v1",
        "beam:requirement:pardo:splittable_dofn:v1",
    }
