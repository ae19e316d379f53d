"""How our jobs do on a Flink cluster. Without Beam, so that the answer comes at once."""

from dataclasses import dataclass

from pipelines.cluster_answers import Checkpoints, ClusterJob
from pipelines.job_manager import JobManager


def job_name(part: str) -> str:
    """Name the job of a part, as Flink lists it."""
    return f"tocsin-{part}"


@dataclass(frozen=True, slots=True, kw_only=True)
class JobStatus:
    """How a part's job does; `job` is the last one of its name, None where the cluster knows of none."""

    name: str
    job: ClusterJob | None = None
    checkpoints: Checkpoints | None = None
    failure: str = ""

    @property
    def is_running(self) -> bool:
        """Tell whether it does its work."""
        return self.job is not None and self.job.state == "RUNNING"


def status(manager: JobManager, part: str) -> JobStatus:
    """Find out how a part's job does. Raises `Unavailable`."""
    name = job_name(part)
    job = manager.last(name)
    if job is None:
        return JobStatus(name=name)
    return JobStatus(
        name=name,
        job=job,
        checkpoints=manager.checkpoints(job),
        failure=manager.failure(job),
    )
