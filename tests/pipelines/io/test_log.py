"""A reader of a share, before a real broker: what its group has committed does not grow old."""

import struct
from collections.abc import Iterator

import pytest
from kafka import KafkaConsumer, KafkaProducer, TopicPartition

from connectors.kafka import KafkaSettings
from deploy.kafka.broker import Broker
from pipelines.io.log import KafkaLog, LogReader, Share
from tests.connectors.test_kafka import make_topics

pytestmark = pytest.mark.kafka

OFFSETS = "__consumer_offsets"
"""Where a broker keeps what groups commit, each commit a record with a time of its own."""


@pytest.fixture
def log(kafka_broker: Broker, kafka_prefix: str) -> KafkaLog:
    made = KafkaSettings(bootstrap_servers=(kafka_broker.bootstrap_servers,), prefix=kafka_prefix)
    make_topics(made)
    return KafkaLog.of(
        made.client(), topic=f"{kafka_prefix}.articles", group=f"{kafka_prefix}-alerts"
    )


@pytest.fixture
def reader(log: KafkaLog) -> Iterator[LogReader]:
    made = LogReader(log, Share())
    yield made
    made.close()


def produce(log: KafkaLog, partition: int, count: int) -> None:
    producer = KafkaProducer(**log.options)
    for _ in range(count):
        producer.send(log.topic, value=b"{}", partition=partition)
    producer.flush()
    producer.close()


def commits(log: KafkaLog) -> list[tuple[int, int]]:
    """All (partition, offset) that the group has committed, in the order of their times."""
    with KafkaConsumer(**log.options, enable_auto_commit=False) as consumer:
        places = [
            TopicPartition(OFFSETS, each) for each in consumer.partitions_for_topic(OFFSETS) or ()
        ]
        consumer.assign(places)
        consumer.seek_to_beginning()
        ends = consumer.end_offsets(places)
        found = []
        while any(consumer.position(place) < end for place, end in ends.items()):
            for some in consumer.poll(timeout_ms=100).values():
                found += [each for each in some if _is_commit(each, log)]
    return [_read(each) for each in sorted(found, key=lambda each: each.timestamp)]


def _is_commit(record, log: KafkaLog) -> bool:
    return log.group.encode() in record.key and log.topic.encode() in record.key and record.value


def _read(record) -> tuple[int, int]:
    """The partition ends the key, the offset follows the version of the value."""
    return struct.unpack(">i", record.key[-4:])[0], struct.unpack(">q", record.value[2:10])[0]


def test_what_stands_is_committed_again_where_nothing_is_in_work(log, reader):
    reader.commit({0: 5, 1: 7})
    reader.renew(
        {0: 5, 1: 9, 2: 0}
    )  # of partition 1 two records are in work, 2 was never committed
    assert commits(log) == [(0, 5), (1, 7), (0, 5)]
    assert reader.committed()[1] == 7


def test_what_stands_is_committed_again_once_in_an_interval(log, reader):
    reader.commit({0: 5})
    for _ in range(3):
        reader.renew({0: 5}, every=3600.0)
    assert len(commits(log)) == 2
    reader.renew({0: 5}, every=0.0)
    assert len(commits(log)) == 3


def test_a_reader_that_finds_nothing_new_renews_where_it_stands(log, reader):
    produce(log, 0, 3)
    assert len(reader.poll({0: 0}, 10, 10.0)) == 3
    reader.commit({0: 3})
    reader.renew({0: reader.position(0)})
    assert reader.poll({0: 3}, 10, 0.1) == []
    assert commits(log) == [(0, 3), (0, 3)]
