"""A store with rules in force and alerts that rang, and a sender that does as a test wants."""

import asyncio
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Engine, select

from connectors.delivery.dispatcher import Dispatcher
from connectors.delivery.senders import Sender
from schemas import (
    EPOCH,
    Alert,
    Channel,
    ChannelKind,
    Ended,
    Message,
    Outcome,
    Subscription,
    freeze,
)
from schemas.ids import alert_id
from store import results, rules
from store.engine import reading, writing
from store.ledger import ring
from store.tables import delivery
from tests.connectors.delivery.hook import a_channel

NOON = datetime(2024, 7, 29, 12, tzinfo=UTC)
DELIVERED = Outcome(ended=Ended.DELIVERED, status=200)
AGAIN = Outcome(ended=Ended.RETRY, status=500, reason="no")
GONE = Outcome(ended=Ended.GONE, status=410, reason="the receiver is gone")

BRIDGES = Subscription(id="bridges", query="bridge", channels=("hook",))


def an_alert(number: int, subscription: str = "bridges", **given: Any) -> Alert:
    story = f"{number:032x}"
    made = Alert(
        id=alert_id(subscription, story),
        subscription=subscription,
        story=story,
        article=story,
        version=story,
        title=f"Bridge {number}",
        url=f"https://river.example/{number}",
        publisher="river.example",
        language="en",
        published=None,
        first_seen=NOON + timedelta(milliseconds=number),
        mentions=(),
        evidence=(),
        rule_set="a" * 32,
    )
    return replace(made, **given)


def wait_until(check: Callable[[], bool], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not check():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@dataclass
class Clock:
    """A clock that stands still until it is moved."""

    now: datetime = NOON

    def __call__(self) -> datetime:
        return self.now

    def pass_(self, **time: float) -> None:
        self.now += timedelta(**time)


@dataclass
class Post:
    """A sender that keeps what it sends, answers as it is told by channel, and counts how many at once."""

    answers: dict[str, Outcome | Exception] = field(default_factory=dict)
    sent: list[tuple[str, Message]] = field(default_factory=list)
    most_at_once: dict[str, int] = field(default_factory=dict)
    hangs: set[str] = field(default_factory=set)
    one_target: str = ""
    _flying: dict[str, int] = field(default_factory=dict)

    def target(self, channel: Channel) -> str:
        return self.one_target or channel.id

    async def send(self, channel: Channel, message: Message) -> Outcome:
        target = self.target(channel)
        self._flying[target] = self._flying.get(target, 0) + 1
        most = self.most_at_once.get(target, 0)
        self.most_at_once[target] = max(most, self._flying[target])
        self.sent.append((channel.id, message))
        try:
            if channel.id in self.hangs:
                await asyncio.Event().wait()
            for _ in range(3):
                await asyncio.sleep(0)
            answer = self.answers.get(channel.id, DELIVERED)
            if isinstance(answer, Exception):
                raise answer
            return answer
        finally:
            self._flying[target] -= 1

    @property
    def channels(self) -> list[str]:
        return [channel for channel, _ in self.sent]


class Stand:
    """A store, the rules in force in it, and a dispatcher over it."""

    def __init__(
        self,
        engine: Engine,
        subscriptions: Sequence[Subscription] = (BRIDGES,),
        channels: Iterable[Channel] = (a_channel("hook"),),
        senders: Mapping[ChannelKind, Sender] | None = None,
    ) -> None:
        self.engine = engine
        self.clock = Clock()
        self.post = Post()
        self.stop = threading.Event()
        self.subscriptions = {each.id: each for each in subscriptions}
        self.channels = {each.id: each for each in channels}
        self.senders = senders or {ChannelKind.WEBHOOK: self.post}
        self.publish(*subscriptions, since=EPOCH)
        self.dispatcher = self.anew()

    def anew(self, reach: Callable[[str], None] = lambda _: None) -> Dispatcher:
        """Make a dispatcher that knows nothing but the store."""
        return Dispatcher(
            self.engine,
            self.channels,
            self.senders,
            clock=self.clock,
            stop=self.stop,
            reach=reach,
            link=lambda alert: f"https://tocsin.example.org/{alert}",
        )

    def publish(self, *subscriptions: Subscription, since: datetime | None = None) -> None:
        self.subscriptions = {each.id: each for each in subscriptions}
        with writing(self.engine) as connection:
            rules.publish(connection, freeze((), subscriptions), since or self.clock.now)

    def ring(self, *alerts: Alert) -> list[Alert]:
        """Ring as the sink of the pipeline does."""
        with writing(self.engine) as connection:
            found = ring(
                connection,
                alerts,
                lambda alert: self.subscriptions[alert.subscription].channels,
                self.clock.now,
            )
            results.write(connection, "alerts", found)
        return found

    def drain(self, **passes: float) -> int:
        """Let time pass, then send what is due."""
        self.clock.pass_(**passes)
        return self.dispatcher.drain()

    def rows(self, *names: str) -> list[tuple[Any, ...]]:
        """Read some columns of all deliveries, in their order of channels and of entering."""
        columns = [delivery.c[name] for name in names]
        query = select(*columns).order_by(delivery.c.channel, delivery.c.due, delivery.c.message)
        with reading(self.engine) as connection:
            return [tuple(row) for row in connection.execute(query)]
