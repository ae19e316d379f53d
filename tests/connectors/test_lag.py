import pytest
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.structs import OffsetAndMetadata

from connectors.cluster import KafkaSettings
from connectors.lag import lags
from schemas import InvalidSetting, Unavailable
from schemas.topics import topic
from tests.kafka_broker import free_pair

pytestmark = pytest.mark.kafka


def test_a_group_is_behind_by_what_it_has_not_committed(kafka_broker, kafka_prefix, settings):
    name = topic("articles").full_name(kafka_prefix)
    producer = KafkaProducer(bootstrap_servers=kafka_broker.bootstrap_servers)
    for each in range(10):
        producer.send(name, b"x", partition=each % 2)
    producer.flush()
    producer.close()
    group = f"{kafka_prefix}-alerts"
    consumer = KafkaConsumer(bootstrap_servers=kafka_broker.bootstrap_servers, group_id=group)
    consumer.commit({TopicPartition(name, 0): OffsetAndMetadata(3, "", -1)})
    consumer.close()
    found = {
        each.group: (each.records, each.has_begun, each.is_ahead)
        for each in lags(settings, name, [group, f"{kafka_prefix}-entities"])
    }
    assert found == {group: (7, True, False), f"{kafka_prefix}-entities": (10, False, False)}
    with pytest.raises(InvalidSetting, match="no topic"):
        lags(settings, f"{kafka_prefix}.none", [group])


def test_a_group_before_the_end_of_the_log_is_told_and_not_counted(kafka_broker, settings):
    name = topic("articles").full_name(settings.prefix)
    group = f"{settings.prefix}-alerts"
    producer = KafkaProducer(bootstrap_servers=kafka_broker.bootstrap_servers)
    producer.send(name, b"x", partition=1)
    producer.close()
    consumer = KafkaConsumer(bootstrap_servers=kafka_broker.bootstrap_servers, group_id=group)
    consumer.commit({TopicPartition(name, 0): OffsetAndMetadata(3, "", -1)})
    consumer.close()
    (found,) = lags(settings, name, [group])
    assert (found.records, found.is_ahead) == (1, True)


def test_a_cluster_that_is_not_there_is_said_in_words():
    settings = KafkaSettings(bootstrap_servers=(f"127.0.0.1:{free_pair()}",))
    with pytest.raises(Unavailable, match="connection refused"):
        lags(settings, "tocsin.articles", ["tocsin-alerts"])
