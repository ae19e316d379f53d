"""Which metrics there are: ours by our catalogues, Flink's by those that a Flink 2.2.1 was seen to serve."""

import re
from collections.abc import Iterator

from prometheus_client.metrics import MetricWrapperBase

import connectors.metrics
import console.metrics
import pipelines.metrics

CATALOGUES = (connectors.metrics, pipelines.metrics, console.metrics)

FLINK = {
    "flink_jobmanager_job_lastCheckpointDuration",
    "flink_jobmanager_job_numberOfFailedCheckpoints",
    "flink_jobmanager_numRunningJobs",
    "flink_jobmanager_taskSlotsAvailable",
    "flink_jobmanager_taskSlotsTotal",
}

_SELECTOR = re.compile(r"\b(?P<name>(?:tocsin|flink)_\w+)(?:\{(?P<labels>[^}]*)\})?")
_LABEL = re.compile(r"(\w+)\s*(?:=~|!=|!~|=)")
_GROUPED = re.compile(r"\b(?:by|on|without|ignoring)\s*\(([^)]*)\)")


def served() -> dict[str, set[str]]:
    """Give the names that Prometheus sees, with the labels of each."""
    found: dict[str, set[str]] = {"up": {"job", "instance"}}
    for catalogue in CATALOGUES:
        for each in vars(catalogue).values():
            if isinstance(each, MetricWrapperBase):
                for end in {"counter": ("_total",), "histogram": ("_bucket", "_count", "_sum")}.get(
                    each._type, ("",)
                ):
                    found[each._name + end] = set(each._labelnames)
    return found


def unknown(expression: str) -> Iterator[str]:
    """Name what a query asks for that nobody serves: metrics, and labels that select or group."""
    names = served()
    known: set[str] = {"le", "job", "instance"}
    for match in _SELECTOR.finditer(expression):
        name = match["name"]
        if name in FLINK:
            known |= {"job_name"}
            continue
        if name not in names:
            yield name
            continue
        known |= names[name]
        for label in _LABEL.findall(match["labels"] or ""):
            if label not in names[name] | {"le", "job", "instance"}:
                yield f"{name}{{{label}}}"
    for group in _GROUPED.findall(expression):
        yield from (f"by {each}" for each in map(str.strip, group.split(",")) if each not in known)
