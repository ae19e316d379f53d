"""What must be there before roles are started, checked once and said in words."""

from pathlib import Path

import structlog

from connectors.cluster import KafkaSettings
from connectors.topics import create_topics
from pipelines.prism import DOWNLOADED, find_prism
from store.engine import open_engine

_log = structlog.get_logger("run")


def prepare_store(url: str) -> None:
    """Open the store, and migrate it. Raises `InvalidSetting` or `Unavailable`."""
    open_engine(url).dispose()


def prepare_topics(settings: KafkaSettings) -> None:
    """Make the topics that are missing; tell of those that are not as they should be.

    Raises `Unavailable` where Kafka does not answer.
    """
    for each in create_topics(settings):
        if each.created:
            _log.info("topic-made", topic=each.name, partitions=each.partitions)
        elif not each.is_right:
            _log.warning("topic-differs", topic=each.name, differences="; ".join(each.differences))


def prepare_prism(given: str) -> str:
    """Find Prism; without one Beam downloads it, which is told. Raises `InvalidSetting`."""
    found = find_prism(given)
    if not found and not any((Path.home() / DOWNLOADED).glob("*")):
        _log.warning("no-prism", next="Beam downloads its own; where it can't: make prism")
    return str(Path(found).absolute()) if found else ""
