"""The RSS connector, killed at every step of its order, and its broker killed under it: nothing is lost.

What the hosts listed must be in Kafka, and what is there twice must have equal ids and equal bytes.
"""

import random
import signal
import time
from collections import defaultdict
from collections.abc import Callable

import pytest

from connectors.cluster import KafkaSettings
from tests.fakes.feed_hosts import FIRST
from tests.kafka_broker import running_broker
from tests.system.rss import Hosts, Site, running_hosts, wait_for

pytestmark = [pytest.mark.kafka, pytest.mark.slow, pytest.mark.timeout(180)]

POINTS = ("fetched", "parsed", "paged", "stored", "produced", "acked", "saved")
"""The steps of a visit, in their order."""

BATCHED = ("produced", "acked")
"""Steps that many visits take at once."""

ALWAYS = ("fetched", "saved")
"""Steps that a visit takes also where its feed has nothing new: they come as often as one waits for."""

FEEDS, HOSTS = 40, 10
LOAD = ("--hosts", str(HOSTS), "--period", "2")
"""Forty feeds with an entry every two seconds each: twenty articles a second."""

SPEED = ("--speed", "1200")
"""A floor of a quarter of a second between two polls of a feed."""

SETTINGS = {"TOCSIN_FEEDS_GAP": "0.5"}


def _differing_twins(records: list[tuple[str, bytes]]) -> list[bytes]:
    """List the values that are there under one key with the same version and other bytes."""
    values: defaultdict[tuple[str, bytes], set[bytes]] = defaultdict(set)
    for key, value in records:
        version = value.partition(b'"version":')[2][:40]
        values[key, version].add(value)
    return [value for twins in values.values() if len(twins) > 1 for value in twins]


def _is_killed_at(site: Site, point: str, number: int, is_done: Callable[[], bool]) -> bool:
    """Start the connector, and see it killed when it comes to a point for the Nth time.

    Returns False where it had done everything before it came there so often.
    """
    connector = site.connect(*SPEED, f"--failpoint={point}:{number}")
    wait_for(lambda: connector.poll() is not None or is_done(), f"the kill at {point}")
    was_killed = connector.poll() == -signal.SIGKILL
    connector.kill()
    connector.wait(60)
    return was_killed


def _finish(site: Site, hosts: Hosts, is_done: Callable[[], bool]) -> None:
    """Start the connector, let it catch up, and compare what was offered with what is in Kafka."""
    connector = site.connect(*SPEED)
    site.wait_for_start()
    wait_for(is_done, "every entry")
    connector.terminate()
    assert connector.wait(40) == 0
    assert hosts.offered() - site.tokens() == set()
    assert _differing_twins(site.records()) == []


@pytest.mark.parametrize("point", POINTS)
def test_what_a_killed_visit_saw_is_seen_again(point, kafka_broker, kafka_prefix, tmp_path):
    # The feeds never change: whoever remembers them before their entries are safe never sees them.
    servers = (kafka_broker.bootstrap_servers,)
    kafka = KafkaSettings(bootstrap_servers=servers, prefix=kafka_prefix)
    chance = random.Random(point)
    with (
        Site(tmp_path, kafka, SETTINGS) as site,
        running_hosts(tmp_path, *LOAD, "--until", "0") as hosts,
    ):

        def has_all() -> bool:
            return len(site.tokens()) == FEEDS * FIRST

        site.prepare(hosts, hosts_number=HOSTS, feeds_number=FEEDS)
        numbers = [1 if point in BATCHED else chance.randrange(1, 10) for _ in range(3)]
        # All entries may be in Kafka before the first visit is saved: that ends no run of "saved".
        is_done = (lambda: False) if point in ALWAYS else has_all
        kills = [_is_killed_at(site, point, number, is_done) for number in numbers]
        assert all(kills) if point in ALWAYS else any(kills)
        _finish(site, hosts, has_all)


def test_nothing_is_lost_under_load_killed_at_every_step(kafka_broker, kafka_prefix, tmp_path):
    servers = (kafka_broker.bootstrap_servers,)
    kafka = KafkaSettings(bootstrap_servers=servers, prefix=kafka_prefix)
    chance = random.Random(7)
    with Site(tmp_path, kafka, SETTINGS) as site, running_hosts(tmp_path, *LOAD) as hosts:
        site.prepare(hosts, hosts_number=HOSTS, feeds_number=FEEDS)
        for point in chance.sample(POINTS, len(POINTS)):
            assert _is_killed_at(site, point, chance.randrange(1, 4), lambda: False)
        _finish(site, hosts, lambda: hosts.offered() <= site.tokens())


def test_nothing_is_lost_while_the_broker_is_dead(tmp_path):
    with running_broker(tmp_path / "kafka") as broker:
        kafka = KafkaSettings(bootstrap_servers=(broker.bootstrap_servers,), prefix="t")
        with (
            Site(tmp_path, kafka, SETTINGS) as site,
            running_hosts(tmp_path, *LOAD, "--until", "45") as hosts,
        ):
            site.prepare(hosts, hosts_number=HOSTS, feeds_number=FEEDS)
            connector = site.connect(*SPEED)
            wait_for(lambda: len(site.tokens()) > 100, "the first hundred")
            broker.kill()
            died = time.monotonic()
            wait_for(lambda: time.monotonic() - died > 30, "half a minute")
            assert connector.poll() is None
            broker.start()
            wait_for(lambda: max(hosts.lines())[0] > died + 35, "the hosts' last entries")
            wait_for(lambda: hosts.offered() <= site.tokens(), "every entry", 90)
            connector.terminate()
            assert connector.wait(40) == 0
            assert hosts.offered() - site.tokens() == set()
            assert _differing_twins(site.records()) == []
