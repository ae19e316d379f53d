"""However the log is cut into partitions, whoever reads them, whatever rules come: each alert once."""

import zlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from kafka import KafkaProducer
from kafka.admin import KafkaAdminClient

from connectors.kafka import Message
from deploy.kafka.broker import Broker
from tests.fakes.articles import Kind, name_of, plan
from tests.system.load import Load
from tests.system.place import Place, Rules, ended, installed, wait_until
from tests.system.stream import await_quiet, judge, live_of

pytestmark = [pytest.mark.kafka, pytest.mark.prism, pytest.mark.slow, pytest.mark.timeout(900)]


class Laying:
    """A sender that lays records where a function of their keys says."""

    def __init__(self, place: Place, choose: Callable[[str], int]) -> None:
        servers = list(place.kafka.bootstrap_servers)
        self._client = KafkaProducer(
            bootstrap_servers=servers,
            acks="all",
            metadata_max_age_ms=500,  # a new partition is seen soon
        )
        self._prefix, self._choose = place.kafka.prefix, choose

    def publish(self, messages: Sequence[Message], /) -> None:
        sent = [
            self._client.send(
                f"{self._prefix}.{each.topic}",
                key=each.key.encode(),
                value=each.value,
                headers=list(each.headers),
                partition=self._choose(each.key),
            )
            for each in messages
        ]
        for future in sent:
            future.get(timeout=60)

    def partitions(self, topic: str) -> set[int]:
        return set(self._client.partitions_for(topic))


def half_into_one(key: str) -> int:
    return 5 if zlib.crc32(key.encode()) % 2 else zlib.adler32(key.encode()) % 12


CUTS: dict[str, tuple[int, Callable[[str], int]]] = {
    "one": (1, lambda key: 0),
    "twelve, eleven of them idle": (12, lambda key: 5),
    "twelve, half in one": (12, half_into_one),
}


@pytest.mark.parametrize("cut", CUTS)
def test_the_same_rings_however_the_log_is_cut(
    cut: str, prism: str, kafka_broker: Broker, kafka_prefix: str, tmp_path: Path
) -> None:
    partitions, choose = CUTS[cut]
    servers = kafka_broker.bootstrap_servers
    place = installed(tmp_path, servers, kafka_prefix, partitions=partitions)
    load = Load(place, plan(9, 60), seed=9, rate=1000, sender=Laying(place, choose))
    load.send()
    place.command("pipeline", "run", "--to-end")
    place.command("deliver", "--once")
    await_quiet(place, load, ["all"])
    verdict = judge(place, load)
    assert verdict.faults == ()
    assert verdict.unplanned == frozenset()
    assert verdict.rung > 30


SHARES = ("1/2", "2/2")
BEFORE, AFTER = range(10), range(5, 20)
"""Signals that are subscribed to by the first rules, and by those that are published later."""


def test_two_workers_take_new_partitions_and_new_rules_while_they_run(
    prism: str, kafka_broker: Broker, kafka_prefix: str, tmp_path: Path
) -> None:
    servers = kafka_broker.bootstrap_servers
    place = installed(tmp_path, servers, kafka_prefix, partitions=3)
    place = replace(place, rules=Rules.write(tmp_path / "rules", BEFORE))
    first = place.publish()
    kinds, wide = {Kind.NEW: 80, Kind.COPY: 20}, 3
    sender = Laying(place, lambda key: zlib.crc32(key.encode()) % wide)
    with (
        Running(place, [("deliver",), *(("pipeline", "run", "--share", it) for it in SHARES)]),
        Load(place, plan(8, 100_000, kinds), seed=8, rate=8, sender=sender) as load,
    ):
        wait_until(lambda: first.since < datetime.now(UTC), "the first rules")
        wait_until(lambda: live_of(place).ledger, "the first alert")
        partitions_of(place, 6)
        wait_until(lambda: len(sender.partitions(f"{kafka_prefix}.articles")) == 6, "six")
        wide = 6
        place = replace(place, rules=Rules.write(tmp_path / "rules", AFTER))
        told = datetime.now(UTC)
        then = place.publish()
        assert then.since - told < timedelta(seconds=10)
        wait_until(lambda: rang_under(place, then.id), "an alert under the new rules")
        wait_until(lambda: in_partition(place, 5), "a record in a new partition")
        load.stop()
        await_quiet(place, load, ["all"])
    live = live_of(place)
    number_of = {id: number for number, id in load.ids().items()}
    rung = {(it.subscription, load.planned[number_of[it.article]].of) for it in live.ledger}
    assert rung == wanted(load, first.since, then.since)
    assert len(rung) == len(live.ledger)
    for alert in live.records.values():
        assert (alert.rule_set == then.id) == (alert.first_seen >= then.since)


def wanted(load: Load, first: datetime, then: datetime) -> set[tuple[str, int]]:
    """Say whom the articles ring by the rules that held when each was first seen."""
    found = set()
    for number in load.sent:
        each, seen = load.planned[number], load.first_seen[number]
        told = load.planned[each.of]
        signals = {*told.signals, *each.signals}
        held = set(AFTER) if seen >= then else set(BEFORE) if seen >= first else set(range(20))
        found |= {(name_of(it), each.of) for it in signals & held}
    return found


class Running:
    """Commands that run beside, ended in the end; none may end before."""

    def __init__(self, place: Place, commands: Sequence[tuple[str, ...]]) -> None:
        self._place, self._commands = place, commands

    def __enter__(self) -> None:
        self._processes = [self._place.start(*words) for words in self._commands]

    def __exit__(self, *_: object) -> None:
        living = [each for each in self._processes if each.poll() is None]
        for each in living:
            each.terminate()
        for each in self._processes:
            ended(each)
        assert living == self._processes


def partitions_of(place: Place, number: int) -> None:
    """Let the log have more partitions."""
    admin = KafkaAdminClient(bootstrap_servers=list(place.kafka.bootstrap_servers))
    try:
        admin.create_partitions({f"{place.kafka.prefix}.articles": number})
    finally:
        admin.close()


def rang_under(place: Place, rule_set: str) -> bool:
    return any(it.rule_set == rule_set for it in live_of(place).records.values())


def in_partition(place: Place, partition: int) -> bool:
    return any(it.partition == partition for it in place.topic("articles"))
