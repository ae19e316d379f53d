"""From the log to people, by a real webhook: told once, whatever is replayed, sent in again or restored."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from standardwebhooks import Webhook

from connectors.kafka import Message, Producer
from deploy.kafka.broker import Broker
from tests.connectors.delivery.hook import SECRET
from tests.memories import prose
from tests.system.chaos import set_back
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


class Receiver(ThreadingHTTPServer):
    """Takes webhooks, and keeps their headers and bodies."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Taker)
        self.posts: list[tuple[dict[str, str], bytes]] = []

    def ids(self) -> list[str]:
        return sorted(headers["webhook-id"] for headers, _ in self.posts)


class _Taker(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:  # so it is called by its base
        body = self.rfile.read(int(self.headers["content-length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.posts.append((headers, body))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def receiving() -> Iterator[Receiver]:
    with Receiver() as receiver:
        thread = threading.Thread(target=receiver.serve_forever, daemon=True)
        thread.start()
        yield receiver
        receiver.shutdown()


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
    with receiving() as receiver, Producer(place.kafka) as producer:
        channels = tmp_path / "channels.toml"
        to = f"http://127.0.0.1:{receiver.server_port}/hook"
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
        assert len(receiver.ids()) == len(set(receiver.ids())) == ALERTS
        for headers, body in receiver.posts:
            Webhook(SECRET).verify(body, headers)

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
        assert len(receiver.posts) == ALERTS
