import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml

from console.settings import Settings
from console.sources import load
from schemas.topics import TOPICS
from tests.contracts.test_command_line import check_usage
from tests.contracts.tree import ROOT

COMPOSE = yaml.safe_load((ROOT / "deploy/compose.yaml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = sorted(name for name, service in SERVICES.items() if "build" in service)


def test_there_are_services_of_ours() -> None:
    assert {"topics", "feeds", "seeds"} <= set(OURS)


@pytest.mark.parametrize("name", OURS)
def test_a_service_runs_a_command_that_exists(name: str) -> None:
    check_usage(shlex.join(["tocsin", *SERVICES[name]["command"]]))


@pytest.mark.parametrize("name", OURS)
def test_a_service_is_told_settings_that_exist_and_finds_the_broker(name: str) -> None:
    found = load(Path("/dev/null"), SERVICES[name]["environment"]).settings
    assert found != Settings()
    inside = SERVICES["kafka"]["environment"]["KAFKA_ADVERTISED_LISTENERS"]
    (server,) = found.kafka.bootstrap_servers
    assert f"INSIDE://{server}" in inside.split(",")


def test_everything_waits_for_a_healthy_broker_with_its_topics() -> None:
    assert SERVICES["topics"]["depends_on"]["kafka"]["condition"] == "service_healthy"
    for name in set(OURS) - {"topics"}:
        waits = SERVICES[name]["depends_on"]["topics"]["condition"]
        assert waits == "service_completed_successfully"


def test_nothing_listens_beyond_this_machine() -> None:
    ports = [port for service in SERVICES.values() for port in service.get("ports", ())]
    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_the_broker_is_of_the_release_that_the_tests_use() -> None:
    pom = (ROOT / "deploy/kafka/pom.xml").read_text()
    release = re.search(r"kafka_2.13</artifactId>\s*<version>([\d.]+)<", pom)
    assert release
    assert SERVICES["kafka"]["image"] == f"apache/kafka:{release[1]}"


def test_the_topics_in_the_document_are_those_of_the_code() -> None:
    text = (ROOT / "docs/howto/kafka.md").read_text()
    rows = re.findall(r"\| `tocsin\.([a-z-]+)` \| [^|]+ \| (\d+) \| ([^|]+) \|", text)
    assert rows == [
        (
            each.name,
            str(each.partitions),
            "the last of each key"
            if each.compacted
            else f"{each.retention.days} days"
            if each.retention
            else "for ever",
        )
        for each in TOPICS
    ]
