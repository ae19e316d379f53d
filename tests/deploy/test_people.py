"""What `deploy/people` adds: channels, their secrets and the HTTP API, as the code reads them."""

import re
import shlex
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from console.channels import load_channels
from console.sources import load
from schemas import Channel
from tests.contracts.test_command_line import check_usage
from tests.contracts.tree import ROOT
from tests.deploy.secret_files import named, with_files

FOLDER = ROOT / "deploy/people"
CHANNELS = FOLDER / "channels.toml"
PLACE = "/etc/tocsin/channels.toml"
COMPOSE = yaml.safe_load((ROOT / "deploy/compose.yaml").read_text())
BESIDE = yaml.safe_load((FOLDER / "compose.yaml").read_text())
UNIT = (ROOT / "deploy/systemd/tocsin.service").read_text()


def read(name: str) -> list[dict[str, Any]]:
    return list(yaml.safe_load_all((FOLDER / name).read_text()))


def pod_of(manifest: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    pod = manifest["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    return pod, container


def variables(container: Mapping[str, Any]) -> dict[str, str]:
    return {each["name"]: each["value"] for each in container["env"]}


def channels_of(environment: Mapping[str, str], folder: Path) -> dict[str, Channel]:
    """Load the channels as a role would that is told this."""
    told = with_files(environment, folder)
    assert told["TOCSIN_DELIVERY_CHANNELS"] == PLACE
    told["TOCSIN_DELIVERY_CHANNELS"] = str(CHANNELS)
    return load_channels(load(Path("/dev/null"), told).settings, told)


def merged(name: str) -> dict[str, str]:
    """Give what compose tells a service when both files are given."""
    both = (COMPOSE["services"][name], BESIDE["services"][name])
    return {key: value for each in both for key, value in each["environment"].items()}


def test_compose_tells_the_deliverer_all_that_the_channels_need(tmp_path: Path) -> None:
    found = channels_of(merged("deliver"), tmp_path)
    assert list(found) == ["desk", "newsroom", "chat"]


def test_compose_gives_a_service_the_secrets_that_its_variables_name_and_no_others() -> None:
    declared = COMPOSE["secrets"] | BESIDE["secrets"]
    for name in ("deliver", "web"):
        both = (COMPOSE["services"][name], BESIDE["services"][name])
        given = {secret for each in both for secret in each.get("secrets", ())}
        assert set(named(merged(name)).values()) == {f"/run/secrets/{each}" for each in given}
        assert given <= set(declared)
    ignored = (ROOT / ".gitignore").read_text().splitlines()
    assert "deploy/people/secrets/" in ignored
    assert "deploy/people/secrets" in (ROOT / ".dockerignore").read_text().splitlines()
    assert {each["file"] for each in declared.values()} == {
        f"./people/secrets/{each}" for each in declared
    }


def test_compose_mounts_the_file_of_channels_where_it_is_looked_for() -> None:
    for service in BESIDE["services"].values():
        (volume,) = service["volumes"]
        source, _, place = volume.partition(":")
        assert (ROOT / "deploy" / source).samefile(CHANNELS)
        assert place == f"{PLACE}:ro"
        assert service["environment"]["TOCSIN_DELIVERY_CHANNELS"] == PLACE
    assert set(BESIDE["services"]) <= set(COMPOSE["services"])


def test_compose_serves_the_api_on_this_machine_alone_and_asks_whether_it_answers(
    tmp_path: Path,
) -> None:
    web = COMPOSE["services"]["web"]
    told = with_files(merged("web"), tmp_path)
    listen = load(Path("/dev/null"), told).settings.web.listen
    port = listen.rpartition(":")[2]
    assert web["ports"] == [f"127.0.0.1:{port}:{port}"]
    assert f"http://127.0.0.1:{port}/healthz" in web["healthcheck"]["test"][-1]
    assert web["profiles"] == ["web"]


def test_kubernetes_tells_the_deliverer_all_that_the_channels_need(tmp_path: Path) -> None:
    (patch,) = read("deliver.yaml")
    assert patch["metadata"]["name"] == "deliver"
    _, container = pod_of(patch)
    assert container["name"] == "deliver"
    assert list(channels_of(variables(container), tmp_path)) == ["desk", "newsroom", "chat"]


@pytest.mark.parametrize("name", ["deliver.yaml", "web.yaml"])
def test_a_pod_has_the_secrets_that_its_variables_name_and_no_others(name: str) -> None:
    pod, container = pod_of(read(name)[-1])
    mounts = {each["name"]: each["mountPath"] for each in container["volumeMounts"]}
    volumes = {each["name"]: each for each in pod["volumes"]}
    assert set(mounts) == set(volumes)
    secret = volumes["people"]["secret"]
    assert secret["secretName"] == "tocsin-people"
    given = {f"{mounts['people']}/{each['path']}" for each in secret["items"]}
    assert set(named(variables(container)).values()) == given
    assert all(each["key"] == each["path"] for each in secret["items"])
    assert f"{mounts['channels']}/{CHANNELS.name}" == PLACE


def test_the_api_is_for_the_cluster_alone_and_is_asked_whether_it_answers(tmp_path: Path) -> None:
    service, deployment = read("web.yaml")
    pod, container = pod_of(deployment)
    check_usage(shlex.join(["tocsin", *container["args"]]))
    told = with_files(variables(container), tmp_path)
    web = load(Path("/dev/null"), told).settings.web
    (port,) = container["ports"]
    assert web.tokens
    assert web.listen == f"0.0.0.0:{port['containerPort']}"
    assert service["spec"]["type"] == "ClusterIP"
    assert service["spec"]["ports"][0]["targetPort"] == port["name"]
    labels = deployment["spec"]["template"]["metadata"]["labels"]
    assert service["spec"]["selector"].items() <= labels.items()
    for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
        assert container[probe]["httpGet"] == {"path": "/healthz", "port": port["name"]}
    rights = {**pod["securityContext"], **container["securityContext"]}
    assert rights["runAsNonRoot"]
    assert rights["readOnlyRootFilesystem"]
    assert rights["capabilities"] == {"drop": ["ALL"]}


def test_kustomize_takes_it_along_with_either_variant(tmp_path: Path) -> None:
    kubectl = shutil.which("kubectl")
    if kubectl is None:
        return  # what can be checked without it is checked above
    shutil.copytree(ROOT / "deploy", tmp_path / "deploy")
    for variant in ("prism", "flink"):
        folder = tmp_path / "deploy/kubernetes" / variant
        with (folder / "kustomization.yaml").open("a") as kustomization:
            kustomization.write("components: [../../people]\n")
        built = subprocess.run([kubectl, "kustomize", folder], capture_output=True, text=True)
        assert built.returncode == 0, built.stderr
        found = {(each["kind"], each["metadata"]["name"]): each for each in _all(built.stdout)}
        ((_, name),) = [key for key in found if key[1].startswith("channels-")]
        assert found["ConfigMap", name]["data"] == {CHANNELS.name: CHANNELS.read_text()}
        for each in ("deliver", "web"):
            pod, container = pod_of(found["Deployment", each])
            assert {"configMap": {"name": name}, "name": "channels"} in pod["volumes"]
            assert container["image"] == "tocsin:0.1.0"
            assert container["envFrom"] == [{"configMapRef": {"name": "tocsin"}}]
        assert found["Deployment", "deliver"]["spec"]["replicas"] == 1


def _all(text: str) -> list[dict[str, Any]]:
    return list(yaml.safe_load_all(text))


def test_what_the_unit_has_for_people_is_what_the_channels_need(tmp_path: Path) -> None:
    lines = re.findall(r"^#?(Environment|LoadCredential)=(\S+)$", UNIT, re.MULTILINE)
    told = dict(value.split("=", 1) for key, value in lines if key == "Environment")
    loaded = {value.partition(":")[0] for key, value in lines if key == "LoadCredential"}
    assert {path.removeprefix("%d/") for path in named(told).values()} == loaded
    del told["PYTHONUNBUFFERED"]
    mail = {"HOST": "mail.example.org", "SENDER": "t@example.org", "USER": "tocsin"}
    told |= {f"TOCSIN_MAIL_{name}": value for name, value in mail.items()}
    assert list(channels_of(told, tmp_path)) == ["desk", "newsroom", "chat"]
    assert load(Path("/dev/null"), with_files(told, tmp_path)).settings.web.tokens


def test_the_document_makes_every_secret_that_is_asked_for() -> None:
    text = (ROOT / "deploy/README.md").read_text()
    wanted = set(COMPOSE["secrets"] | BESIDE["secrets"])
    for each in wanted:
        assert f"deploy/people/secrets/{each}" in text, each
    assert "create secret generic tocsin-people --from-file=deploy/people/secrets" in text
