"""Flink: the options that a job of ours runs with there, and how it gets there.

The job travels as one jar, which holds Beam's job server for Flink, the graph and its options, over
Flink's REST interface: no job server runs anywhere. Python code runs in processes of our own
boot program (`pipelines/worker.py`), which must be installed wherever a TaskManager is.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import apache_beam as beam
from apache_beam.options.pipeline_options import PipelineOptions

from pipelines.job_manager import JobManager
from pipelines.job_status import job_name
from pipelines.options import YEAR_SECONDS
from pipelines.uber_jar import Launch, Restore, UberJarRunner
from schemas import InvalidSetting

FLINK = "2.2"
"""The release of Flink that the options and the REST interface are those of."""

MAX_PARALLELISM = 128
"""Key groups of a job's state. Fixed: with another number no savepoint can be restored."""

CHECKPOINT_MS = 10_000
BUNDLE_MS = 100
"""How long a bundle may wait for more records; Flink's own second would be felt in every alert."""

STATE_CACHE_MB = 100
"""Of each worker process; Beam's default is none, and every read of state a round trip."""

Build = Callable[[beam.Pipeline], object]


class Environment(StrEnum):
    """How Python workers come to be."""

    PROCESS = "process"
    EXTERNAL = "external"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """Where a job goes and how it runs there.

    `workers` is, for processes, the path of the boot program on each TaskManager, else the
    `HOST:PORT` of the worker pool as a TaskManager sees it; `processes` are those of each TaskManager.
    """

    master: str = "localhost:8081"
    jar: str = ""
    parallelism: int = 1
    max_parallelism: int = MAX_PARALLELISM
    environment: Environment = Environment.PROCESS
    workers: str = "tocsin-worker"
    processes: int = 1


def flags_for(cluster: Cluster, part: str) -> list[str]:
    """Give the options of a part's job, as one would type them. Raises `InvalidSetting`."""
    if not 1 <= cluster.parallelism <= cluster.max_parallelism:
        raise InvalidSetting(
            f"parallelism must be 1 to {cluster.max_parallelism}, which is the greatest parallelism."
        )
    if cluster.processes < 1:
        raise InvalidSetting("There must be one worker process at least.")
    return [
        "--runner=FlinkRunner",
        f"--flink_master={JobManager(cluster.master).url}",
        f"--flink_version={FLINK}",
        "--flink_submit_uber_jar",
        f"--flink_job_server_jar={cluster.jar}",
        f"--job_name={job_name(part)}",
        "--streaming",
        f"--parallelism={cluster.parallelism}",
        f"--max_parallelism={cluster.max_parallelism}",
        f"--checkpointing_interval={CHECKPOINT_MS}",
        "--checkpointing_mode=EXACTLY_ONCE",
        f"--max_bundle_time_mills={BUNDLE_MS}",
        f"--max_cache_memory_usage_mb={STATE_CACHE_MB}",
        f"--sdk_worker_parallelism={cluster.processes}",
        # It bounds the driver's streams of states and messages, too.
        f"--job_server_timeout={YEAR_SECONDS}",
        f"--environment_type={cluster.environment.upper()}",
        f"--environment_config={_environment_config(cluster)}",
    ]


def _environment_config(cluster: Cluster) -> str:
    if cluster.environment is Environment.PROCESS:
        return json.dumps({"command": cluster.workers})
    if not cluster.workers.rpartition(":")[2].isdigit():
        raise InvalidSetting(
            f"{cluster.workers!r} is not HOST:PORT, as in localhost:50000.",
            hint="External workers are reached through their pool; name it by --workers.",
        )
    return cluster.workers


def check(cluster: Cluster, part: str) -> JobManager:
    """See that a part's job can be submitted. Raises `InvalidSetting` or `Unavailable`."""
    if not cluster.jar or not Path(cluster.jar).is_file():
        lacking = f"{cluster.jar} is not there" if cluster.jar else "No job server's jar is named"
        raise InvalidSetting(
            f"{lacking}: Beam's job server for Flink travels with every job.",
            hint=(
                f"It is org.apache.beam:beam-runners-flink-{FLINK}-job-server:{beam.__version__}"
                " of Maven Central; name it by --job-server-jar or TOCSIN_FLINK_JOB_SERVER_JAR."
            ),
        )
    manager = JobManager(cluster.master)
    version = manager.overview().version
    if version.split(".")[:2] != FLINK.split("."):
        raise InvalidSetting(
            f"{manager.url} is Flink {version}; the job is for Flink {FLINK}.",
            hint="Name another cluster by --flink-master.",
        )
    running = manager.running(job_name(part))
    if running:
        raise InvalidSetting(
            f"{running.name} is there already, {running.state}: {running.id}.",
            hint=f"Stop it first: tocsin pipeline stop --part {part} --savepoint FOLDER",
        )
    return manager


def submit(build: Build, cluster: Cluster, part: str, restore: Restore) -> str:
    """Send a part's job to the cluster; returns the id that Flink gives it. Raises as `check` does."""
    launch = Launch(check(cluster, part), restore)
    options = PipelineOptions(flags_for(cluster, part))
    pipeline = beam.Pipeline(runner=UberJarRunner(launch), options=options)
    build(pipeline)
    pipeline.run()
    return launch.started[0]
