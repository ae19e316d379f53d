"""Shadow topics: what a replay found, in topics of another prefix beside the live ones. Sends no alert."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path

from connectors.cluster import KafkaSettings
from connectors.kafka import Producer, Record
from connectors.topics import create_topics
from console.results import records
from schemas import InvalidSetting
from schemas.topics import TOPICS

BATCH = 500
"""Records that are sent before it is waited for their acks."""


def shadowed(settings: KafkaSettings, prefix: str) -> KafkaSettings:
    """Give the same cluster with the topics of another prefix. Raises `InvalidSetting` for the live one."""
    if not prefix or prefix == settings.prefix:
        raise InvalidSetting(
            f"the topics {prefix}.* are the live ones",
            hint="Name another prefix, such as --topics shadow.",
        )
    return replace(settings, prefix=prefix)


def publish_files(settings: KafkaSettings, folder: Path) -> int:
    """Send the records of a replay's files to the topics of `settings`, made where they are missing.

    Returns how many were sent. Sent twice they have equal keys and bytes. Raises `Unavailable`.
    """
    create_topics(settings)
    sent = 0
    with Producer(settings) as producer:
        for topic in TOPICS:
            found: Iterator[Record] = records(folder, topic.name, topic.record)
            while batch := _next(found):
                producer.publish_records(batch)
                sent += len(batch)
    return sent


def _next(found: Iterator[Record]) -> Sequence[Record]:
    return list(islice(found, BATCH))
