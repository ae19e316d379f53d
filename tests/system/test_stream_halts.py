"""Where nothing but dead letters comes, the stream stops, says so, and is not to be started again."""

from pathlib import Path

import pytest
from kafka import KafkaProducer

from connectors.lag import lags
from console.restarts import HALTED
from deploy.kafka.broker import Broker
from tests.system.place import Place, ended, installed
from tocsin.dead_letters import LONGEST_RUN

pytestmark = [pytest.mark.kafka, pytest.mark.prism, pytest.mark.slow, pytest.mark.timeout(600)]

MANY = 20 * LONGEST_RUN


def flooded(servers: str, prefix: str, folder: Path) -> Place:
    """An installation of one partition whose log holds nothing but bad records."""
    place = installed(folder, servers, prefix, partitions=1)
    producer = KafkaProducer(bootstrap_servers=servers)
    for number in range(MANY):
        producer.send(f"{prefix}.articles", value=b"no article, but number %d" % number)
    producer.flush()
    producer.close()
    return place


def left(place: Place, group: str) -> int:
    """Records that a group has not got behind it."""
    (found,) = lags(
        place.kafka, f"{place.kafka.prefix}.articles", [f"{place.kafka.prefix}-{group}"]
    )
    return found.records


def test_the_stream_stops_over_nothing_but_dead_letters_and_leaves_the_rest_in_the_log(
    prism: str, kafka_broker: Broker, kafka_prefix: str, tmp_path: Path
) -> None:
    place = flooded(kafka_broker.bootstrap_servers, kafka_prefix, tmp_path)
    assert ended(place.start("pipeline", "run")) == HALTED
    said = (tmp_path / "said.log").read_text()
    assert "records all became dead letters" in said
    assert "tocsin dead-letters list" in said
    letters = len({it.value for it in place.topic("dead-letters")})
    assert LONGEST_RUN < letters < MANY
    assert MANY - letters <= left(place, "all") < MANY - LONGEST_RUN


def test_each_start_after_a_halt_gets_further(
    prism: str, kafka_broker: Broker, kafka_prefix: str, tmp_path: Path
) -> None:
    place = flooded(kafka_broker.bootstrap_servers, kafka_prefix, tmp_path)
    lag = [MANY]
    for _ in range(2):
        assert ended(place.start("pipeline", "run", "--part", "alerts")) == HALTED
        lag.append(left(place, "alerts"))
    assert lag[0] - LONGEST_RUN > lag[1]
    assert lag[1] - LONGEST_RUN > lag[2] > 0
