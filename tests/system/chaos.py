"""Chaos: the whole topology under load, its parts killed one after the other, and the oracle in the end.

    python -m tests.system.chaos --rounds 3 --seed 7 --store postgresql

`make chaos` does it, over both stores. The seed says what is killed when; it is printed, with a table.
"""

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from kafka import KafkaConsumer, TopicPartition
from kafka.structs import OffsetAndMetadata
from sqlalchemy import Engine, func, select

from connectors.cluster import KafkaSettings
from connectors.topics import create_topics
from deploy.topology import Topology
from schemas import DeliveryState
from store.engine import open_engine, reading
from store.ordinals import microseconds
from store.tables import delivery
from tests.fakes.articles import plan
from tests.kafka_broker import QUICK, free_pair
from tests.system.load import Load
from tests.system.place import Place, Rules, wait_until
from tests.system.stream import Verdict, await_quiet, followed, judge

GROUPS = ("alerts", "entities")
RATE = 15.0
"""Records a second."""

MOST = 100_000
"""Records that are planned; the load ends when the last fault is over."""

STORES = ("sqlite", "postgresql")

HOUR_MS = 3_600_000


def _kill(role: str) -> Callable[[Topology], None]:
    def kill(topology: Topology) -> None:
        topology.kill(role)

    return kill


def _kill_prism(role: str) -> Callable[[Topology], None]:
    def kill(topology: Topology) -> None:
        topology.kill_prism(role)

    return kill


def _kill_run(topology: Topology) -> None:
    topology.kill_run()
    topology.start_run()


def _set_back(topology: Topology) -> None:
    """Kill all, let the groups stand where they stood an hour ago, start all."""
    topology.kill_run()
    for group in GROUPS:
        set_back(topology.broker.bootstrap_servers, f"tocsin-{group}", "tocsin.articles")
    topology.start_run()


def set_back(servers: str, group: str, topic: str) -> None:
    """Commit for a group where the topic was an hour ago."""
    consumer = KafkaConsumer(bootstrap_servers=servers, group_id=group, enable_auto_commit=False)
    places = [TopicPartition(topic, each) for each in consumer.partitions_for_topic(topic) or ()]
    then = int(time.time() * 1000) - HOUR_MS
    found = consumer.offsets_for_times(dict.fromkeys(places, then))
    ends = consumer.end_offsets(places)
    consumer.commit(
        {
            place: OffsetAndMetadata(found[place].offset if found[place] else ends[place], "", -1)
            for place in places
        }
    )
    consumer.close()


FAULTS: dict[str, Callable[[Topology], None]] = {
    "worker of alerts": _kill("alerts"),
    "worker of entities": _kill("entities"),
    "Prism of alerts": _kill_prism("alerts"),
    "Prism of entities": _kill_prism("entities"),
    "deliverer": _kill("deliver"),
    "connector": _kill("connect-seeds"),
    "Kafka": Topology.restart_kafka,
    "PostgreSQL": Topology.restart_postgresql,
    "tocsin run": _kill_run,
    "offsets an hour back": _set_back,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Struck:
    """A fault, and the seconds until an alert was delivered whose article was seen after it."""

    fault: str
    recovered: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What was done, and what the oracle says."""

    struck: tuple[Struck, ...]
    verdict: Verdict
    seconds: float


def run(
    folder: Path, faults: Iterable[str], *, seed: int, with_postgresql: bool, rate: float = RATE
) -> Outcome:
    """Start all, send, strike one fault after the other, wait until all is quiet, and ask the oracle."""
    began, rules, chance = time.monotonic(), Rules.write(folder / "rules"), random.Random(seed)
    topology = Topology(
        folder / "topology",
        port=free_pair(),
        with_postgresql=with_postgresql,
        java_options=QUICK,
        arguments=["--no-feeds", f"--seeds={folder / 'in'}"],
        settings={
            "TOCSIN_METRICS_LISTEN": "",
            "TOCSIN_PIPELINE_ENTITIES": "false",
            **rules.settings,
        },
    )
    (folder / "in").mkdir()
    with topology:
        kafka = KafkaSettings(bootstrap_servers=(topology.broker.bootstrap_servers,))
        place = Place(folder=folder, kafka=kafka, store=topology.store, rules=rules)
        create_topics(kafka)
        into = followed(place, folder / "in")
        engine = open_engine(topology.store)
        with Load(place, plan(seed, MOST), seed=seed, rate=rate, into=into) as load:
            _await_alert(engine, datetime.now(UTC))
            struck = [_strike(topology, each, load, engine, chance) for each in faults]
        engine.dispose()
        await_quiet(place, load, GROUPS)
        verdict = judge(place, load)
    return Outcome(struck=tuple(struck), verdict=verdict, seconds=time.monotonic() - began)


def _strike(
    topology: Topology, fault: str, load: Load, engine: Engine, chance: random.Random
) -> Struck:
    """Let a fault happen when some more is sent, and wait until the stream has got over it."""
    then = len(load.sent) + chance.randrange(1, 60)
    wait_until(lambda: len(load.sent) >= then, "some more")
    FAULTS[fault](topology)
    at = datetime.now(UTC)
    _await_alert(engine, at)
    recovered = (datetime.now(UTC) - at).total_seconds()
    print(f"{len(load.sent):6} sent: {fault}, over after {recovered:.1f} s", flush=True)
    return Struck(fault=fault, recovered=recovered)


def _await_alert(engine: Engine, since: datetime) -> None:
    """Wait until an alert is delivered whose article was first seen after an instant."""
    columns = delivery.c
    newest = select(func.max(columns.due)).where(columns.state == DeliveryState.DELIVERED)

    def is_there() -> bool:
        with reading(engine) as connection:
            return (connection.scalar(newest) or 0) > microseconds(since)

    wait_until(is_there, f"an alert since {since:%H:%M:%S}")


def order(seed: int, rounds: int, *, with_postgresql: bool) -> list[str]:
    """Say in which order what is struck: each kind once a round."""
    chance = random.Random(seed)
    kinds = [each for each in FAULTS if with_postgresql or each != "PostgreSQL"]
    return [each for _ in range(rounds) for each in chance.sample(kinds, len(kinds))]


def table(outcome: Outcome) -> str:
    """Write down what happened."""
    rows = [f"{'fault':24}{'times':>6}{'slowest recovery':>20}"]
    for name in FAULTS:
        times = [each.recovered for each in outcome.struck if each.fault == name]
        if times:
            rows.append(f"{name:24}{len(times):>6}{max(times):>18.1f} s")
    verdict = outcome.verdict
    kinds = [each.fault for each in verdict.faults]
    rows.append(
        f"{verdict.articles} records, {verdict.planted} alerts planted, {verdict.rung} rang;"
        f" {kinds.count('lost alert')} lost, {kinds.count('twice')} twice,"
        f" {len(kinds)} faults of all kinds; {outcome.seconds:.0f} s"
    )
    rows += [f"  {each.fault}: {each.what}" for each in verdict.faults]
    return "\n".join(rows)


def main() -> int:
    """Strike all kinds of faults, some rounds of them, over one store after the other."""
    parser = argparse.ArgumentParser(prog="python -m tests.system.chaos", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1_000_000))
    parser.add_argument("--store", choices=STORES, help="this one only")
    given = parser.parse_args()
    is_right = True
    for store in [given.store] if given.store else STORES:
        print(f"{store}, seed {given.seed}", flush=True)
        outcome = _struck(store == "postgresql", given.seed, given.rounds)
        print(table(outcome), flush=True)
        is_right &= not (outcome.verdict.faults or outcome.verdict.unplanned)
    return 0 if is_right else 1


def _struck(with_postgresql: bool, seed: int, rounds: int) -> Outcome:
    faults = order(seed, rounds, with_postgresql=with_postgresql)
    with tempfile.TemporaryDirectory(prefix="tocsin-chaos-") as folder:
        return run(Path(folder), faults, seed=seed, with_postgresql=with_postgresql)


if __name__ == "__main__":
    sys.exit(main())
