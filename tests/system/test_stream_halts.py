"""Where nothing but dead letters comes, the stream stops, says so, and is not to be started again."""

import pytest
from kafka import KafkaProducer

from connectors.lag import lags
from console.restarts import HALTED
from deploy.kafka.broker import Broker
from tests.system.place import ended, installed
from tocsin.dead_letters import LONGEST_RUN

pytestmark = [pytest.mark.kafka, pytest.mark.prism, pytest.mark.slow, pytest.mark.timeout(600)]

MANY = 4 * LONGEST_RUN


def test_the_stream_stops_over_nothing_but_dead_letters_and_leaves_the_rest_in_the_log(
    prism: str, kafka_broker: Broker, kafka_prefix: str, tmp_path
) -> None:
    place = installed(tmp_path, kafka_broker.bootstrap_servers, kafka_prefix, partitions=1)
    topic = f"{kafka_prefix}.articles"
    producer = KafkaProducer(bootstrap_servers=kafka_broker.bootstrap_servers)
    for number in range(MANY):
        producer.send(topic, value=b"no article, but number %d" % number)
    producer.flush()
    producer.close()
    assert ended(place.start("pipeline", "run")) == HALTED
    said = (tmp_path / "said.log").read_text()
    assert "records all became dead letters" in said
    assert "tocsin dead-letters list" in said
    letters = len({it.value for it in place.topic("dead-letters")})
    assert 0 < letters <= LONGEST_RUN
    (found,) = lags(place.kafka, topic, [f"{kafka_prefix}-all"])
    assert found.records >= MANY - LONGEST_RUN
