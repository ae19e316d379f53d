"""A stand-in for Flink's JobManager on loopback: it answers as Flink 2.2.1 was seen to answer."""

import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.parser import BytesParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

TRACE = (
    "org.apache.flink.util.SerializedThrowable: java.util.concurrent.CompletionException: it failed\n"
    "\tat java.base/java.util.concurrent.CompletableFuture.uniExceptionally(CompletableFuture.java:990)\n"
    "Caused by: java.util.concurrent.CompletionException: it failed\n"
    "\t... 12 more\n"
    "Caused by: java.io.IOException: Failed to create savepoint directory at /nowhere\n"
    "\t... 15 more\n"
)


class JobManagerStandIn:
    """What the cluster has; a test changes it, and reads what was asked."""

    def __init__(self) -> None:
        self.version = "2.2.1"
        self.jobs: list[dict[str, Any]] = []
        self.requests: list[tuple[str, str, Any]] = []
        self.jar = b""
        self.polls = 0
        self.polls_before_a_savepoint = 1
        self.savepoint: dict[str, Any] = {"location": "file:/savepoints/savepoint-1"}
        self.failures: list[dict[str, Any]] = []
        self.refused: dict[str, tuple[int, list[str]]] = {}
        self.address = ""

    def has(self, name: str, state: str = "RUNNING", start: int = 1_795_557_094_014) -> str:
        """Put a job there; returns its id."""
        job = {"jid": f"{len(self.jobs):032x}", "name": name, "state": state, "start-time": start}
        self.jobs.append({**job, "end-time": -1, "duration": 9961, "tasks": {"total": 2}})
        return str(job["jid"])

    def answer(self, method: str, path: str, body: Any) -> tuple[int, Any]:
        """Answer one request."""
        self.requests.append((method, path, body))
        for end, (status, errors) in self.refused.items():
            if path.endswith(end):
                return status, {"errors": errors}
        for asked, pattern, found in ROUTES:
            match = re.fullmatch(f"/v1{pattern}", path)
            if asked == method and match:
                return found(self, *match.groups())
        return 404, {"errors": [f"Not found: {path}"]}

    def stop(self, job: str) -> tuple[int, Any]:
        self.state_is(job, "FINISHED" if "location" in self.savepoint else "RUNNING")
        return 202, {"request-id": "5b3b0dc5b1a54cbfb0e0c4b3d8f2b9d5"}

    def state_is(self, job: str, state: str) -> None:
        for each in self.jobs:
            if each["jid"] == job:
                each["state"] = state

    def poll(self, job: str) -> tuple[int, Any]:
        self.polls += 1
        if self.polls <= self.polls_before_a_savepoint:
            return 200, {"status": {"id": "IN_PROGRESS"}, "operation": None}
        return 200, {"status": {"id": "COMPLETED"}, "operation": self.savepoint}

    def cancel(self, job: str) -> tuple[int, Any]:
        self.state_is(job, "CANCELED")
        return 202, {}

    def run(self, jar: str) -> tuple[int, Any]:
        return 200, {"jobid": self.has("tocsin-alerts")}

    def overview(self) -> tuple[int, Any]:
        running = sum(job["state"] == "RUNNING" for job in self.jobs)
        free = {"slots-total": 4, "slots-available": 4 - running, "jobs-running": running}
        return 200, {"taskmanagers": 2, **free, "flink-version": self.version}

    def checkpoints(self, job: str) -> tuple[int, Any]:
        completed = {"latest_ack_timestamp": 1_795_557_102_211, "external_path": "file:/kept/chk-4"}
        latest = {"completed": completed, "savepoint": None, "failed": None, "restored": None}
        return 200, {"counts": {"completed": 4, "failed": 1, "total": 5}, "latest": latest}

    def state(self, job: str) -> tuple[int, Any]:
        return 200, next(each for each in self.jobs if each["jid"] == job)


Route = tuple[str, str, Callable[..., tuple[int, Any]]]
ROUTES: tuple[Route, ...] = (
    ("GET", "/overview", JobManagerStandIn.overview),
    ("GET", "/jobs/overview", lambda self: (200, {"jobs": self.jobs})),
    ("GET", r"/jobs/(\w{32})", JobManagerStandIn.state),
    ("GET", r"/jobs/(\w{32})/checkpoints", JobManagerStandIn.checkpoints),
    (
        "GET",
        r"/jobs/(\w{32})/exceptions",
        lambda self, job: (200, {"exceptionHistory": {"entries": self.failures}}),
    ),
    ("GET", r"/jobs/\w{32}/savepoints/(\w+)", JobManagerStandIn.poll),
    ("POST", r"/jobs/(\w{32})/stop", JobManagerStandIn.stop),
    ("PATCH", r"/jobs/(\w{32})\?mode=cancel", JobManagerStandIn.cancel),
    ("POST", "/jars/upload", lambda self: (200, {"filename": "/uploads/1_tocsin.jar"})),
    ("POST", "/jars/(1_tocsin.jar)/run", JobManagerStandIn.run),
    ("DELETE", "/jars/1_tocsin.jar", lambda self: (200, {})),
)


@contextmanager
def running_job_manager() -> Iterator[JobManagerStandIn]:
    """Listen on a free port of loopback for as long as the block lasts."""
    stand_in = JobManagerStandIn()

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            """Say nothing."""

        def respond(self) -> None:
            sent = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if self.path.endswith("/upload"):
                stand_in.jar, sent = _file_of(self.headers["Content-Type"], sent), b""
            body = json.loads(sent) if sent else None
            status, answer = stand_in.answer(self.command, self.path, body)
            told = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(told)))
            self.end_headers()
            self.wfile.write(told)

        do_GET = do_POST = do_PATCH = do_DELETE = respond  # noqa: N815

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    stand_in.address = f"127.0.0.1:{server.server_port}"
    listening = threading.Thread(target=server.serve_forever, args=(0.05,))
    listening.start()
    try:
        yield stand_in
    finally:
        server.shutdown()
        listening.join()
        server.server_close()


def _file_of(kind: str, sent: bytes) -> bytes:
    """Take the file out of a form."""
    form = BytesParser().parsebytes(b"Content-Type: " + kind.encode() + b"\r\n\r\n" + sent)
    (part,) = form.get_payload()
    return part.get_payload(decode=True)
