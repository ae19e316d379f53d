import json
import shlex
from collections.abc import Iterator
from typing import Any

import pytest
from click.testing import CliRunner, Result

from console.cli import cli
from schemas import InvalidSetting, Unavailable
from tests.job_manager import JobManagerStandIn, running_job_manager


@pytest.fixture
def flink(monkeypatch: pytest.MonkeyPatch) -> Iterator[JobManagerStandIn]:
    with running_job_manager() as stand_in:
        monkeypatch.setenv("TOCSIN_FLINK_MASTER", stand_in.address)
        monkeypatch.delenv("TOCSIN_FLINK_JOB_SERVER_JAR", raising=False)
        yield stand_in


def tocsin(line: str) -> Result:
    return CliRunner().invoke(cli, ["pipeline", *shlex.split(line)])


def test_status_tells_of_both_jobs_and_fails_unless_both_run(flink: JobManagerStandIn) -> None:
    job = flink.has("tocsin-alerts")
    found = tocsin("status")
    lines = found.stdout.splitlines()
    assert lines[0] == f"http://{flink.address}: Flink 2.2.1, task managers: 2, free slots: 3 of 4"
    assert lines[1].startswith("tocsin-alerts    RUNNING since 2026-11-24 21:51:34Z, last check")
    assert lines[1].endswith(f", 1 failed, {job}")
    assert lines[2] == "tocsin-entities  is not there"
    assert found.exit_code == 1
    flink.has("tocsin-entities")
    assert tocsin("status").exit_code == 0


def test_status_says_why_a_job_is_being_started_anew(flink: JobManagerStandIn) -> None:
    flink.has("tocsin-alerts", "RESTARTING")
    flink.failures = [{"timestamp": 1, "stacktrace": "A: b\nCaused by: java.io.IOException: full"}]
    assert "java.io.IOException: full" in tocsin("status").stdout


def test_status_is_there_for_programs_too(flink: JobManagerStandIn) -> None:
    job = flink.has("tocsin-entities")
    told = json.loads(tocsin("status --json").stdout)
    assert told["cluster"]["version"] == "2.2.1"
    assert [each["job"] and each["job"]["id"] for each in told["jobs"]] == [None, job]


def test_stop_prints_where_to_go_on_from(flink: JobManagerStandIn) -> None:
    flink.has("tocsin-alerts")
    flink.has("tocsin-entities")
    found = tocsin("stop --savepoint file:/savepoints --part alerts")
    assert (found.stdout, found.exit_code) == ("tocsin-alerts file:/savepoints/savepoint-1\n", 0)
    assert [job["state"] for job in flink.jobs] == ["FINISHED", "RUNNING"]


def test_stop_without_a_savepoint_cancels(flink: JobManagerStandIn) -> None:
    flink.has("tocsin-alerts")
    flink.has("tocsin-entities")
    assert tocsin("stop --no-savepoint").exit_code == 0
    assert {job["state"] for job in flink.jobs} == {"CANCELED"}


@pytest.mark.parametrize("options", ["", "--savepoint file:/s --no-savepoint"])
def test_stop_wants_to_know_what_becomes_of_the_state(
    flink: JobManagerStandIn, options: str
) -> None:
    flink.has("tocsin-alerts")
    assert tocsin(f"stop {options}").exit_code == 2
    assert flink.requests == []


def test_stop_fails_when_nothing_runs(flink: JobManagerStandIn) -> None:
    found = tocsin("stop --no-savepoint")
    assert (found.exit_code, found.stderr) == (
        1,
        f"No job of ours runs at http://{flink.address}.\n",
    )


def test_a_dry_run_prints_the_options_and_asks_nobody(flink: JobManagerStandIn) -> None:
    found = tocsin("submit --dry-run --environment external --parallelism 3")
    alerts, entities = map(shlex.split, found.stdout.splitlines())
    assert "--job_name=tocsin-alerts" in alerts
    assert "--job_name=tocsin-entities" in entities
    assert {"--environment_type=EXTERNAL", "--environment_config=localhost:50000"} <= set(alerts)
    assert "--parallelism=3" in alerts
    assert flink.requests == []


def test_a_job_that_is_there_is_left_alone_when_that_is_wanted(flink: JobManagerStandIn) -> None:
    job = flink.has("tocsin-alerts")
    flink.has("tocsin-entities", "RESTARTING")
    found = tocsin("submit --if-absent")
    assert (found.exit_code, found.stdout) == (0, "")
    assert f"tocsin-alerts {job} is there already, RUNNING." in found.stderr
    assert {method for method, _, _ in flink.requests} == {"GET"}


@pytest.mark.parametrize("line", ["submit", "restore file:/s/1 --part alerts"])
def test_without_the_jar_nothing_is_sent(flink: JobManagerStandIn, line: str) -> None:
    found = tocsin(line)
    assert isinstance(found.exception, InvalidSetting)
    assert "TOCSIN_FLINK_JOB_SERVER_JAR" in found.exception.hint
    assert flink.requests == []


@pytest.mark.parametrize("line", ["status", "stop --no-savepoint"])
def test_no_cluster_is_told(line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOCSIN_FLINK_MASTER", "127.0.0.1:1")
    found: Any = tocsin(line).exception
    assert isinstance(found, Unavailable)
    assert str(found).startswith("no Flink cluster answers at http://127.0.0.1:1")
