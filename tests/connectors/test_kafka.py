import os
import signal
import threading
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import pytest
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import KafkaAdminClient
from kafka.errors import KafkaConfigurationError

from connectors import cluster, kafka
from connectors.kafka import KafkaSettings, Message, Producer, headers_for, message_of
from deploy.kafka.broker import Broker
from schemas import Article, InvalidSetting, Rejected, Unavailable, Via, dead_letter, decode, encode
from schemas.topics import LONGEST_MESSAGE
from tests.kafka_broker import QUICK, free_pair
from tocsin import articles
from tocsin.articles import LONGEST_LINE

SEEN = datetime(2024, 7, 29, 16, 15, 20, tzinfo=UTC)


def article(n: int = 0, **given: object) -> Article:
    parts = {"url": f"https://river.example/{n}", "title": f"Bridge {n}", "first_seen": SEEN}
    return articles.complete(**(parts | given))


def messages(count: int) -> list[Message]:
    return [message_of(article(n)) for n in range(count)]


def make_topics(settings: KafkaSettings, *names: str, **configs: str) -> None:
    admin = KafkaAdminClient(bootstrap_servers=list(settings.bootstrap_servers))
    # Tests produce records dated years ago: kept for a week only, they could go at any moment.
    kept = {"retention.ms": "-1", **configs}
    wanted = {"num_partitions": 3, "replication_factor": 1, "configs": kept}
    names = tuple(f"{settings.prefix}.{name}" for name in names or ("articles",))
    admin.create_topics(dict.fromkeys(names, wanted), wait_for_metadata=True)
    admin.close()


def consumed(settings: KafkaSettings, name: str = "articles") -> list[tuple[str, bytes]]:
    """Read a topic from its beginning to its present end: keys and values."""
    consumer = KafkaConsumer(bootstrap_servers=list(settings.bootstrap_servers))
    full = f"{settings.prefix}.{name}"
    places = [TopicPartition(full, each) for each in sorted(consumer.partitions_for_topic(full))]
    consumer.assign(places)
    ends = consumer.end_offsets(places)
    found = []
    for place in places:
        consumer.seek(place, 0)
    while any(consumer.position(place) < ends[place] for place in places):
        for records in consumer.poll(timeout_ms=500).values():
            found += [(record.key.decode(), record.value) for record in records]
    consumer.close()
    return found


@pytest.fixture
def settings(kafka_broker: Broker, kafka_prefix: str) -> KafkaSettings:
    return KafkaSettings(bootstrap_servers=(kafka_broker.bootstrap_servers,), prefix=kafka_prefix)


@pytest.fixture
def producer(settings: KafkaSettings) -> Iterator[Producer]:
    with Producer(settings) as opened:
        yield opened


def test_the_headers_of_an_article_are_those_of_a_cloud_event():
    found = dict(headers_for(article(feed="https://river.example/feed", via=Via.RSS)))
    assert found.pop("ce_id").decode() == f"{article().id}.{article().version}"
    assert found == {
        "ce_specversion": b"1.0",
        "ce_type": b"tocsin.article.v1",
        "ce_source": b"https://river.example/feed",
        "ce_time": b"2024-07-29T16:15:20Z",
        "content-type": b"application/json",
    }


def test_an_edited_article_is_another_event_of_the_same_key():
    first, second = message_of(article()), message_of(article(text="It was closed again."))
    assert first.key == second.key
    assert dict(first.headers)["ce_id"] != dict(second.headers)["ce_id"]


def test_a_dead_letter_has_a_message_too():
    letter = dead_letter("read", "no-feed", "is none", b"<x/>")
    message = message_of(letter)
    assert (message.topic, message.key, message.value) == (
        "dead-letters",
        letter.id,
        encode(letter),
    )
    assert dict(message.headers)["ce_source"] == b"/tocsin/read"


def test_a_record_longer_than_any_reader_takes_is_rejected():
    room = LONGEST_LINE - len(encode(article(text="")))
    message_of(article(text="a" * room))
    with pytest.raises(Rejected, match="more than a record may have") as raised:
        message_of(article(text="a" * (room + 1)))
    assert raised.value.code == "too-long"


@pytest.mark.parametrize(
    "given",
    [
        {"security_protocol": "TLS"},
        {"sasl_mechanism": "PLAIN", "sasl_username": "a", "sasl_password": "b"},
        {"security_protocol": "SASL_SSL"},
        {"security_protocol": "SASL_SSL", "sasl_mechanism": "PLAIN", "sasl_username": "a"},
        {"security_protocol": "SASL_SSL", "sasl_mechanism": "MD5", "sasl_username": "a"},
    ],
)
def test_settings_that_cannot_be_meant_are_refused(given):
    with pytest.raises(InvalidSetting, match="kafka: "):
        KafkaSettings(**given)


def test_passwords_do_not_show():
    given = {"security_protocol": "SASL_SSL", "sasl_mechanism": "PLAIN", "sasl_username": "a"}
    shown = repr(KafkaSettings(**given, sasl_password="hush", ssl_password="quiet"))
    assert "hush" not in shown
    assert "quiet" not in shown


@pytest.mark.kafka
def test_what_was_published_lies_there_byte_for_byte(settings, producer):
    make_topics(settings)
    sent = messages(200)
    producer.publish(sent)
    assert sorted(consumed(settings)) == sorted((each.key, each.value) for each in sent)


@pytest.mark.kafka
@pytest.mark.parametrize(
    "weaker",
    [{"acks": 1}, {"acks": 0}, {"retries": 0}, {"max_in_flight_requests_per_connection": 6}],
)
def test_a_weaker_setting_beside_ours_is_an_error_and_no_warning(settings, weaker):
    # The sentence that holds this is `enable_idempotence=True`, said explicitly.
    with pytest.raises(KafkaConfigurationError, match="incompatible"):
        KafkaProducer(**(settings.client() | kafka.producer_options() | weaker))


@pytest.mark.kafka
def test_one_record_that_is_refused_fails_the_batch(settings, producer):
    make_topics(settings, **{"max.message.bytes": "2000"})
    noise = "".join(chr(0x4E00 + n * 7919 % 20000) for n in range(3000))
    batch = [*messages(3), message_of(article(9, text=noise)), *messages(2)]
    with pytest.raises(Unavailable, match="MessageSizeTooLarge"):
        producer.publish(batch)
    producer.publish(messages(3))  # and the next one has a producer that works
    assert {key for key, _ in consumed(settings)} >= {each.key for each in messages(3)}


@pytest.mark.kafka
def test_a_long_article_goes_through_where_the_topic_allows_it(settings, producer):
    make_topics(settings, **{"max.message.bytes": str(LONGEST_MESSAGE)})
    long = article(text="".join(chr(0x4E00 + n * n % 20000) for n in range(1_200_000)))
    producer.publish([message_of(long)])
    ((_, value),) = consumed(settings)
    assert decode(Article, value) == long


@pytest.mark.kafka
def test_a_topic_that_does_not_exist_is_said_with_the_remedy(producer, monkeypatch):
    monkeypatch.setattr(kafka, "ANSWER_SECONDS", 2.0)
    with pytest.raises(Unavailable, match=r"\.articles not found") as raised:
        producer.publish(messages(1))
    assert raised.value.hint == "Make the topics with: tocsin topics create"


def test_where_no_broker_listens_it_is_said_with_the_reason(monkeypatch):
    monkeypatch.setattr(cluster, "ANSWER_SECONDS", 1.0)
    settings = KafkaSettings(bootstrap_servers=(f"127.0.0.1:{free_pair()}",))
    began = time.monotonic()
    with Producer(settings) as producer, pytest.raises(Unavailable, match="refused") as raised:
        producer.publish(messages(1))
    assert "tocsin doctor" in raised.value.hint
    assert time.monotonic() - began < 5


def wait_for(broker: Broker, sent: Sequence[Message], seconds: float) -> threading.Thread:
    """Kill the broker now, and start it again after some seconds."""
    broker.kill()

    def restart() -> None:
        time.sleep(seconds)
        broker.start(java_options=QUICK)

    thread = threading.Thread(target=restart)
    thread.start()
    return thread


@pytest.mark.kafka
def test_while_the_broker_is_killed_and_started_again_nothing_is_lost(settings, kafka_broker):
    make_topics(settings)
    sent: list[Message] = []
    hints: set[str] = set()
    with Producer(settings, delivery_seconds=4.0) as producer:
        producer.publish(messages(10))
        restarting = wait_for(kafka_broker, sent, 3.0)
        for start in range(0, 300, 50):
            batch = messages(300)[start : start + 50]
            while True:
                try:
                    producer.publish(batch)
                    break
                except Unavailable as error:
                    hints.add(error.hint)
            sent += batch
        restarting.join()
    assert set(consumed(settings)) == {(each.key, each.value) for each in sent}
    assert all(hints)


@pytest.mark.kafka
def test_a_short_absence_of_the_broker_is_waited_for(settings, kafka_broker):
    make_topics(settings)
    with Producer(settings, delivery_seconds=60.0) as producer:
        producer.publish(messages(1))
        restarting = wait_for(kafka_broker, [], 0.0)
        producer.publish(messages(20))
        restarting.join()
    assert sorted(set(consumed(settings))) == sorted((m.key, m.value) for m in messages(20))


@pytest.mark.kafka
def test_closing_ends_at_once_what_waits_for_an_ack(settings, producer, kafka_broker):
    make_topics(settings)
    producer.publish(messages(1))
    os.kill(kafka_broker.pid, signal.SIGSTOP)
    try:
        threading.Timer(0.5, producer.close).start()
        began = time.monotonic()
        with pytest.raises(Unavailable, match="closed"):
            producer.publish(messages(3))
        assert time.monotonic() - began < 5
    finally:
        os.kill(kafka_broker.pid, signal.SIGCONT)
