"""A topic of a real broker, read from one place to another."""

import time
from datetime import UTC, datetime, timedelta

import pytest
from kafka import KafkaProducer, TopicPartition
from kafka.admin import KafkaAdminClient

from connectors import cluster, log
from connectors.kafka import KafkaSettings
from connectors.log import Stretch, read, read_lines, read_one, stretches
from deploy.kafka.broker import Broker
from schemas import InvalidSetting, Line, Unavailable
from tests.connectors.test_kafka import make_topics
from tests.kafka_broker import free_pair

pytestmark = pytest.mark.kafka

NOON = datetime(2024, 7, 29, 12, tzinfo=UTC)


@pytest.fixture
def settings(kafka_broker: Broker, kafka_prefix: str) -> KafkaSettings:
    made = KafkaSettings(bootstrap_servers=(kafka_broker.bootstrap_servers,), prefix=kafka_prefix)
    make_topics(made)
    return made


@pytest.fixture
def topic(settings: KafkaSettings) -> str:
    return f"{settings.prefix}.articles"


def produce(settings: KafkaSettings, topic: str, counts: dict[int, int]) -> None:
    """Put so many messages into each partition, the Nth produced N minutes after noon."""
    producer = KafkaProducer(bootstrap_servers=list(settings.bootstrap_servers))
    for partition, count in counts.items():
        for n in range(count):
            produced = int((NOON + timedelta(minutes=n)).timestamp() * 1000)
            producer.send(
                topic,
                key=b"key",
                value=b"%d/%d" % (partition, n),
                headers=[("from", b"a test")],
                partition=partition,
                timestamp_ms=produced,
            )
    producer.flush()
    producer.close()


def drop_before(settings: KafkaSettings, topic: str, partition: int, offset: int) -> None:
    """Do what retention does."""
    admin = KafkaAdminClient(bootstrap_servers=list(settings.bootstrap_servers))
    admin.delete_records({TopicPartition(topic, partition): offset})
    admin.close()


def values(settings: KafkaSettings, topic: str, **narrowed: object) -> list[bytes | None]:
    return [each.value for each in read(settings, stretches(settings, topic, **narrowed))]


def test_a_topic_is_read_partition_after_partition_with_all_that_a_message_has(settings, topic):
    produce(settings, topic, {0: 1200, 2: 3})
    found = list(read(settings, stretches(settings, topic)))
    assert [each.value for each in found] == [
        *(b"0/%d" % n for n in range(1200)),
        *(b"2/%d" % n for n in range(3)),
    ]
    assert found[1] == log.Logged(
        partition=0,
        offset=1,
        key=b"key",
        value=b"0/1",
        headers=(("from", b"a test"),),
        timestamp=NOON + timedelta(minutes=1),
    )


def test_a_line_of_a_topic_says_where_it_lay_and_when_it_came_there(settings, topic):
    produce(settings, topic, {0: 2})
    [stretch] = stretches(settings, topic)
    assert list(read_lines(settings, stretch)) == [
        Line(content=b"0/%d" % n, origin=f"kafka:{topic}/0@{n}", logged=NOON + timedelta(minutes=n))
        for n in (0, 1)
    ]


def test_a_topic_of_nothing_has_nothing_to_read(settings, topic):
    assert stretches(settings, topic) == []
    assert values(settings, topic) == []


def test_what_is_produced_after_the_beginning_is_left_for_another_time(settings, topic):
    produce(settings, topic, {0: 2})
    begun = stretches(settings, topic)
    produce(settings, topic, {0: 2, 1: 2})
    assert begun == [Stretch(topic=topic, partition=0, start=0, end=2)]
    assert [each.offset for each in read(settings, begun)] == [0, 1]


def test_offsets_narrow_one_partition(settings, topic):
    produce(settings, topic, {0: 9, 1: 9})
    assert values(settings, topic, partition=1, start=3, end=5) == [b"1/3", b"1/4"]
    assert values(settings, topic, partition=1, start=7, end=100) == [b"1/7", b"1/8"]
    assert values(settings, topic, partition=1, start=100) == []


def test_an_instant_leaves_out_what_was_produced_before(settings, topic):
    produce(settings, topic, {0: 9, 1: 3})
    assert values(settings, topic, since=NOON + timedelta(minutes=7)) == [b"0/7", b"0/8"]
    assert values(settings, topic, since=NOON + timedelta(days=1)) == []
    assert len(values(settings, topic, since=datetime.min.replace(tzinfo=UTC))) == 12


def test_what_retention_took_is_passed_over(settings, topic):
    produce(settings, topic, {0: 9})
    begun = stretches(settings, topic)
    drop_before(settings, topic, 0, 7)
    assert values(settings, topic, partition=0, start=2) == [b"0/7", b"0/8"]
    assert [each.value for each in read(settings, begun)] == [b"0/7", b"0/8"]
    drop_before(settings, topic, 0, 9)
    assert values(settings, topic) == []
    assert list(read(settings, begun)) == []


def test_one_message_is_found_at_its_place_or_not_at_all(settings, topic):
    produce(settings, topic, {0: 9})
    drop_before(settings, topic, 0, 3)
    found = {at: read_one(settings, topic, 0, at) for at in (2, 3, 8, 9)}
    assert {at: each and each.value for at, each in found.items()} == {
        2: None,
        3: b"0/3",
        8: b"0/8",
        9: None,
    }
    assert read_one(settings, topic, 17, 0) is None
    assert read_one(settings, f"{topic}-other", 0, 0) is None


def test_reading_joins_nothing_and_makes_no_topic(settings, topic):
    produce(settings, topic, {0: 3})
    values(settings, topic)
    with pytest.raises(InvalidSetting, match="there is no topic"):
        stretches(settings, f"{settings.prefix}.other")
    with pytest.raises(InvalidSetting, match="has no partition 3"):
        stretches(settings, topic, partition=3)
    admin = KafkaAdminClient(bootstrap_servers=list(settings.bootstrap_servers))
    assert f"{settings.prefix}.other" not in admin.list_topics()
    assert [each for each in admin.list_groups() if settings.prefix in str(each)] == []
    admin.close()


def test_a_broker_that_is_away_is_told_in_a_sentence(monkeypatch):
    monkeypatch.setattr(cluster, "ANSWER_SECONDS", 1.0)
    away = KafkaSettings(bootstrap_servers=(f"127.0.0.1:{free_pair()}",))
    began = time.monotonic()
    with pytest.raises(Unavailable, match="refused"):
        stretches(away, "tocsin.articles")
    assert time.monotonic() - began < 5
