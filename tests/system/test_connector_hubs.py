"""The RSS connector with a hub: what the hub tells of is in Kafka long before the feed would be due."""

import asyncio
import socket
from datetime import UTC, datetime, timedelta

import pytest

from connectors.cluster import KafkaSettings
from connectors.topics import create_topics
from schemas import FeedState
from store import feeds
from store.engine import open_engine, writing
from tests.connectors.feeds.hostile import reply
from tests.connectors.feeds.test_visit import a_feed, an_item
from tests.connectors.feeds.web import web
from tests.connectors.feeds.websub_hub import hub
from tests.system.rss import Site, wait_for

pytestmark = [pytest.mark.kafka, pytest.mark.slow]


def test_a_notification_brings_the_article_at_once(kafka_broker, kafka_prefix, tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        listen = f"127.0.0.1:{free.getsockname()[1]}"
    servers = (kafka_broker.bootstrap_servers,)
    settings = {
        "TOCSIN_FEEDS_GAP": "0",
        "TOCSIN_WEBSUB_CALLBACK": f"http://{listen}/websub/",
        "TOCSIN_WEBSUB_LISTEN": listen,
        "TOCSIN_WEBSUB_SECRET": "a secret of this test",
    }
    site = Site(tmp_path, KafkaSettings(bootstrap_servers=servers, prefix=kafka_prefix), settings)
    create_topics(site.kafka)

    async def run() -> None:
        answers = {"/feed": reply(a_feed(an_item(1)))}
        async with hub() as working, web(answers) as pages:
            url, now = f"{pages.base}/feed", datetime.now(UTC)
            state = FeedState(
                url=url, added=now, last_success=now, hub=working.url,
                next_poll=now + timedelta(hours=9),
            )  # fmt: skip
            with writing(open_engine(site.store)) as connection:
                feeds.add(connection, [state])
            connector = site.connect("--no-pages")
            try:
                assert await asyncio.wait_for(working.answers.get(), 40) == (200, "a<b>c")
                assert pages.targets == []
                assert await working.publish(b"something new") == 202
                await asyncio.to_thread(wait_for, site.records, "the article")
                connector.terminate()
                assert await asyncio.to_thread(connector.wait, 40) == 0
            finally:
                connector.kill()
            assert pages.targets == ["/feed"]

    asyncio.run(run())
    log = (tmp_path / "connector.log").read_text()
    assert "hub-notified" in log
    assert "a secret of this test" not in log
