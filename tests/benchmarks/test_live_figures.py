import math

import pytest

from benchmarks.live import figures
from benchmarks.live_figures import percentile, slope, spread
from benchmarks.live_stand import Sending


def test_percentiles() -> None:
    hundred = [float(each) for each in range(100)]
    assert [percentile(hundred, share) for share in (0.5, 0.95, 1.0)] == [50.0, 95.0, 99.0]
    assert math.isnan(percentile([], 0.5))
    assert spread(hundred) == {"count": 100, "p50": 50.0, "p95": 95.0, "p99": 99.0, "max": 99.0}


def test_the_slope_is_that_of_the_line() -> None:
    assert slope([(x, 3.0 * x + 1) for x in range(10)]) == pytest.approx(3)
    assert slope([(0.0, 1.0), (1.0, 2.0), (2.0, 1.0)]) == pytest.approx(0)
    assert slope([(1.0, 1.0), (1.0, 2.0)]) == 0


def entry(at: float, article: str, subscription: str) -> dict[str, object]:
    alert = f"{subscription} {article}"
    return {"where": "ledger", "at": at, "alert": alert, "subscription": subscription, "article": article, "version": "v"}  # fmt: skip


def test_seconds_count_from_sending_for_what_was_sent_within_the_span() -> None:
    sending = Sending(at={("early", "v"): 1.0, ("a", "v"): 11.0, ("b", "v"): 12.0})
    arrived = [entry(2.0, "early", "n-x"), entry(11.5, "a", "n-x"), entry(14.0, "b", "e-x")]
    arrived.append({"where": "topic", "at": 12.5, "alert": "n-x a"})
    found = figures(arrived, sending, (10.0, 20.0))["seconds"]
    assert {name: each["p50"] for name, each in found.items()} == {
        "ledger, entities": 2.0,
        "ledger, no entities": 0.5,
        "topic, no entities": 1.5,
    }


def test_a_planted_article_that_did_not_ring_is_lost_and_one_that_rang_twice_is_told() -> None:
    sending = Sending(at={(name, "v"): 1.0 for name in "abc"}, planted=["a", "b", "c"])
    twice = entry(3.0, "a", "n-planted") | {"alert": "another"}
    arrived = [entry(2.0, "a", "n-planted"), twice, entry(2.0, "b", "e-planted")]
    assert figures(arrived, sending, (0.0, 9.0))["planted"] == {"sent": 3, "lost": 1, "twice": 1}
