"""The whole stream under load, each of its parts killed: no alert is lost, and none comes twice.

`make chaos` kills each part three times; here it is once, in an order that stays.
"""

from pathlib import Path

import pytest

from tests.system import chaos
from tests.system.stream import Verdict

pytestmark = [pytest.mark.kafka, pytest.mark.prism, pytest.mark.slow, pytest.mark.timeout(1500)]

RATE = 8.0
"""Records a second: what a busy machine takes beside all the starting."""


def right(verdict: Verdict) -> bool:
    """Tell whether everything that was planted rang once; fails with what did not."""
    assert verdict.faults == ()
    assert verdict.unplanned == frozenset()
    assert verdict.rung == verdict.planted
    return verdict.planted > 50


def test_every_part_may_be_killed_over_sqlite(prism: str, tmp_path: Path) -> None:
    faults = ["worker of entities", "Prism of alerts", "Kafka", "offsets an hour back"]
    outcome = chaos.run(tmp_path, faults, seed=3, with_postgresql=False, rate=RATE)
    assert right(outcome.verdict)


@pytest.mark.postgresql
def test_every_part_may_be_killed_over_postgresql(prism: str, tmp_path: Path) -> None:
    faults = [
        "connector",
        "worker of alerts",
        "PostgreSQL",
        "Prism of entities",
        "deliverer",
        "tocsin run",
    ]
    outcome = chaos.run(tmp_path, faults, seed=4, with_postgresql=True, rate=RATE)
    assert right(outcome.verdict)
