import subprocess
import sys
from collections import Counter

import pytest

from connectors.cluster import KafkaSettings
from connectors.log import read, stretches
from connectors.topics import create_topics
from console.shadow_topics import shadowed
from schemas import InvalidSetting
from schemas.topics import TOPICS

ARTICLE = (
    '{"url": "https://paper.example/1", "title": "Coup in Niger",'
    ' "text": "ECOWAS met in Abuja and threatened to use force in Niger.",'
    ' "first_seen": "2023-07-30T12:00:00Z", "published": "2023-07-30T12:00:00Z"}\n'
)


def test_the_live_topics_are_no_shadow():
    live = KafkaSettings(prefix="tocsin")
    for prefix in ("tocsin", ""):
        with pytest.raises(InvalidSetting):
            shadowed(live, prefix)
    assert shadowed(live, "shadow").prefix == "shadow"


@pytest.mark.kafka
def test_a_replay_sends_its_files_to_shadow_topics_and_nothing_to_live_ones(
    tmp_path, kafka_broker, kafka_prefix
):
    servers = (kafka_broker.bootstrap_servers,)
    live = KafkaSettings(bootstrap_servers=servers, prefix=kafka_prefix)
    create_topics(live)
    (tmp_path / "articles.jsonl").write_text(ARTICLE)
    out, prefix = tmp_path / "out", f"{kafka_prefix}-shadow"
    command = [sys.executable, "-m", "console", "replay", tmp_path / "articles.jsonl"]
    options = ["--no-entities", "--out", out, "--topics", prefix]
    environment = {
        "PATH": "/usr/bin:/bin",
        "TOCSIN_KAFKA_BOOTSTRAP_SERVERS": servers[0],
        "TOCSIN_KAFKA_PREFIX": kafka_prefix,
    }
    subprocess.run([*command, *options], check=True, env=environment, cwd=tmp_path, timeout=120)
    shadow = shadowed(live, prefix)
    for topic in TOPICS:
        lines = (out / f"{topic.name}.jsonl").read_bytes().splitlines()
        there = read(shadow, stretches(shadow, topic.full_name(prefix)))
        assert Counter(each.value for each in there) == Counter(lines)
        assert stretches(live, topic.full_name(kafka_prefix)) == []
    assert (out / "alerts.jsonl").read_bytes()
