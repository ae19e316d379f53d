import base64
import io
import json
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import apache_beam as beam
import pytest
from apache_beam.options.pipeline_options import (
    FlinkRunnerOptions,
    PipelineOptions,
    PortableOptions,
    StandardOptions,
    WorkerOptions,
)

from pipelines.cluster import Cluster, Environment, check, flags_for, submit
from pipelines.job_manager import JobManager
from pipelines.job_status import job_name, status
from pipelines.uber_jar import Restore
from schemas import InvalidSetting, Unavailable
from tests.job_manager import JobManagerStandIn, running_job_manager


@pytest.fixture
def flink() -> Iterator[JobManagerStandIn]:
    with running_job_manager() as stand_in:
        yield stand_in


@pytest.fixture
def jar(tmp_path: Path) -> str:
    """A jar that stands for Beam's: what is added to it is what we look at."""
    path = tmp_path / "job-server.jar"
    with zipfile.ZipFile(path, "w") as made:
        made.writestr("META-INF/MANIFEST.MF", "Manifest-Version: 1.0\n")
    return str(path)


@pytest.fixture
def cluster(flink: JobManagerStandIn, jar: str) -> Cluster:
    return Cluster(master=flink.address, jar=jar, parallelism=4, workers="/opt/bin/tocsin-worker")


def build(pipeline: beam.Pipeline) -> None:
    """A graph that stands for ours."""
    _ = pipeline | "Numbers" >> beam.Create([1]) | "Drop" >> beam.Filter(lambda _: False)


def sent(flink: JobManagerStandIn, name: str) -> Any:
    """Read a file of the pipeline in the jar that was uploaded."""
    with zipfile.ZipFile(io.BytesIO(flink.jar)) as jar:
        return json.loads(jar.read(f"BEAM-PIPELINE/pipeline/{name}.json"))


def test_beam_understands_the_options() -> None:
    options = PipelineOptions(flags_for(Cluster(jar="x.jar", parallelism=4, processes=2), "alerts"))
    assert options.view_as(StandardOptions).streaming
    assert options.view_as(FlinkRunnerOptions).flink_master == "http://localhost:8081"
    assert options.view_as(FlinkRunnerOptions).flink_version == "2.2"
    assert options.view_as(FlinkRunnerOptions).max_parallelism == 128
    assert options.view_as(WorkerOptions).max_cache_memory_usage_mb > 0
    assert int(options.view_as(PortableOptions).sdk_worker_parallelism) == 2
    assert options.view_as(PortableOptions).job_server_timeout > 30 * 86_400
    assert options.view_as(PortableOptions).environment_type == "PROCESS"


@pytest.mark.parametrize("wrong", [{"parallelism": 0}, {"parallelism": 129}, {"processes": 0}])
def test_numbers_that_make_no_sense_are_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(InvalidSetting):
        flags_for(Cluster(**wrong), "alerts")


def test_external_workers_need_the_address_of_their_pool() -> None:
    with pytest.raises(InvalidSetting, match=r"tocsin-worker.*is not HOST:PORT"):
        flags_for(Cluster(environment=Environment.EXTERNAL), "alerts")


def test_a_job_is_sent_as_one_jar_and_started(flink: JobManagerStandIn, cluster: Cluster) -> None:
    job = submit(build, cluster, "alerts", Restore())
    assert [each["jid"] for each in flink.jobs] == [job]
    ran = [body for method, path, body in flink.requests if path.endswith("/run")]
    assert ran == [{"entryClass": "org.apache.beam.runners.flink.FlinkPipelineRunner"}]
    assert ("DELETE", "/v1/jars/1_tocsin.jar", None) in flink.requests


def test_the_jar_holds_the_options_that_the_job_runs_with(
    flink: JobManagerStandIn, cluster: Cluster
) -> None:
    submit(build, cluster, "entities", Restore())
    told = {key.split(":")[2]: value for key, value in sent(flink, "pipeline-options").items()}
    assert told["job_name"] == "tocsin-entities"
    assert (told["parallelism"], told["max_parallelism"]) == ("4", "128")
    assert told["checkpointing_interval"] == "10000"
    assert told["checkpointing_mode"] == "EXACTLY_ONCE"
    assert told["max_bundle_time_mills"] == "100"
    assert told["streaming"] is True
    # Within the cluster, whoever runs the jar knows where that is.
    assert told["flink_master"] == "[auto]"


@pytest.mark.parametrize(
    ("environment", "workers", "urn", "payload"),
    [
        (Environment.PROCESS, "/opt/bin/tocsin-worker", "process", b"/opt/bin/tocsin-worker"),
        (Environment.EXTERNAL, "localhost:50000", "external", b"localhost:50000"),
    ],
)
def test_the_graph_in_the_jar_names_the_workers_that_were_asked_for(
    flink: JobManagerStandIn,
    jar: str,
    environment: Environment,
    workers: str,
    urn: str,
    payload: bytes,
) -> None:
    cluster = Cluster(master=flink.address, jar=jar, environment=environment, workers=workers)
    submit(build, cluster, "alerts", Restore())
    found = sent(flink, "pipeline")["components"]["environments"].values()
    assert {each["urn"] for each in found} == {f"beam:env:{urn}:v1"}
    assert all(payload in base64.b64decode(each["payload"]) for each in found)


def test_a_job_goes_on_from_a_savepoint(flink: JobManagerStandIn, cluster: Cluster) -> None:
    submit(build, cluster, "alerts", Restore(path="file:/s/1", allow_lost=True))
    (ran,) = [body for _, path, body in flink.requests if path.endswith("/run")]
    assert (ran["savepointPath"], ran["allowNonRestoredState"]) == ("file:/s/1", True)


def test_a_refused_job_leaves_no_jar_behind(
    flink: JobManagerStandIn, cluster: Cluster, tmp_path: Path
) -> None:
    flink.refused = {"/run": (500, ["java.io.FileNotFoundException: no such savepoint"])}
    with pytest.raises(InvalidSetting, match="no such savepoint"):
        submit(build, cluster, "alerts", Restore(path="file:/s/1"))
    assert ("DELETE", "/v1/jars/1_tocsin.jar", None) in flink.requests


def test_a_cluster_that_takes_no_jar_is_told(flink: JobManagerStandIn, cluster: Cluster) -> None:
    flink.refused = {"/upload": (413, ["too large"])}
    with pytest.raises(Unavailable, match="took no jar"):
        submit(build, cluster, "alerts", Restore())


@pytest.mark.parametrize("named", ["", "nowhere.jar"])
def test_without_the_jar_it_is_told_which_one_and_where(
    flink: JobManagerStandIn, named: str
) -> None:
    with pytest.raises(InvalidSetting, match=r"travels with every job") as told:
        check(Cluster(master=flink.address, jar=named), "alerts")
    assert f"beam-runners-flink-2.2-job-server:{beam.__version__}" in told.value.hint
    assert flink.requests == []


def test_another_release_of_flink_is_refused(flink: JobManagerStandIn, cluster: Cluster) -> None:
    flink.version = "1.20.3"
    with pytest.raises(InvalidSetting, match=r"is Flink 1\.20\.3; the job is for Flink 2\.2"):
        check(cluster, "alerts")


def test_a_job_is_not_sent_twice(flink: JobManagerStandIn, cluster: Cluster) -> None:
    flink.has(job_name("alerts"), "RESTARTING")
    with pytest.raises(InvalidSetting, match="is there already, RESTARTING") as told:
        submit(build, cluster, "alerts", Restore())
    assert "tocsin pipeline stop --part alerts" in told.value.hint
    check(cluster, "entities")


def test_how_a_job_does_is_told_with_its_last_checkpoint_and_failure(
    flink: JobManagerStandIn,
) -> None:
    flink.has("tocsin-alerts", "RESTARTING")
    flink.failures = [{"timestamp": 1, "stacktrace": "Why: because\n\tat a"}]
    found = status(JobManager(flink.address), "alerts")
    assert not found.is_running
    assert found.failure == "Why: because"
    assert found.checkpoints is not None
    assert found.checkpoints.last == datetime.fromtimestamp(1_795_557_102.211, tz=UTC)


def test_a_job_that_the_cluster_does_not_know_does_not_run(flink: JobManagerStandIn) -> None:
    found = status(JobManager(flink.address), "alerts")
    assert (found.job, found.is_running) == (None, False)
