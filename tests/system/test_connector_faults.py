"""The RSS connector, killed at every step of its order, and its broker killed under it: nothing is lost.

What the hosts listed must be in Kafka, and what is there twice must have equal ids and equal bytes.
"""

import random
import signal
import time
from collections import defaultdict

import pytest

from connectors.cluster import KafkaSettings
from tests.kafka_broker import running_broker
from tests.system.rss import Site, running_hosts, wait_for

pytestmark = [pytest.mark.kafka, pytest.mark.slow, pytest.mark.timeout(180)]

POINTS = ("fetched", "parsed", "paged", "stored", "produced", "acked", "saved")
"""The steps of a visit, in their order."""

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


@pytest.mark.parametrize("point", POINTS)
def test_nothing_is_lost_when_it_is_killed(point, kafka_broker, kafka_prefix, tmp_path):
    chance = random.Random(point)
    kafka = KafkaSettings(bootstrap_servers=(kafka_broker.bootstrap_servers,), prefix=kafka_prefix)
    site = Site(tmp_path, kafka, SETTINGS)
    with running_hosts(tmp_path, *LOAD, "--until", "6") as hosts:
        site.prepare(hosts, hosts_number=HOSTS, feeds_number=FEEDS)
        for _ in range(3):
            connector = site.connect(*SPEED, f"--failpoint={point}:{chance.randrange(1, 20)}")
            assert connector.wait(60) == -signal.SIGKILL
        connector = site.connect(*SPEED)
        polled = len(hosts.lines())
        wait_for(lambda: len(hosts.lines()) > polled, "a poll")
        wait_for(lambda: hosts.offered() and hosts.offered() <= site.tokens(), "every entry")
        connector.terminate()
        assert connector.wait(40) == 0
        assert hosts.offered() - site.tokens() == set()
        assert _differing_twins(site.records()) == []


def test_nothing_is_lost_while_the_broker_is_dead(tmp_path):
    with running_broker(tmp_path / "kafka") as broker:
        kafka = KafkaSettings(bootstrap_servers=(broker.bootstrap_servers,), prefix="t")
        site = Site(tmp_path, kafka, SETTINGS)
        with running_hosts(tmp_path, *LOAD, "--until", "45") as hosts:
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
