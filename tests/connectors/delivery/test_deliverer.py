"""Alerts of a store into a topic: in tests of the loop by a sender of our own, else by a real broker."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from prometheus_client import REGISTRY
from sqlalchemy import Engine
from structlog.testing import capture_logs

from connectors.delivery import deliverer
from connectors.delivery.deliverer import Deliverer
from connectors.kafka import KafkaSettings, Message, headers_for
from connectors.log import Logged, read, stretches
from schemas import Alert, Unavailable, decode, encode
from schemas.alert import Evidence
from store import deliveries, results
from store.engine import open_engine, reading, writing
from store.ledger import ring
from tests.connectors.delivery.stand import NOON, an_alert, wait_until
from tests.contracts.tree import ROOT
from tocsin.articles import LONGEST_LINE

TOCSIN = [sys.executable, "-c", "from console.cli import main; main()"]


def alert(n: int, **given: object) -> Alert:
    """One that was first seen so many seconds after noon."""
    return an_alert(n, **{"first_seen": NOON + timedelta(seconds=n)} | given)


def rung(engine: Engine, *alerts: Alert) -> list[Alert]:
    """Ring as the sink of the pipeline does."""
    with writing(engine) as connection:
        found = ring(connection, alerts, lambda _: [deliveries.KAFKA], NOON)
        results.write(connection, "alerts", found)
    return found


def pending(engine: Engine) -> int:
    with reading(engine) as connection:
        return deliveries.pending(connection)


class Sender:
    """Takes what it is given, unless it is away."""

    def __init__(self) -> None:
        self.taken: list[list[Message]] = []
        self.is_away = False

    def publish(self, messages: Sequence[Message]) -> None:
        if self.is_away:
            raise Unavailable("Kafka is away")
        self.taken.append(list(messages))


@pytest.fixture
def engine(tmp_path) -> Iterator[Engine]:
    opened = open_engine(f"sqlite:///{tmp_path / 'store.db'}")
    yield opened
    opened.dispose()


@pytest.fixture
def sender() -> Sender:
    return Sender()


@pytest.fixture
def stop() -> threading.Event:
    return threading.Event()


@pytest.fixture
def delivering(engine, sender, stop) -> Deliverer:
    return Deliverer(engine, sender, clock=lambda: NOON + timedelta(seconds=10), stop=stop)


def test_what_is_sent_is_the_record_under_its_id_and_that_once(engine, sender, delivering):
    alerts = rung(engine, *(alert(n) for n in range(3)))
    assert delivering.drain() == 3
    assert delivering.drain() == 0
    ((*sent,),) = sender.taken
    assert [(each.topic, each.key, each.value) for each in sent] == [
        ("alerts", each.id, encode(each)) for each in alerts
    ]
    assert sent[0].headers == headers_for(alerts[0])
    assert pending(engine) == 0


def test_the_first_seen_goes_first_in_batches(engine, sender, delivering, monkeypatch):
    monkeypatch.setattr(deliverer, "BATCH", 2)
    rung(engine, alert(3), alert(1), alert(2))
    delivering.drain()
    titles = [[decode(Alert, each.value).title for each in batch] for batch in sender.taken]
    assert titles == [["Bridge 1", "Bridge 2"], ["Bridge 3"]]


def test_what_is_not_acked_stays_and_is_sent_with_the_same_bytes(engine, sender, delivering):
    rung(engine, alert(1))
    sender.is_away = True
    with pytest.raises(Unavailable):
        delivering.drain()
    assert pending(engine) == 1
    sender.is_away = False
    assert delivering.drain() == 1


def test_it_runs_until_told_to_stop_and_waits_for_kafka(
    engine, sender, stop, delivering, monkeypatch
):
    monkeypatch.setattr(deliverer, "FIRST_PAUSE", 0.05)
    sender.is_away = True
    running = threading.Thread(target=delivering.run)
    running.start()
    rung(engine, alert(1))
    errors = "tocsin_delivery_errors_total"
    before = REGISTRY.get_sample_value(errors) or 0
    wait_until(lambda: (REGISTRY.get_sample_value(errors) or 0) > before)
    sender.is_away = False
    wait_until(lambda: pending(engine) == 0)
    rung(engine, alert(2))
    wait_until(lambda: pending(engine) == 0)
    stop.set()
    running.join(5)
    assert not running.is_alive()
    assert [len(batch) for batch in sender.taken] == [1, 1]


def test_latency_is_measured_from_first_seen(engine, delivering):
    name = "tocsin_alert_delivery_seconds"
    before = REGISTRY.get_sample_value(f"{name}_sum") or 0
    rung(engine, alert(1), alert(4))
    delivering.drain()
    assert REGISTRY.get_sample_value(f"{name}_sum") - before == pytest.approx(9 + 6)


def test_an_alert_of_long_ago_says_nothing_of_how_long_deliveries_take(engine, delivering):
    name = "tocsin_alert_delivery_seconds"
    before = REGISTRY.get_sample_value(f"{name}_count") or 0
    rung(engine, alert(1), alert(2, first_seen=datetime(1970, 1, 1, tzinfo=UTC)))
    with capture_logs() as said:
        assert delivering.drain() == 2
    told = {"alerts": 2, "slowest_seconds": 9.0, "old": 1}
    assert [{key: line.get(key) for key in told} for line in said] == [told]
    assert REGISTRY.get_sample_value(f"{name}_count") - before == 1


def test_where_all_alerts_are_old_none_is_called_slow(engine, delivering):
    rung(engine, alert(1, first_seen=datetime(1970, 1, 1, tzinfo=UTC)))
    with capture_logs() as said:
        delivering.drain()
    assert (said[0]["old"], "slowest_seconds" in said[0]) == (1, False)


def test_an_alert_that_is_too_long_goes_without_its_evidence(engine, sender, delivering):
    long = alert(1, evidence=(Evidence(leaf="bridge", text="y" * LONGEST_LINE),))
    rung(engine, long)
    assert delivering.drain() == 1
    assert sender.taken[0][0].value == encode(replace(long, evidence=()))


# With a real broker.


def start(environment: dict[str, str], *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*TOCSIN, "deliver", *arguments],
        cwd=ROOT,
        env=os.environ | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def logged(settings: KafkaSettings) -> list[Logged]:
    return list(read(settings, stretches(settings, f"{settings.prefix}.alerts")))


@pytest.mark.kafka
@pytest.mark.parametrize(("point", "repeated"), [("produced", 40), ("marked", 0)])
def test_killed_at_any_point_nothing_is_lost_and_a_repeat_is_the_same(
    settings, engine, environment, point, repeated
):
    alerts = rung(engine, *(alert(n) for n in range(40)))
    killed = start(environment, "--failpoint", point)
    assert killed.wait(60) == -signal.SIGKILL
    assert pending(engine) == repeated
    again = start(environment, "--once")
    output, errors = again.communicate(timeout=60)
    assert (again.returncode, output) == (0, f"{repeated} alerts delivered.\n"), errors
    found = [(each.key, each.value) for each in logged(settings)]
    assert len(found) == 40 + repeated
    assert set(found) == {(each.id.encode(), encode(each)) for each in alerts}


@pytest.mark.kafka
def test_it_delivers_what_rings_while_it_runs_and_stops_on_sigterm(settings, engine, environment):
    running = start(environment)
    try:
        for n in range(3):
            rung(engine, alert(n))
            wait_until(lambda n=n: len(logged(settings)) == n + 1)
    finally:
        running.terminate()
        _, errors = running.communicate(timeout=30)
    assert running.returncode == 0, errors
    assert '"delivered": 3' in errors
