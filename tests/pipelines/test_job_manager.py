from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from pipelines.cluster_answers import innermost, read_checkpoints, read_failure, read_savepoint
from pipelines.job_manager import JobManager
from schemas import InvalidSetting, Unavailable
from tests.job_manager import TRACE, JobManagerStandIn, running_job_manager


@pytest.fixture
def flink() -> Iterator[JobManagerStandIn]:
    with running_job_manager() as stand_in:
        yield stand_in


@pytest.fixture
def manager(flink: JobManagerStandIn) -> JobManager:
    return JobManager(flink.address)


def test_an_address_may_be_written_short_or_as_a_url() -> None:
    assert JobManager("localhost:8081").url == "http://localhost:8081"
    assert JobManager("https://flink.example.org/").url == "https://flink.example.org"


def test_the_cluster_says_what_it_has(flink: JobManagerStandIn, manager: JobManager) -> None:
    flink.has("other")
    found = manager.overview()
    assert (found.version, found.task_managers, found.slots, found.free_slots) == ("2.2.1", 2, 4, 3)


def test_jobs_are_listed_the_latest_first(flink: JobManagerStandIn, manager: JobManager) -> None:
    flink.has("tocsin-alerts", "FINISHED", start=1_000)
    flink.has("tocsin-alerts", "RUNNING", start=2_000)
    assert [job.started for job in manager.jobs()] == [
        datetime(1970, 1, 1, 0, 0, second, tzinfo=UTC) for second in (2, 1)
    ]


@pytest.mark.parametrize("state", ["FAILED", "CANCELED", "FINISHED"])
def test_a_job_that_has_ended_is_the_last_one_but_runs_no_more(
    flink: JobManagerStandIn, manager: JobManager, state: str
) -> None:
    flink.has("tocsin-alerts", state)
    assert manager.running("tocsin-alerts") is None
    assert manager.last("tocsin-alerts") is not None


@pytest.mark.parametrize("state", ["RUNNING", "RESTARTING", "CREATED", "FAILING"])
def test_a_job_that_has_not_ended_is_found_before_a_later_one_that_has(
    flink: JobManagerStandIn, manager: JobManager, state: str
) -> None:
    there = flink.has("tocsin-alerts", state, start=1)
    flink.has("tocsin-alerts", "FAILED", start=2)
    for found in (manager.running("tocsin-alerts"), manager.last("tocsin-alerts")):
        assert found is not None
        assert found.id == there


def test_a_job_is_stopped_with_a_savepoint_once_that_is_written(
    flink: JobManagerStandIn, manager: JobManager
) -> None:
    there = flink.has("tocsin-alerts")
    job = manager.running("tocsin-alerts")
    assert job is not None
    assert manager.stop(job, "file:/savepoints", wait=10) == "file:/savepoints/savepoint-1"
    asked = (
        "POST",
        f"/v1/jobs/{there}/stop",
        {"targetDirectory": "file:/savepoints", "drain": False},
    )
    assert asked in flink.requests
    assert flink.polls == 2


def test_a_savepoint_that_fails_says_why(flink: JobManagerStandIn, manager: JobManager) -> None:
    flink.has("tocsin-alerts")
    flink.savepoint = {"failure-cause": {"class": "SerializedThrowable", "stack-trace": TRACE}}
    job = manager.running("tocsin-alerts")
    assert job is not None
    reason = "no savepoint: java.io.IOException: Failed to create savepoint directory at /nowhere"
    with pytest.raises(Unavailable, match=reason):
        manager.stop(job, "file:/nowhere", wait=10)


def test_a_savepoint_is_not_waited_for_for_ever(
    flink: JobManagerStandIn, manager: JobManager
) -> None:
    flink.has("tocsin-alerts")
    flink.polls_before_a_savepoint = 1_000
    job = manager.running("tocsin-alerts")
    assert job is not None
    with pytest.raises(Unavailable, match=r"is not done after 0\.1 s"):
        manager.stop(job, "file:/savepoints", wait=0.1)


def test_a_cancelled_job_has_ended(flink: JobManagerStandIn, manager: JobManager) -> None:
    flink.has("tocsin-alerts")
    job = manager.running("tocsin-alerts")
    assert job is not None
    manager.cancel(job, wait=10)
    assert manager.running("tocsin-alerts") is None


def test_no_cluster_is_told_with_its_address_and_what_to_do() -> None:
    with pytest.raises(
        Unavailable, match=r"no Flink cluster answers at http://127\.0\.0\.1:1: "
    ) as told:
        JobManager("127.0.0.1:1").overview()
    assert "--flink-master" in told.value.hint


def test_another_server_at_the_address_is_no_cluster(flink: JobManagerStandIn) -> None:
    with pytest.raises(InvalidSetting, match="Not found: /v1/v1/overview"):
        JobManager(f"http://{flink.address}/v1").overview()


@pytest.mark.parametrize(
    ("status", "errors", "kind", "said"),
    [
        (404, ["org.example.NotFoundException: Job 0f not found\n\tat a.b"], InvalidSetting, "Job 0f"),
        (500, ["Internal server error.", f"<Exception on server side:\n{TRACE}"], InvalidSetting, "/nowhere"),
        (500, ["Internal server error."], InvalidSetting, "500 Internal Server Error"),
        (503, ["Service temporarily unavailable"], Unavailable, "temporarily"),
    ],
)  # fmt: skip
def test_a_refusal_is_told_in_one_line(
    flink: JobManagerStandIn, manager: JobManager, status: int, errors: list[str], kind: type, said: str
) -> None:  # fmt: skip
    flink.refused = {"/run": (status, errors)}
    with pytest.raises(kind, match=said) as told:
        manager.run_jar("1_tocsin.jar", {})
    assert "\n" not in str(told.value)


def test_checkpoints_in_memory_have_no_place_to_restore_from() -> None:
    last = {
        "latest_ack_timestamp": 1_000,
        "external_path": "<checkpoint-not-externally-addressable>",
    }
    found = read_checkpoints(
        {"counts": {"completed": 1, "failed": 0}, "latest": {"completed": last}}
    )
    assert (found.path, found.last) == ("", datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC))


def test_before_the_first_checkpoint_there_is_none() -> None:
    found = read_checkpoints(
        {"counts": {"completed": 0, "failed": 0}, "latest": {"completed": None}}
    )
    assert found.last is None


def test_the_last_failure_is_told_by_its_cause() -> None:
    entries = [{"timestamp": 1, "stacktrace": "Old: one"}, {"timestamp": 2, "stacktrace": TRACE}]
    assert read_failure({"exceptionHistory": {"entries": entries}}).endswith("/nowhere")
    assert read_failure({"exceptionHistory": {"entries": []}}) == ""


def test_a_savepoint_under_way_is_none_yet() -> None:
    assert read_savepoint({"status": {"id": "IN_PROGRESS"}, "operation": None}) is None


@pytest.mark.parametrize(("trace", "line"), [("", ""), ("A: b\n\tat c", "A: b"), (TRACE, None)])
def test_what_was_behind_a_trace_is_its_last_cause(trace: str, line: str | None) -> None:
    if line is None:
        line = "java.io.IOException: Failed to create savepoint directory at /nowhere"
    assert innermost(trace) == line
