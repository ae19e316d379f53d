"""The ledger as the poller sees it: one thread that writes, many waiting jobs to a transaction.

A poll writes a few rows, and there are hundreds of polls a second; a transaction for each would spend
the time on commits. So whoever waits is served together: what has gathered is done in one transaction,
and each job is answered when it is committed.
"""

import asyncio
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection, Engine

from store.engine import writing

MOST = 200
"""Jobs of one transaction."""

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class _Job:
    work: Callable[[Connection], Any]
    answer: Future[Any]


class Ledger:
    """Does what it is given in transactions of a thread of its own, in the order given."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="ledger", daemon=True)
        self._thread.start()

    async def do(
        self,
        function: Callable[Concatenate[Connection, Parameters], Result],
        *arguments: Parameters.args,
        **keywords: Parameters.kwargs,
    ) -> Result:
        """Call `function(connection, ...)` and return its result once that is committed.

        Raises `Unavailable` where the store fails: then nothing was kept. What the function raises
        is raised here, and costs no other job anything. Whoever is cancelled while waiting learns
        nothing: what had begun is done all the same.
        """
        job = _Job(lambda connection: function(connection, *arguments, **keywords), Future())
        self._jobs.put(job)
        result: Result = await asyncio.wrap_future(job.answer)
        return result

    def close(self) -> None:
        """Finish what waits, then end the thread."""
        self._jobs.put(None)
        self._thread.join()

    def _work(self) -> None:
        while (gathered := self._gather()) is not None:
            # Whoever was cancelled waits no more; from here on nobody can be.
            jobs = [job for job in gathered if job.answer.set_running_or_notify_cancel()]
            if not self._do_together(jobs):
                for job in jobs:
                    self._do_alone(job)

    def _gather(self) -> list[_Job] | None:
        """Wait for a job and take those that wait behind it; `None` at the end."""
        first = self._jobs.get()
        if first is None:
            return None
        jobs = [first]
        while len(jobs) < MOST:
            try:
                following = self._jobs.get_nowait()
            except queue.Empty:
                break
            if following is None:
                self._jobs.put(None)  # for the next turn
                break
            jobs.append(following)
        return jobs

    def _do_together(self, jobs: list[_Job]) -> bool:
        """Do many jobs in one transaction; tells whether they were done, nothing is kept if not."""
        if len(jobs) < 2:
            return False
        try:
            with writing(self._engine) as connection:
                results = [job.work(connection) for job in jobs]
        except Exception:  # which of them it was shows when each is done alone
            return False
        for job, result in zip(jobs, results, strict=True):
            job.answer.set_result(result)
        return True

    def _do_alone(self, job: _Job) -> None:
        try:
            with writing(self._engine) as connection:
                result = job.work(connection)
        except BaseException as error:  # handed to whoever waits for it
            job.answer.set_exception(error)
        else:
            job.answer.set_result(result)
