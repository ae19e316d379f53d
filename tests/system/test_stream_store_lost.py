"""A store whose file is taken away from a running stream: nothing more is written where nobody finds it."""

from pathlib import Path

import pytest

from connectors.kafka import Producer
from deploy.kafka.broker import Broker
from store.engine import open_engine
from store.memory import SqlMemory
from tests.memories import an_article, prose
from tests.system.place import ended, installed, wait_until
from tocsin.memory import WHOLE

pytestmark = [pytest.mark.kafka, pytest.mark.prism, pytest.mark.slow, pytest.mark.timeout(600)]

ROLES = ("rules", "alerts", "deliver", "entities")


def test_every_role_ends_and_goes_on_with_the_store_that_is_there(
    prism: str, kafka_broker: Broker, kafka_prefix: str, tmp_path: Path
) -> None:
    place = installed(tmp_path, kafka_broker.bootstrap_servers, kafka_prefix, partitions=1)
    one, two = an_article("one", prose(1)), an_article("two", prose(2))
    file = tmp_path / "tocsin.db"

    def has(article: str) -> bool:
        """Tell whether the store that is there is done with an article and no other."""
        if not file.exists():
            return False
        memory = SqlMemory(open_engine(place.store))
        try:
            remembered = list(memory.articles())
            return [each.id for each in remembered] == [article] and not memory.unfinished(
                remembered, WHOLE
            )
        finally:
            memory.close()

    stream = place.start("run", "--no-feeds")
    try:
        with Producer(place.kafka) as producer:
            producer.publish_records([one])
            wait_until(lambda: has(one.id), "the first is done")
            for each in ("", "-wal", "-shm"):
                Path(f"{file}{each}").unlink(missing_ok=True)
            producer.publish_records([two])
        wait_until(lambda: has(two.id), "the second is done")
    finally:
        stream.terminate()
        assert ended(stream) == 0
    said = (tmp_path / "said.log").read_text().splitlines()
    for role in ROLES:
        told = [line for line in said if f'"role": "{role}"' in line]
        assert any("was removed" in line or "was replaced" in line for line in told), role
        assert any('"event": "role-ended"' in line for line in told), role
