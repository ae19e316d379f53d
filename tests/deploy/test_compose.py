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
from tests.deploy.secret_files import with_files

COMPOSE = yaml.safe_load((ROOT / "deploy/compose.yaml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = sorted(name for name, service in SERVICES.items() if "build" in service)


def settings_of(name: str, folder: Path) -> Settings:
    """Load the settings that a service is told, with the files that it finds."""
    return load(Path("/dev/null"), with_files(SERVICES[name]["environment"], folder)).settings


def test_there_are_services_of_ours() -> None:
    assert {"topics", "rules", "feeds", "seeds", "deliver", "web"} <= set(OURS)
    assert {"pipeline-alerts", "pipeline-entities", "workers", "submit"} <= set(OURS)


@pytest.mark.parametrize("name", OURS)
def test_a_service_runs_a_command_that_exists(name: str) -> None:
    check_usage(shlex.join(["tocsin", *SERVICES[name]["command"]]))


@pytest.mark.parametrize("name", OURS)
def test_a_service_is_told_settings_that_exist_and_finds_the_broker(
    name: str, tmp_path: Path
) -> None:
    found = settings_of(name, tmp_path)
    assert found != Settings()
    inside = SERVICES["kafka"]["environment"]["KAFKA_ADVERTISED_LISTENERS"]
    (server,) = found.kafka.bootstrap_servers
    assert f"INSIDE://{server}" in inside.split(",")


def test_everything_waits_for_a_healthy_broker_with_its_topics() -> None:
    assert SERVICES["topics"]["depends_on"]["kafka"]["condition"] == "service_healthy"
    for name in set(OURS) - {"topics"}:
        waits = SERVICES[name]["depends_on"]["topics"]["condition"]
        assert waits == "service_completed_successfully"


def test_the_store_is_the_server_beside_and_everything_waits_for_it(tmp_path: Path) -> None:
    server = SERVICES["postgresql"]["environment"]
    for name in set(OURS) - {"topics"}:
        found = settings_of(name, tmp_path)
        user = f"{server['POSTGRES_USER']}:{server['POSTGRES_PASSWORD']}"
        place = f"postgresql/{server['POSTGRES_DB']}"
        assert found.store.url == f"postgresql+psycopg://{user}@{place}"
        assert SERVICES[name]["depends_on"]["postgresql"]["condition"] == "service_healthy"


def test_what_is_waited_for_exists_and_can_be_healthy() -> None:
    for name, service in SERVICES.items():
        waits = service.get("depends_on", {})
        for other, how in waits.items() if isinstance(waits, dict) else ():
            assert other in SERVICES, name
            if how["condition"] == "service_healthy":
                assert "healthcheck" in SERVICES[other], other


def test_servers_and_all_roles_with_metrics_have_health_checks() -> None:
    assert {name for name, service in SERVICES.items() if "healthcheck" in service} == {
        *("kafka", "postgresql", "prometheus", "grafana", "jobmanager"),
        *("feeds", "seeds", "pipeline-alerts", "pipeline-entities", "deliver", "web"),
        "workers",
    }


def test_by_default_the_stream_runs_on_prism_and_flink_is_a_profile() -> None:
    flink = {name for name, service in SERVICES.items() if service.get("profiles") == ["flink"]}
    assert flink == {"state", "jobmanager", "taskmanager", "workers", "submit"}
    others = {name for name in set(SERVICES) - flink if "profiles" in SERVICES[name]}
    assert others == {"web"}  # which nobody could ask without tokens
    for part in ("alerts", "entities"):
        assert SERVICES[f"pipeline-{part}"]["command"] == ["pipeline", "run", "--part", part]


def test_workers_stand_beside_the_task_manager() -> None:
    assert SERVICES["workers"]["network_mode"] == "service:taskmanager"
    command = SERVICES["submit"]["command"]
    assert command[command.index("--environment") + 1] == "external"
    assert command[command.index("--flink-master") + 1] == "jobmanager:8081"


def test_volumes_are_declared_and_files_that_are_mounted_are_there() -> None:
    for name, service in SERVICES.items():
        for volume in service.get("volumes", ()):
            source = re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", volume).partition(":")[0]
            if source.startswith("."):
                assert (ROOT / "deploy" / source).exists(), name
            else:
                assert source in COMPOSE["volumes"], name


def test_prometheus_asks_services_that_are_there_at_the_ports_that_they_have() -> None:
    asked = yaml.safe_load((ROOT / "deploy/prometheus/prometheus.yaml").read_text())
    jobs = {
        each["job_name"]: each["static_configs"][0]["targets"] for each in asked["scrape_configs"]
    }
    for target in jobs["tocsin"]:
        name, _, port = target.partition(":")
        assert SERVICES[name]["environment"]["TOCSIN_METRICS_LISTEN"] == f"0.0.0.0:{port}"
    assert {target.partition(":")[0] for target in jobs["flink"]} <= set(SERVICES)
    properties = SERVICES["jobmanager"]["environment"]["FLINK_PROPERTIES"]
    assert "metrics.reporter.prom.port: 9249" in properties


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


def test_the_image_has_the_targets_that_are_asked_for_and_the_beam_of_the_lock() -> None:
    text = (ROOT / "deploy/Dockerfile").read_text()
    targets = set(re.findall(r"^FROM \S+ AS (\S+)$", text, re.MULTILINE))
    assert {SERVICES[name]["build"]["target"] for name in OURS} <= targets
    beam = re.search(r"^ARG BEAM=(\S+)$", text, re.MULTILINE)
    locked = re.search(
        r"^apache-beam==(\S+)", (ROOT / "requirements.lock").read_text(), re.MULTILINE
    )
    assert beam
    assert locked
    assert beam[1] == locked[1]
    # The stage without a name is what is built where no target is named: all roles.
    assert text.rstrip().splitlines()[-1] == "FROM tocsin"
