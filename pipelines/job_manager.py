"""Flink's JobManager, asked over its REST interface: which jobs run, how they do, and to stop them."""

import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable

from pipelines.cluster_answers import (
    ENDED,
    Answer,
    Checkpoints,
    ClusterJob,
    ClusterOverview,
    Savepoint,
    innermost,
    read_checkpoints,
    read_failure,
    read_jobs,
    read_overview,
    read_savepoint,
)
from schemas import InvalidSetting, TocsinError, Unavailable

ANSWER_SECONDS = 30.0
"""How long the JobManager may take for one answer."""

POLL_SECONDS = 0.5
"""How often we ask whether a savepoint is done."""


class JobManager:
    """A JobManager at an address such as `localhost:8081` or `https://flink.example.org`.

    Everything raises `Unavailable` when it does not answer or a job of it fails, and `InvalidSetting`
    when it refuses what it is asked.
    """

    def __init__(self, master: str, *, seconds: float = ANSWER_SECONDS) -> None:
        self.url = (master if "://" in master else f"http://{master}").rstrip("/")
        self._seconds = seconds

    def overview(self) -> ClusterOverview:
        """Say what the cluster has to offer."""
        return read_overview(self.ask("GET", "/overview"))

    def jobs(self) -> tuple[ClusterJob, ...]:
        """List the jobs that the cluster still knows of, the latest first."""
        return read_jobs(self.ask("GET", "/jobs/overview"))

    def running(self, name: str) -> ClusterJob | None:
        """Find the job of this name that has not ended."""
        return next((job for job in self.jobs() if job.name == name and not job.has_ended), None)

    def last(self, name: str) -> ClusterJob | None:
        """Find the job of this name that runs, else the last one that did."""
        return self.running(name) or next((job for job in self.jobs() if job.name == name), None)

    def checkpoints(self, job: ClusterJob) -> Checkpoints:
        """Say how the state of a job is being kept."""
        return read_checkpoints(self.ask("GET", f"/jobs/{job.id}/checkpoints"))

    def failure(self, job: ClusterJob) -> str:
        """Say in one line why a job last failed or was started anew; `''` if it never did."""
        return read_failure(self.ask("GET", f"/jobs/{job.id}/exceptions"))

    def stop(self, job: ClusterJob, folder: str, *, wait: float) -> str:
        """Write a savepoint and stop the job with it; returns its path."""
        # Draining would send the watermark to the end of time, and windows would close that should not.
        body = {"targetDirectory": folder, "drain": False}
        return self._written(job, self.ask("POST", f"/jobs/{job.id}/stop", body), wait)

    def cancel(self, job: ClusterJob, *, wait: float) -> None:
        """Stop a job and leave its state to the last checkpoint."""
        self.ask("PATCH", f"/jobs/{job.id}?mode=cancel")
        self._until(lambda: self._state(job) in ENDED, wait, f"{job.name} does not end")

    def run_jar(self, jar: str, body: Answer) -> str:
        """Start what an uploaded jar holds; returns the id of the job."""
        return str(self.ask("POST", f"/jars/{jar}/run", body)["jobid"])

    def remove_jar(self, jar: str) -> None:
        """Remove an uploaded jar; jobs that were started from it run on."""
        self.ask("DELETE", f"/jars/{jar}")

    def _written(self, job: ClusterJob, asked: Answer, wait: float) -> str:
        """Wait for a savepoint. Raises `Unavailable` with Flink's own reason when there will be none."""
        found: list[Savepoint] = []

        def is_done() -> bool:
            path = f"/jobs/{job.id}/savepoints/{asked['request-id']}"
            done = read_savepoint(self.ask("GET", path))
            found.extend([done] if done else [])
            return bool(found)

        self._until(is_done, wait, f"the savepoint of {job.name} is not done")
        if found[0].failure:
            raise Unavailable(
                f"{job.name}: no savepoint: {found[0].failure}",
                hint="The folder must be one that every JobManager and TaskManager reaches.",
            )
        return found[0].path

    def _state(self, job: ClusterJob) -> str:
        return str(self.ask("GET", f"/jobs/{job.id}")["state"])

    def _until(self, is_so: Callable[[], bool], wait: float, otherwise: str) -> None:
        deadline = time.monotonic() + wait
        while not is_so():
            if time.monotonic() >= deadline:
                raise Unavailable(f"{self.url}: {otherwise} after {wait:g} s")
            time.sleep(min(POLL_SECONDS, wait))

    def ask(self, method: str, path: str, body: Answer | None = None) -> Answer:
        """Ask for one answer."""
        request = urllib.request.Request(  # noqa: S310
            f"{self.url}/v1{path}",
            data=json.dumps(body).encode() if body is not None else None,
            headers={"Content-Type": "application/json"},
            method=method,
        )
        try:
            with urllib.request.urlopen(request, timeout=self._seconds) as answer:  # noqa: S310
                found: Answer = json.loads(answer.read() or b"{}")
        except urllib.error.HTTPError as error:
            raise _refused(self.url, error) from error
        except (OSError, ValueError) as error:
            reason = getattr(error, "reason", error)
            raise Unavailable(
                f"no Flink cluster answers at {self.url}: {reason}",
                hint="Name its JobManager by --flink-master HOST:PORT.",
            ) from error
        return found


def _refused(url: str, error: urllib.error.HTTPError) -> TocsinError:
    """Say in one line why Flink refused, from the list of errors that it answers with."""
    try:
        told = json.loads(error.read())["errors"]
    except (OSError, ValueError, KeyError):
        told = []
    told = [each for each in told if each != "Internal server error."]
    reason = innermost("\n".join(told).removeprefix("<Exception on server side:"))
    # 503: no JobManager leads just now; another will.
    kind = Unavailable if error.code == 503 else InvalidSetting
    return kind(f"{url}: {reason or f'{error.code} {error.reason}'}")
