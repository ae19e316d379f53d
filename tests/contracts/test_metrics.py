"""Every metric is documented, with its labels and in the same words."""

from prometheus_client.metrics import MetricWrapperBase

from connectors import metrics
from tests.contracts.tree import ROOT

CATALOGUE = [each for each in vars(metrics).values() if isinstance(each, MetricWrapperBase)]


def test_the_catalogue_is_documented_as_it_is() -> None:
    page = (ROOT / "docs" / "reference" / "metrics.md").read_text(encoding="utf-8")
    told = [line.split(" | ") for line in page.splitlines() if line.startswith("| `tocsin_")]
    documented = {cells[0].strip("|` "): (cells[2], cells[3].strip(" |")) for cells in told}
    assert documented == {
        _name(each): (", ".join(each._labelnames) or "-", each._documentation) for each in CATALOGUE
    }


def _name(metric: MetricWrapperBase) -> str:
    return metric._name + ("_total" if metric._type == "counter" else "")
