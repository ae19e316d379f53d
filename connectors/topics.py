"""Topics: made as `schemas/topics.py` states them, and compared with it. Existing ones are never changed.

To change partitions would send a key elsewhere, to change retention could delete: both are decisions
of whoever runs the cluster, so they are told what differs, in words.
"""

import re
import socket
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from connectors.cluster import ANSWER_SECONDS, KafkaSettings, speaking
from schemas import InvalidSetting
from schemas.topics import TOPICS, Topic
from tocsin.refusals import refused

_ADDRESS = re.compile(r"(?:\w+://)?(?:\[([0-9a-fA-F:.]+)\]|([^\[\]:/\s]+))(?::(\d{1,5}))?")

ENOUGH_COPIES = 3
"""From this many copies on a topic asks that two have a record before it is acknowledged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicState:
    """What a topic is: `differences` from what it should be, in words; `created` says: just now."""

    name: str
    exists: bool = True
    created: bool = False
    partitions: int = 0
    copies: int = 0
    differences: tuple[str, ...] = ()

    @property
    def is_right(self) -> bool:
        """Tell whether it is as it should be."""
        return self.exists and not self.differences


@dataclass(frozen=True, slots=True, kw_only=True)
class Broker:
    """A broker as the cluster advertises it; `problem` says why it cannot be reached from here."""

    address: str
    problem: str = ""


def create_topics(settings: KafkaSettings, topics: Sequence[Topic] = TOPICS) -> list[TopicState]:
    """Make the topics that are missing, and say what all of them are now.

    Raises `Unavailable` where the cluster does not answer or does not allow it.
    """
    with _admin(settings, "make topics") as admin:
        there = set(admin.list_topics())
        names = {each.full_name(settings.prefix): each for each in topics}
        missing = {name: _wanted(settings, each) for name, each in names.items()}
        missing = {name: wanted for name, wanted in missing.items() if name not in there}
        if missing:
            admin.create_topics(missing, wait_for_metadata=True)
        return list(_states(admin, names, created=set(missing)))


def check_topics(settings: KafkaSettings, topics: Sequence[Topic] = TOPICS) -> list[TopicState]:
    """Compare every topic with what it should be. Raises `Unavailable`."""
    with _admin(settings, "describe topics") as admin:
        names = {each.full_name(settings.prefix): each for each in topics}
        return list(_states(admin, names, created=set()))


def brokers(settings: KafkaSettings) -> list[Broker]:
    """Ask which brokers there are, and try to reach each where it says that it is.

    A cluster that answers and advertises addresses that mean nothing here is the usual trap: clients
    are sent there after the first answer. Raises `Unavailable`.
    """
    with _admin(settings, "name its brokers") as admin:
        described = admin.describe_cluster()["brokers"]
    return [
        Broker(
            address=f"{each['host']}:{each['port']}",
            problem=unreachable(each["host"], each["port"]),
        )
        for each in sorted(described, key=lambda each: each["broker_id"])
    ]


@contextmanager
def _admin(settings: KafkaSettings, what: str) -> Iterator[Any]:
    from kafka.admin import KafkaAdminClient

    check_reach(settings, what)
    with speaking(settings, what):
        admin = KafkaAdminClient(**settings.client())
        try:
            yield admin
        finally:
            admin.close()


def _wanted(settings: KafkaSettings, topic: Topic) -> dict[str, Any]:
    """Say how a topic is to be made."""
    configs = {
        "cleanup.policy": "compact" if topic.compacted else "delete",
        "retention.ms": _milliseconds(topic.retention),
        "compression.type": "producer",
    }
    if topic.longest is not None:
        configs["max.message.bytes"] = str(topic.longest)
    if settings.replication >= ENOUGH_COPIES:
        configs["min.insync.replicas"] = "2"
    return {
        "num_partitions": topic.partitions,
        "replication_factor": settings.replication,
        "configs": configs,
    }


def _states(admin: Any, names: Mapping[str, Topic], *, created: set[str]) -> Iterator[TopicState]:
    from kafka.admin import ConfigResource

    there = set(admin.list_topics()) & set(names)
    described = (
        {each["name"]: each for each in admin.describe_topics(sorted(there))} if there else {}
    )
    resources = [ConfigResource("topic", name) for name in sorted(there)]
    configs = admin.describe_configs(resources, config_filter="all")["topic"] if there else {}
    for name, topic in names.items():
        if name not in there:
            yield TopicState(name=name, exists=False)
            continue
        partitions = described[name]["partitions"]
        copies = min((len(each["replica_nodes"]) for each in partitions), default=0)
        values = {key: str(config["value"]) for key, config in configs[name].items()}
        yield TopicState(
            name=name,
            created=name in created,
            partitions=len(partitions),
            copies=copies,
            differences=tuple(_differences(topic, len(partitions), copies, values)),
        )


def _differences(
    topic: Topic, partitions: int, copies: int, configs: Mapping[str, str]
) -> Iterator[str]:
    """Say in words how a topic is not as it should be."""
    if partitions != topic.partitions:
        yield f"has {partitions} partitions, not {topic.partitions}"
    policy = configs.get("cleanup.policy", "")
    wanted = "compact" if topic.compacted else "delete"
    if policy != wanted:
        yield f"has cleanup.policy {policy}, not {wanted}"
    kept = configs.get("retention.ms", "")
    if not topic.compacted and kept != _milliseconds(topic.retention):
        yield f"keeps records for {_in_words(kept)}, not {_in_words(_milliseconds(topic.retention))}"
    if configs.get("retention.bytes", "-1") != "-1" and topic.retention is None:
        yield f"drops its oldest records beyond {configs['retention.bytes']} bytes"
    longest = int(configs.get("max.message.bytes", 0))
    if topic.longest is not None and longest < topic.longest:
        yield f"takes messages up to {longest} bytes, not {topic.longest}"
    enough = int(configs.get("min.insync.replicas", 1))
    if copies >= ENOUGH_COPIES and enough < 2:
        yield f"acknowledges what one of {copies} copies has (min.insync.replicas 1, not 2)"


def _milliseconds(retention: timedelta | None) -> str:
    return "-1" if retention is None else str(int(retention.total_seconds() * 1000))


def _in_words(milliseconds: str) -> str:
    if milliseconds == "-1":
        return "ever"
    days = int(milliseconds) / 86_400_000
    return f"{days:g} days"


def check_reach(settings: KafkaSettings, what: str = "answer") -> None:
    """Tell at once where nobody listens: the client would try for long. Raises `Unavailable`."""
    problems = {each: unreachable(*_split(each)) for each in settings.bootstrap_servers}
    if all(problems.values()):
        raise refused(problems, what, "; ".join(dict.fromkeys(problems.values())))


def _split(address: str) -> tuple[str, int]:
    """Take `HOST:PORT`, `[HOST]:PORT` or `HOST` apart. Raises `InvalidSetting`."""
    found = _ADDRESS.fullmatch(address)
    if found is None:
        raise InvalidSetting(f"kafka.bootstrap_servers: {address!r} is not HOST:PORT")
    return found[1] or found[2], int(found[3] or 9092)


def unreachable(host: str, port: int) -> str:
    """Say why nothing can be connected to at an address; `''` where it can."""
    try:
        with socket.create_connection((host, port), timeout=ANSWER_SECONDS):
            return ""
    except OSError as error:
        return (error.strerror or str(error)).lower()
