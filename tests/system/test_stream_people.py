"""From the log to people, by a real webhook: told once, whatever is replayed, sent in again or restored."""

from pathlib import Path

import pytest
from standardwebhooks import Webhook

from connectors.kafka import Message, Producer
from deploy.kafka.broker import Broker
from tests.connectors.delivery.hook import SECRET
from tests.memories import prose
from tests.system.chaos import set_back
from tests.system.hooks import running_hooks
from tests.system.place import Place, ended, installed
from tocsin.articles import complete

pytestmark = [pytest.mark.kafka, pytest.mark.prism, pytest.mark.slow, pytest.mark.timeout(600)]

ALERTS = 200

SUBSCRIPTION = """
[[subscription]]
id = "bell"
query = "stahlglocke"
channels = ["desk"]
"""


def to_the_end(place: Place) -> None:
    """Do what is in the log, and deliver what is due."""
    assert ended(place.start("pipeline", "run", "--to-end")) == 0
    place.command("deliver", "--once")


def test_two_hundred_alerts_reach_a_webhook_once_whatever_is_done_again(
    prism: str,
    kafka_broker: Broker,
    kafka_prefix: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    place = installed(tmp_path, kafka_broker.bootstrap_servers, kafka_prefix, partitions=2)
    with running_hooks(tmp_path, 1, seconds=0.0) as hooks, Producer(place.kafka) as producer:
        channels = tmp_path / "channels.toml"
        (port,) = hooks.kinds
        to = f"http://127.0.0.1:{port}/hook"
        channels.write_text(f'[[channel]]\nid = "desk"\nkind = "webhook"\nto = "{to}"\n')
        monkeypatch.setenv("TOCSIN_DELIVERY_CHANNELS", str(channels))
        monkeypatch.setenv("TOCSIN_DELIVERY_ALLOW_PRIVATE", "true")
        monkeypatch.setenv("TOCSIN_CHANNEL_DESK_SECRET", SECRET)
        with place.rules.subscriptions.open("a") as file:
            file.write(SUBSCRIPTION)
        seen = place.publish().since
        articles = [
            complete(
                url=f"https://n{at}.example/", text=f"Stahlglocke. {prose(at)}", first_seen=seen
            )
            for at in range(ALERTS)
        ]
        producer.publish_records(articles)
        topic = f"{place.kafka.prefix}.articles"
        producer.publish([Message(topic="articles", key="x", value=b"no article", headers=())])

        to_the_end(place)
        posts = hooks.posts()
        assert len(posts) == len({each.id for each in posts}) == ALERTS
        for each in posts:
            Webhook(SECRET).verify(each.body, each.headers)

        out = tmp_path / "replayed"
        place.command(
            "replay", f"kafka:{topic}", f"--out={out}", "--no-entities", *place.rules.options
        )
        assert (out / "alerts.jsonl").read_bytes().count(b'"subscription":"bell"') == ALERTS
        place.command("deliver", "--once")

        producer.publish_records(articles)
        place.command("dead-letters", "redrive", "--all")
        place.command("deliveries", "redrive", "--all")
        to_the_end(place)

        set_back(kafka_broker.bootstrap_servers, f"{kafka_prefix}-all", topic)
        to_the_end(place)
        assert len(hooks.posts()) == ALERTS
