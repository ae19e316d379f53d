import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from deploy.kafka.broker import Broker as Launched
from deploy.kafka.broker import CannotStart, NotInstalled
from tests.console.test_supervisor import is_gone, wait_until
from tests.contracts.tree import ROOT
from tests.kafka_broker import free_pair


@pytest.mark.kafka
def test_a_port_that_is_taken_is_said_in_words(kafka_broker, tmp_path):
    with pytest.raises(CannotStart, match=f"port {kafka_broker.port} is taken"):
        Launched(tmp_path, kafka_broker.port).start()


@pytest.mark.parametrize("missing", ["java", "mvn"])
def test_what_is_missing_is_said_in_words(tmp_path, monkeypatch, missing):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("TOCSIN_KAFKA_JARS", str(tmp_path / "jars"))
    if missing == "java":
        monkeypatch.setattr("deploy.kafka.broker.jars", lambda: tmp_path)
    with pytest.raises(NotInstalled, match="apt-get install"):
        Launched(tmp_path, free_pair()).start()


def test_an_old_java_is_refused(tmp_path, monkeypatch):
    java = tmp_path / "java"
    java.write_text("#!/bin/sh\necho 'openjdk version \"1.8.0_392\"' >&2\n")
    java.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setattr("deploy.kafka.broker.jars", lambda: tmp_path)
    with pytest.raises(NotInstalled, match="too old"):
        Launched(tmp_path, free_pair()).start()


@contextmanager
def launched(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """A broker by `make kafka`, which answers."""
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "deploy.kafka.broker",
            f"--port={free_pair()}",
            f"--folder={folder}",
        ],
        cwd=ROOT,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        assert "Kafka answers on 127.0.0.1:" in process.stdout.readline()
        yield process
    finally:
        process.terminate()
        process.wait(60)


# The fixture is asked for so that Java and the jars are there.
@pytest.mark.kafka
def test_the_launcher_runs_until_it_is_told_to_stop_and_keeps_its_data(kafka_broker, tmp_path):
    folder = tmp_path / "broker"
    with launched(folder) as process:
        pass
    assert process.returncode == 0
    assert Path(folder / "data" / "meta.properties").exists()


@pytest.mark.kafka
def test_no_broker_outlives_a_launcher_that_was_killed(kafka_broker, tmp_path):
    with launched(tmp_path / "broker") as process:
        (broker,) = members_of(process.pid)
        process.kill()
        process.wait()
        wait_until(lambda: is_gone(broker), 20, "the end of the broker")


def members_of(pid: int) -> list[int]:
    """Name the children of a process."""
    return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
