"""A job as one jar for Flink: Beam makes it, we start it, from a savepoint where there is one.

Beam's own runner starts jars by their class alone and leaves them on the JobManager.
"""

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests
from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.runners.portability.flink_runner import FlinkRunner
from apache_beam.runners.portability.flink_uber_jar_job_server import (
    FlinkBeamJob,
    FlinkUberJarJobServer,
)

from pipelines.job_manager import JobManager
from schemas import Unavailable

ENTRY = "org.apache.beam.runners.flink.FlinkPipelineRunner"
"""The class in Beam's jar that reads the graph beside it and runs it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Restore:
    """What a job begins from: the path of a savepoint or checkpoint, `''` for nothing.

    `allow_lost` lets it begin without the state of steps that are no more.
    """

    path: str = ""
    allow_lost: bool = False

    def request(self) -> dict[str, Any]:
        """Say it as Flink is told when a jar is to be run."""
        from_here = {"savepointPath": self.path, "allowNonRestoredState": self.allow_lost}
        return {"entryClass": ENTRY, **(from_here if self.path else {})}


@dataclass(frozen=True, slots=True)
class Launch:
    """One start on a cluster, and the ids of the jobs that came of it."""

    manager: JobManager
    restore: Restore
    started: list[str] = field(default_factory=list)


class UberJarRunner(FlinkRunner):
    """Beam's runner for Flink, but for how its jar is started."""

    def __init__(self, launch: Launch) -> None:
        super().__init__()
        self._launch = launch

    def default_job_server(self, options: PipelineOptions) -> Any:
        """Make the job server, which is none: it hands jars to the cluster."""
        # What Beam would make is not used, but the options are made ready for the cluster by it.
        super().default_job_server(options)
        return _Server(self._launch, options)


class _Server(FlinkUberJarJobServer):
    def __init__(self, launch: Launch, options: PipelineOptions) -> None:
        super().__init__(launch.manager.url, options)
        self._launch = launch

    def create_beam_job(self, job_id: str, job_name: str, pipeline: Any, options: Any) -> Any:
        jar = self.executable_jar()
        return _Job(self._launch, jar, job_id, job_name, pipeline, options)


class _Job(FlinkBeamJob):
    def __init__(self, launch: Launch, jar: str, *job: Any) -> None:
        super().__init__(launch.manager.url, jar, *job)
        self._launch = launch

    def run(self) -> None:
        """Upload the jar and start what it holds; what is started needs the jar no longer."""
        self._stop_artifact_service()
        try:
            uploaded = self._upload()
        finally:
            Path(self._jar).unlink()
        try:
            started = self._launch.manager.run_jar(uploaded, self._launch.restore.request())
            self._launch.started.append(started)
        finally:
            self._launch.manager.remove_jar(uploaded)

    def _upload(self) -> str:
        """Upload the jar; returns its id. Raises `Unavailable`."""
        try:
            with Path(self._jar).open("rb") as jar:
                answer = self.post("v1/jars/upload", files={"jarfile": ("tocsin.jar", jar)})
        except (RuntimeError, requests.RequestException) as error:
            raise Unavailable(f"the cluster took no jar: {error}") from error
        return os.path.basename(str(answer["filename"]))  # noqa: PTH119
