"""What Flink's JobManager answers, read: cluster, jobs, checkpoints, savepoints, failures.

Shapes after Flink 2.2's description of its REST interface
(https://nightlies.apache.org/flink/flink-docs-release-2.2/docs/ops/rest_api/).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

ENDED = frozenset({"FAILED", "CANCELED", "FINISHED"})
"""States that a job does not leave; in all others it holds its place on the cluster."""

Answer = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterOverview:
    """What a cluster has to offer."""

    version: str
    task_managers: int
    slots: int
    free_slots: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterJob:
    """A job as the cluster lists it."""

    id: str
    name: str
    state: str
    started: datetime

    @property
    def has_ended(self) -> bool:
        """Tell whether it is over, however it ended."""
        return self.state in ENDED


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoints:
    """How a job's state is being kept: counts, and when and where the last one was completed.

    `path` is empty where checkpoints are kept in memory, as nothing could be restored from them.
    """

    completed: int
    failed: int
    last: datetime | None
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Savepoint:
    """What became of an asked-for savepoint; `path` and `failure` are empty while it is being written."""

    path: str = ""
    failure: str = ""


def read_overview(answer: Answer) -> ClusterOverview:
    """Read `/overview`."""
    return ClusterOverview(
        version=answer["flink-version"],
        task_managers=answer["taskmanagers"],
        slots=answer["slots-total"],
        free_slots=answer["slots-available"],
    )


def read_jobs(answer: Answer) -> tuple[ClusterJob, ...]:
    """Read `/jobs/overview`: the latest first."""
    jobs = [
        ClusterJob(
            id=each["jid"],
            name=each["name"],
            state=each["state"],
            started=_instant(each["start-time"]),
        )
        for each in answer["jobs"]
    ]
    return tuple(sorted(jobs, key=lambda job: (job.started, job.id), reverse=True))


def read_checkpoints(answer: Answer) -> Checkpoints:
    """Read `/jobs/:jobid/checkpoints`."""
    last = answer["latest"]["completed"] or {}
    path = last.get("external_path", "")
    return Checkpoints(
        completed=answer["counts"]["completed"],
        failed=answer["counts"]["failed"],
        last=_instant(last["latest_ack_timestamp"]) if last else None,
        path="" if path.startswith("<") else path,
    )


def read_failure(answer: Answer) -> str:
    """Read from `/jobs/:jobid/exceptions` the last failure in one line; `''` where there was none."""
    entries: Sequence[Answer] = answer.get("exceptionHistory", {}).get("entries", ())
    return (
        innermost(max(entries, key=lambda each: each["timestamp"])["stacktrace"]) if entries else ""
    )


def read_savepoint(answer: Answer) -> Savepoint | None:
    """Read `/jobs/:jobid/savepoints/:triggerid`; None while it is being written."""
    if answer["status"]["id"] != "COMPLETED":
        return None
    done: Answer = answer["operation"]
    if "failure-cause" in done:
        return Savepoint(failure=innermost(done["failure-cause"]["stack-trace"]))
    return Savepoint(path=done["location"])


def innermost(trace: str) -> str:
    """Find the line of a Java stack trace that says what was behind it all."""
    lines = trace.strip().splitlines()
    causes = [line.removeprefix("Caused by: ") for line in lines if line.startswith("Caused by: ")]
    return (causes or lines[:1] or [""])[-1].strip()


def _instant(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, tz=UTC)
