"""A replay of a topic is the replay of a file of its values, and no other reader can tell."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from kafka import KafkaProducer
from kafka.admin import KafkaAdminClient

from connectors.kafka import KafkaSettings
from connectors.log import read, stretches
from console.cli import cli
from pipelines.replay import FILES
from schemas import InvalidSetting, encode
from tests.contracts.tree import ROOT
from tocsin import articles
from tocsin.stories import TIME_TO_LIVE

pytestmark = pytest.mark.kafka

SEEN = datetime(2023, 8, 10, 12, tzinfo=UTC)
WAGNER = "Wagner Group fighters left the camp near Gao on Friday, officials said."


@pytest.fixture
def tocsin(settings, tmp_path) -> Callable[..., Result]:
    environment = {
        "TOCSIN_KAFKA_BOOTSTRAP_SERVERS": settings.bootstrap_servers[0],
        "TOCSIN_KAFKA_PREFIX": settings.prefix,
        "TOCSIN_STORE_URL": f"sqlite:///{tmp_path / 'store.db'}",
    }

    def run(*arguments: object) -> Result:
        done = CliRunner().invoke(cli, [str(each) for each in arguments], env=environment)
        assert done.exit_code == 0, done.output
        return done

    return run


def results(folder: Path) -> dict[str, bytes]:
    return {name: (folder / f"{name}.jsonl").read_bytes() for name in FILES}


def logged(settings: KafkaSettings) -> list[bytes]:
    """Give the values of the articles' topic."""
    found = read(settings, stretches(settings, f"{settings.prefix}.articles"))
    return [each.value for each in found if each.value is not None]


def put(
    settings: KafkaSettings, *values: bytes | None, partition: int = 0, at: datetime = SEEN
) -> None:
    """Produce values at a given time."""
    producer = KafkaProducer(bootstrap_servers=list(settings.bootstrap_servers))
    for value in values:
        milliseconds = int(at.timestamp() * 1000)
        topic = f"{settings.prefix}.articles"
        producer.send(topic, value=value, key=b"k", partition=partition, timestamp_ms=milliseconds)
    producer.flush()
    producer.close()


def article(n: int, *, days: float = 0, text: str = WAGNER) -> bytes:
    seen = SEEN + timedelta(days=days)
    return encode(
        articles.complete(url=f"https://a{n}.example/{n}", title=text, text=text, first_seen=seen)
    )


def ids(folder: Path) -> list[str]:
    lines = (folder / "articles.jsonl").read_bytes().splitlines()
    return [json.loads(line)["url"] for line in lines]


def test_it_gives_the_bytes_of_a_replay_of_a_file_of_its_values(settings, tocsin, tmp_path):
    tocsin("connect", "seeds", ROOT / "seeds", "--ring")
    put(settings, b"no record", b'{"title":', b'{"title": "No more"}', None, partition=7)
    values = logged(settings)
    (tmp_path / "dump.jsonl").write_bytes(b"".join(value + b"\n" for value in values))
    topic = f"kafka:{settings.prefix}.articles"
    told = json.loads(
        tocsin("replay", topic, "--no-entities", "--out", tmp_path / "a", "--json").stdout
    )
    tocsin("replay", tmp_path / "dump.jsonl", "--no-entities", "--out", tmp_path / "b")
    assert results(tmp_path / "a") == results(tmp_path / "b")
    assert told["counts"]["came_in"] == told["counts"]["accounted_for"] == len(values)
    assert told["counts"]["dead_letters"] == 2
    assert results(tmp_path / "a")["alerts"]


def test_nothing_is_sent_and_no_place_in_the_topic_is_noted(settings, tocsin, tmp_path):
    put(settings, article(1), b"no record")
    tocsin("replay", f"kafka:{settings.prefix}.articles", "--no-entities")
    assert len(logged(settings)) == 2
    for name in ("alerts", "dead-letters"):
        assert stretches(settings, f"{settings.prefix}.{name}") == []
    admin = KafkaAdminClient(bootstrap_servers=list(settings.bootstrap_servers))
    assert [each for each in admin.list_groups() if settings.prefix in str(each)] == []
    admin.close()
    assert not (tmp_path / "store.db").exists()


def test_a_part_of_a_topic_is_read_by_its_offsets(settings, tocsin, tmp_path):
    put(settings, *(article(n) for n in range(6)), partition=3)
    put(settings, article(9), partition=4)
    for name, part, numbers in (
        ("a", "3@2-4", [2, 3]),
        ("b", "3@4", [4, 5]),
        ("c", "4", [9]),
        ("d", "5", []),
    ):
        place = f"kafka:{settings.prefix}.articles/{part}"
        tocsin("replay", place, "--no-entities", "--out", tmp_path / name)
        found = {f"https://a{n}.example/{n}" for n in numbers}
        assert set(ids(tmp_path / name)) == found, part


def test_a_span_reads_one_time_to_live_before_it_for_copies_alone(settings, tocsin, tmp_path):
    """What was produced before that is not read at all; what was produced late is read all the same."""
    before = TIME_TO_LIVE.days
    for n, days in ((1, -before - 1), (2, -before + 1), (3, 0), (4, 1)):
        put(settings, article(n, days=days), at=SEEN + timedelta(days=days))
    put(settings, article(5, days=0.5), at=SEEN + timedelta(days=30))
    topic = f"kafka:{settings.prefix}.articles"
    span = ("--from", SEEN.isoformat(), "--to", (SEEN + timedelta(days=1)).isoformat())
    counts = json.loads(
        tocsin("replay", topic, "--no-entities", "--out", tmp_path / "a", *span, "--json").stdout
    )["counts"]
    assert ids(tmp_path / "a") == ["https://a3.example/3", "https://a5.example/5"]
    assert (counts["came_in"], counts["rejected"]) == (4, 2)
    (story,) = (tmp_path / "a" / "stories.jsonl").read_bytes().splitlines()
    assert json.loads(story)["url"] == "https://a2.example/2"


def test_a_topic_that_does_not_exist_is_said(settings, tmp_path):
    environment = {"TOCSIN_KAFKA_BOOTSTRAP_SERVERS": settings.bootstrap_servers[0]}
    asked = ["replay", "kafka:no.such.topic", "--out", str(tmp_path / "a")]
    refused = CliRunner().invoke(cli, asked, env=environment)
    assert isinstance(refused.exception, InvalidSetting)
    assert "there is no topic no.such.topic" in str(refused.exception)
    assert not (tmp_path / "a").exists()
