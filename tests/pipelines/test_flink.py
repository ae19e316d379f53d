"""A real Flink cluster. Beam's job server for it is not everywhere to be had: then, and only then, skipped.

TOCSIN_FLINK_JOB_SERVER_JAR=FILE TOCSIN_FLINK_MASTER=localhost:8081 pytest -m flink
"""

import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import apache_beam as beam
import pytest
from apache_beam.transforms.periodicsequence import PeriodicImpulse

from pipelines.cluster import Cluster, submit
from pipelines.job_manager import JobManager
from pipelines.job_status import job_name, status
from pipelines.uber_jar import Restore

pytestmark = [pytest.mark.flink, pytest.mark.timeout(600)]

PART = "test"
BOOT = Path(sys.executable).with_name("tocsin-worker")
SECONDS = 120.0


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    jar = os.environ.get("TOCSIN_FLINK_JOB_SERVER_JAR")
    if not jar:
        pytest.skip("needs Flink: TOCSIN_FLINK_JOB_SERVER_JAR names no job server of Beam's for it")
    master = os.environ.get("TOCSIN_FLINK_MASTER", "localhost:8081")
    cluster = Cluster(master=master, jar=jar, workers=str(BOOT))
    yield cluster
    manager = JobManager(master)
    left = manager.running(job_name(PART))
    if left:
        manager.cancel(left, wait=SECONDS)


def until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SECONDS
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.5)


def endless(pipeline: beam.Pipeline) -> None:
    """A graph with something to do for ever."""
    ticks = pipeline | "Tick" >> PeriodicImpulse(fire_interval=1)
    _ = ticks | "Drop" >> beam.Filter(lambda _: False)


def test_a_job_runs_in_workers_of_ours(cluster: Cluster, tmp_path: Path) -> None:
    def tell(number: int, folder: str = str(tmp_path)) -> int:
        told = {"pid": os.getpid(), "argv": sys.argv[0]}
        Path(folder, f"{number}.json").write_text(json.dumps(told))
        return number

    def bounded(pipeline: beam.Pipeline) -> None:
        _ = pipeline | "Numbers" >> beam.Create([1, 2, 3]) | "Tell" >> beam.Map(tell)

    submit(bounded, cluster, PART, Restore())
    until(lambda: len(list(tmp_path.glob("*.json"))) == 3)
    found = [json.loads(path.read_text()) for path in tmp_path.glob("*.json")]
    assert all(each["argv"].endswith("sdk_worker_main.py") for each in found)


def test_a_job_is_stopped_with_a_savepoint_and_goes_on_from_there(
    cluster: Cluster, tmp_path: Path
) -> None:
    manager = JobManager(cluster.master)
    first = submit(endless, cluster, PART, Restore())
    until(lambda: has_checkpoint(manager))
    job = manager.running(job_name(PART))
    assert job is not None
    savepoint = manager.stop(job, tmp_path.as_uri(), wait=SECONDS)
    until(lambda: manager.running(job_name(PART)) is None)

    second = submit(endless, cluster, PART, Restore(path=savepoint))
    until(lambda: has_checkpoint(manager))
    assert first != second
    assert status(manager, PART).failure == ""


def has_checkpoint(manager: JobManager) -> bool:
    found = status(manager, PART)
    return found.is_running and bool(found.checkpoints and found.checkpoints.completed)
