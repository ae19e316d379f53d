"""Every metric is documented, with its labels and in the same words."""

import re
from typing import get_args

from prometheus_client.metrics import Gauge, MetricWrapperBase

from connectors import metrics as of_connectors
from console import metrics as of_run
from pipelines import metrics as of_stream
from tests.contracts.tree import ROOT

CATALOGUES = (of_connectors, of_stream, of_run)
CATALOGUE = [
    each
    for catalogue in CATALOGUES
    for each in vars(catalogue).values()
    if isinstance(each, MetricWrapperBase)
]


def test_the_catalogue_is_documented_as_it_is() -> None:
    page = (ROOT / "docs" / "reference" / "metrics.md").read_text(encoding="utf-8")
    told = [line.split(" | ") for line in page.splitlines() if line.startswith("| `tocsin_")]
    documented = {cells[0].strip("|` "): (cells[2], cells[3].strip(" |")) for cells in told}
    assert documented == {
        _name(each): (", ".join(each._labelnames) or "-", each._documentation) for each in CATALOGUE
    }


def _name(metric: MetricWrapperBase) -> str:
    return metric._name + ("_total" if metric._type == "counter" else "")


def test_the_records_of_the_stream_are_documented_by_name() -> None:
    page = (ROOT / "docs" / "reference" / "metrics.md").read_text(encoding="utf-8")
    source = (ROOT / "pipelines" / "metrics.py").read_text(encoding="utf-8")
    told = dict(re.findall(r"^\| `(\w+)` \| ([^|]+) \|$", page, re.MULTILINE))
    commented = dict(re.findall(r'^    "(\w+)",  # (.+)$', source, re.MULTILINE))
    assert set(commented) == set(get_args(of_stream.MetricName))
    assert told == commented


def test_gauges_say_how_those_of_several_processes_become_one() -> None:
    modes = {
        _name(each): each._multiprocess_mode
        for catalogue in (of_connectors, of_stream)
        for each in vars(catalogue).values()
        if isinstance(each, Gauge)
    }
    assert modes
    # The others show a sample for each process, or the last value of one that is gone.
    assert set(modes.values()) <= {"livesum", "livemax", "livemin", "livemostrecent"}
