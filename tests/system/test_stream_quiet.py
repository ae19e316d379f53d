"""A stream that nothing comes into: what another part has moved meanwhile is done again all the same."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from connectors.kafka import Producer
from deploy.kafka.broker import Broker
from store.engine import open_engine
from store.memory import SqlMemory
from tests.memories import prose, show
from tests.system.place import ended, installed, wait_until
from tocsin.articles import complete
from tocsin.memory import WHOLE

pytestmark = [pytest.mark.kafka, pytest.mark.prism, pytest.mark.slow, pytest.mark.timeout(600)]


def test_what_must_be_done_again_is_within_a_minute_though_nothing_comes(
    prism: str, kafka_broker: Broker, kafka_prefix: str, tmp_path: Path
) -> None:
    place = installed(tmp_path, kafka_broker.bootstrap_servers, kafka_prefix, partitions=2)
    now = datetime.now(UTC)
    root, copy = (
        complete(url=f"https://{name}.example/s", text=prose(1), first_seen=seen)
        for name, seen in (("root", now - timedelta(minutes=5)), ("copy", now))
    )
    memory = SqlMemory(open_engine(place.store))
    with Producer(place.kafka) as producer:
        producer.publish_records([copy])
    process = place.start("pipeline", "run")
    try:
        wait_until(lambda: not memory.unfinished([copy], WHOLE), "the copy is done")
        show(memory, [root])
        assert memory.reopened(WHOLE) == [copy]
        wait_until(lambda: memory.reopened(WHOLE) == [], "it is done again", seconds=60)
    finally:
        process.terminate()
        ended(process)
    assert memory.unfinished([copy], WHOLE) == {}
    assert memory.parts() == WHOLE
    memory.close()
