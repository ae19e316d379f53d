import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from console.settings import Settings
from console.sources import load
from tests.contracts.test_command_line import check_usage
from tests.contracts.tree import ROOT

FOLDER = ROOT / "deploy/kubernetes"
VARIANTS = ("prism", "flink")

SPEC = {
    *("job", "restartNonce", "flinkConfiguration", "image", "imagePullPolicy", "serviceAccount"),
    *("flinkVersion", "ingress", "podTemplate", "jobManager", "taskManager", "logConfiguration"),
    "mode",
}
"""Fields of a FlinkDeployment's spec, by the operator's reference of its custom resources."""

ROLE = {"resource", "replicas", "podTemplate"}
RESOURCE = {"cpu", "memory", "ephemeralStorage"}

Manifest = dict[str, Any]


def manifests(variant: str) -> list[Manifest]:
    """Read what a variant applies, following its kustomization."""
    return list(_read(FOLDER / variant))


def _read(folder: Path) -> Iterator[Manifest]:
    for name in yaml.safe_load((folder / "kustomization.yaml").read_text())["resources"]:
        path = (folder / name).resolve()
        if path.is_dir():
            yield from _read(path)
        else:
            yield from yaml.safe_load_all(path.read_text())


def pods(variant: str) -> Iterator[tuple[str, Manifest]]:
    """Yield the pods within, by the names of what makes them."""
    for each in manifests(variant):
        name, spec = each["metadata"]["name"], each.get("spec", {})
        if each["kind"] in {"Deployment", "Job"}:
            yield name, spec["template"]["spec"]
        elif each["kind"] == "FlinkDeployment":
            yield name, spec["podTemplate"]["spec"]
            yield f"{name} task manager", spec["taskManager"]["podTemplate"]["spec"]


def ours(variant: str) -> Iterator[tuple[str, Manifest, Manifest]]:
    """Yield the containers that run a command of ours, with their pods."""
    for name, pod in pods(variant):
        for container in pod["containers"]:
            if container.get("image", "").startswith("tocsin"):
                yield name, pod, container


def flink() -> Manifest:
    (found,) = [each for each in manifests("flink") if each["kind"] == "FlinkDeployment"]
    return found


@pytest.mark.parametrize("variant", VARIANTS)
def test_commands_exist_with_their_options(variant: str) -> None:
    found = [shlex.join(["tocsin", *container["args"]]) for _, _, container in ours(variant)]
    for line in found:
        check_usage(line)
    assert any("connect rss" in line for line in found)


@pytest.mark.parametrize("variant", VARIANTS)
def test_both_parts_of_the_stream_run(variant: str) -> None:
    lines = [" ".join(container["args"]) for _, _, container in ours(variant)]
    if variant == "prism":
        parts = {line.split("--part ")[1] for line in lines if "pipeline run" in line}
        assert parts == {"alerts", "entities"}
    else:
        assert any(line.startswith("pipeline submit") and "--part" not in line for line in lines)


def test_settings_exist() -> None:
    (settings,) = [each for each in manifests("prism") if each["kind"] == "ConfigMap"]
    told = {name: value for name, value in settings["data"].items() if not name.endswith("_FILE")}
    assert load(Path("/dev/null"), told).settings != Settings()
    files = {name.removesuffix("_FILE") for name in settings["data"].keys() - told.keys()}
    assert files == {"TOCSIN_STORE_URL"}


@pytest.mark.parametrize("variant", VARIANTS)
def test_secrets_are_files_of_a_secret_that_is_not_among_the_manifests(variant: str) -> None:
    assert "Secret" not in {each["kind"] for each in manifests(variant)}
    for name, pod, container in ours(variant):
        mounts = {each["name"]: each["mountPath"] for each in container["volumeMounts"]}
        assert mounts["secrets"] == "/run/secrets/tocsin", name
        volumes = {each["name"]: each for each in pod["volumes"]}
        assert set(mounts) <= set(volumes), name
        assert volumes["secrets"]["secret"] == {"secretName": "tocsin"}


@pytest.mark.parametrize("variant", VARIANTS)
def test_our_containers_have_no_rights_to_spare(variant: str) -> None:
    for name, pod, container in ours(variant):
        rights = {**pod.get("securityContext", {}), **container["securityContext"]}
        assert rights["runAsNonRoot"], name
        assert not rights["allowPrivilegeEscalation"], name
        assert rights["capabilities"] == {"drop": ["ALL"]}, name
        assert rights["seccompProfile"] == {"type": "RuntimeDefault"}, name
        # Beam changes the mode of Prism's file, and a file system that forbids it stops it.
        assert rights["readOnlyRootFilesystem"] == ("run" not in container["args"]), name


@pytest.mark.parametrize("variant", VARIANTS)
def test_what_serves_metrics_is_watched_and_scraped(variant: str) -> None:
    serving = [
        (name, container) for name, _, container in ours(variant) if "livenessProbe" in container
    ]
    assert len(serving) >= 3
    for name, container in serving:
        (port,) = container["ports"]
        assert (port["name"], port["containerPort"]) == ("metrics", 9464), name
        assert container["startupProbe"]["httpGet"] == {"path": "/metrics", "port": "metrics"}


@pytest.mark.parametrize("variant", VARIANTS)
def test_no_role_runs_twice_at_once(variant: str) -> None:
    for each in manifests(variant):
        if each["kind"] == "Deployment":
            assert each["spec"]["replicas"] == 1
            assert each["spec"]["strategy"] == {"type": "Recreate"}
            labels = each["spec"]["template"]["metadata"]["labels"]
            assert each["spec"]["selector"]["matchLabels"].items() <= labels.items()


def test_the_flink_cluster_has_only_fields_that_its_operator_documents() -> None:
    found = flink()
    assert (found["apiVersion"], found["spec"]["flinkVersion"]) == (
        "flink.apache.org/v1beta1",
        "v2_2",
    )
    assert set(found["spec"]) <= SPEC
    for role in ("jobManager", "taskManager"):
        assert set(found["spec"][role]) <= ROLE
        assert set(found["spec"][role]["resource"]) <= RESOURCE
    # A session cluster: jobs come to it over its REST interface.
    assert "job" not in found["spec"]
    assert all(isinstance(value, str) for value in found["spec"]["flinkConfiguration"].values())


def test_flinks_own_container_has_the_name_that_the_operator_looks_for() -> None:
    (container,) = flink()["spec"]["podTemplate"]["spec"]["containers"]
    assert container["name"] == "flink-main-container"


def test_workers_stand_where_jobs_look_for_them() -> None:
    lines = {name: container["args"] for name, _, container in ours("flink")}
    port = lines["flink task manager"][-1]
    assert f"--workers=localhost:{port}" in lines["submit"]
    assert "--environment=external" in lines["submit"]
    assert "--flink-master=flink-rest:8081" in lines["submit"]


def test_flink_keeps_what_it_must_where_all_of_it_reaches() -> None:
    settings = flink()["spec"]["flinkConfiguration"]
    kept = [value for value in settings.values() if value.startswith("file:")]
    assert len(kept) == 3
    (container,) = flink()["spec"]["podTemplate"]["spec"]["containers"]
    (mount,) = container["volumeMounts"]
    assert all(value.startswith(f"file://{mount['mountPath']}/") for value in kept)
    (claim,) = [each for each in manifests("flink") if each["kind"] == "PersistentVolumeClaim"]
    assert claim["spec"]["accessModes"] == ["ReadWriteMany"]


def test_flink_is_configured_as_in_compose() -> None:
    compose = yaml.safe_load((ROOT / "deploy/compose.yaml").read_text())
    lines = compose["services"]["jobmanager"]["environment"]["FLINK_PROPERTIES"].splitlines()
    there = dict(re.split(r":\s+", line, maxsplit=1) for line in lines if line)
    here = flink()["spec"]["flinkConfiguration"]
    shared = there.keys() & here.keys()
    assert len(shared) >= 7
    assert {name: there[name] for name in shared} == {name: here[name] for name in shared}
    assert compose["services"]["jobmanager"]["image"] == flink()["spec"]["image"]


@pytest.mark.parametrize("variant", VARIANTS)
def test_kustomize_itself_takes_it(variant: str) -> None:
    kubectl = shutil.which("kubectl")
    if kubectl is None:
        return  # what can be checked without it is checked above
    built = subprocess.run([kubectl, "kustomize", FOLDER / variant], capture_output=True, text=True)
    assert built.returncode == 0, built.stderr
    found = list(yaml.safe_load_all(built.stdout))
    assert len(found) == len(manifests(variant))
    images = set(re.findall(r"image: (tocsin\S*)", built.stdout))
    assert all(re.fullmatch(r"tocsin(-submit)?:[\d.]+", image) for image in images), images
