"""Subscribers with a webhook each, a story that rings all of them, and the deliverer that serves them."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import select

from schemas import EPOCH, Alert, Subscription, freeze
from schemas.ids import alert_id
from store import results, rules
from store.engine import open_engine, reading, writing
from store.ledger import ring
from store.tables import delivery
from tests.connectors.delivery.hook import SECRET
from tests.contracts.tree import ROOT
from tests.memories import START, an_alert, an_article, prose


@dataclass(frozen=True, slots=True)
class Subscribers:
    """By name the URL of the webhook of each; all in one store."""

    folder: Path
    hooks: dict[str, str]

    @property
    def store(self) -> str:
        return f"sqlite:///{self.folder / 'store.sqlite'}"

    @property
    def environment(self) -> dict[str, str]:
        secrets = {
            f"TOCSIN_CHANNEL_{name.upper().replace('-', '_')}_SECRET": SECRET for name in self.hooks
        }
        return secrets | {
            "TOCSIN_STORE_URL": self.store,
            "TOCSIN_METRICS_LISTEN": "",
            "TOCSIN_DELIVERY_CHANNELS": str(self.folder / "channels.toml"),
            "TOCSIN_DELIVERY_ALLOW_PRIVATE": "true",
            "TOCSIN_KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1",
        }

    def prepare(self) -> None:
        """Write the file of channels, and bring the subscriptions into force."""
        channels = (
            f'[[channel]]\nid = "{name}"\nkind = "webhook"\nto = "{url}"\n'
            for name, url in self.hooks.items()
        )
        (self.folder / "channels.toml").write_text("\n".join(channels))
        wanted = tuple(Subscription(id=name, query="x", channels=(name,)) for name in self.hooks)
        engine = open_engine(self.store)
        with writing(engine) as connection:
            rules.publish(connection, freeze((), wanted), EPOCH)
        engine.dispose()

    def ring(self, story: str, now: datetime | None = None) -> list[Alert]:
        """Let one story ring all."""
        about = replace(an_alert(an_article(story, prose(len(story)))), title=f"About {story}")
        alerts = [
            replace(about, id=alert_id(name, about.story), subscription=name, first_seen=START)
            for name in self.hooks
        ]
        engine = open_engine(self.store)
        with writing(engine) as connection:
            rung = ring(
                connection, alerts, lambda alert: (alert.subscription,), now or datetime.now(UTC)
            )
            results.write(connection, "alerts", rung)
        engine.dispose()
        return rung

    def states(self) -> list[tuple[str, str, int]]:
        """Read (channel, state, attempts) of all deliveries."""
        engine = open_engine(self.store)
        columns = delivery.c
        with reading(engine) as connection:
            query = select(columns.channel, columns.state, columns.attempts)
            found = [tuple(row) for row in connection.execute(query.order_by(columns.message))]
        engine.dispose()
        return found


@contextmanager
def delivering(subscribers: Subscribers) -> Iterator[subprocess.Popen[bytes]]:
    """Run `tocsin deliver`, and end it in order."""
    log = (subscribers.folder / "deliver.log").open("w")
    with (
        log,
        subprocess.Popen(
            [sys.executable, "-m", "console", "deliver"],
            cwd=ROOT,
            env=os.environ | subscribers.environment,
            stderr=log,
        ) as process,
    ):
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(40)
            finally:
                process.kill()


def spread(ports: Sequence[int], number: int) -> dict[str, str]:
    """Give so many subscribers a webhook each, evenly over ports."""
    return {f"s{n:04d}": f"http://127.0.0.1:{ports[n % len(ports)]}/{n}" for n in range(number)}
