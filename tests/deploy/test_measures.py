import json
import re
import shutil
import subprocess
from typing import Any, get_args

import pytest
import yaml

from pipelines.metrics import MetricName
from tests.contracts.tree import ROOT
from tests.deploy.metric_names import served, unknown

ALERTS = ROOT / "deploy/prometheus/alerts.yaml"
RULES: list[dict[str, Any]] = [
    rule for group in yaml.safe_load(ALERTS.read_text())["groups"] for rule in group["rules"]
]
DASHBOARD = json.loads((ROOT / "deploy/grafana/dashboard.json").read_text())
PANELS: list[dict[str, Any]] = [each for each in DASHBOARD["panels"] if each["type"] != "row"]
QUERIES = [target["expr"] for panel in PANELS for target in panel["targets"]]
PROVISIONING = ROOT / "deploy/grafana/provisioning"


def test_the_checks_find_what_is_not_there() -> None:
    assert list(unknown("rate(tocsin_nothing_total[5m])")) == ["tocsin_nothing_total"]
    assert list(unknown('tocsin_log_lag{part="x"}')) == ["tocsin_log_lag{part}"]
    assert list(unknown("sum by (colour) (tocsin_log_lag)")) == ["by colour"]
    assert "tocsin_alert_seconds_bucket" in served()


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_an_alert_asks_for_what_there_is_and_says_what_to_do(rule: dict[str, Any]) -> None:
    assert list(unknown(rule["expr"])) == []
    assert rule["labels"]["severity"] in {"page", "ticket"}
    assert rule["annotations"]["summary"]
    assert rule["annotations"]["description"].endswith(".")


def test_records_that_an_alert_counts_by_name_are_counted_under_that_name() -> None:
    counted = set(get_args(MetricName))
    asked = {
        name
        for query in (*QUERIES, *(rule["expr"] for rule in RULES))
        for selected in re.findall(r'tocsin_pipeline_records_total{[^}]*name=~?"([^"]+)"', query)
        for name in selected.split("|")
    }
    assert "articles_late" in asked
    assert asked <= counted


def test_alerts_have_names_of_their_own() -> None:
    names = [rule["alert"] for rule in RULES]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("query", QUERIES)
def test_the_dashboard_asks_for_what_there_is(query: str) -> None:
    assert list(unknown(query)) == []


def test_what_the_dashboard_names_by_label_is_a_label() -> None:
    for panel in PANELS:
        for target in panel["targets"]:
            named = re.findall(r"{{(\w+)}}", target["legendFormat"])
            assert all(f"{each}" in target["expr"] for each in named), target


def test_panels_do_not_overlap_and_have_ids_of_their_own() -> None:
    cells = set()
    for panel in DASHBOARD["panels"]:
        at = panel["gridPos"]
        for x in range(at["x"], at["x"] + at["w"]):
            for y in range(at["y"], at["y"] + at["h"]):
                assert (x, y) not in cells, panel["title"]
                cells.add((x, y))
    assert max(x for x, _ in cells) == 23
    ids = [panel["id"] for panel in DASHBOARD["panels"]]
    assert len(ids) == len(set(ids))


def test_every_panel_asks_the_source_that_is_provisioned() -> None:
    (source,) = yaml.safe_load((PROVISIONING / "datasources/prometheus.yaml").read_text())[
        "datasources"
    ]
    assert {panel["datasource"]["uid"] for panel in PANELS} == {source["uid"]}
    (provider,) = yaml.safe_load((PROVISIONING / "dashboards/tocsin.yaml").read_text())["providers"]
    grafana = yaml.safe_load((ROOT / "deploy/compose.yaml").read_text())["services"]["grafana"]
    assert (
        f"./grafana/dashboard.json:{provider['options']['path']}/dashboard.json:ro"
        in (grafana["volumes"])
    )


def test_prometheus_itself_takes_the_rules() -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        return  # what can be checked without it is checked above
    checked = subprocess.run([promtool, "check", "rules", ALERTS], capture_output=True, text=True)
    assert checked.returncode == 0, checked.stderr
