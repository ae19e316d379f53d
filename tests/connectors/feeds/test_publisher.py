import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine

from connectors.feeds import publisher
from connectors.feeds.ledger import Ledger
from connectors.feeds.publisher import Publisher
from schemas import Unavailable
from store import feeds, outbox
from store.engine import open_engine
from store.outbox import OutboxRow, Waiting

NOW = datetime(2026, 1, 1, tzinfo=UTC)


class Broker:
    """Takes what it is sent; before that, refuses as often as it is told to."""

    def __init__(self, refusals: int = 0) -> None:
        self.refusals = refusals
        self.taken: list[tuple[str, bytes]] = []

    def publish(self, rows: Sequence[Waiting], /) -> None:
        if self.refusals:
            self.refusals -= 1
            raise Unavailable("no broker answers")
        self.taken += [(row.key, row.value) for row in rows]


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    return open_engine(f"sqlite:///{tmp_path / 'tocsin.db'}")


def a_row(word: str) -> OutboxRow:
    return OutboxRow(
        topic="articles", key=word, value=word.encode(), feed="f", entry=word, fingerprint="1"
    )


def publish(engine: Engine, broker: Broker, *batches: list[str]) -> tuple[int, dict[str, str]]:
    """Publish batches at once; returns what still waits, and which entries are done."""

    async def work() -> tuple[int, dict[str, str]]:
        working = Publisher(ledger, broker, clock=lambda: NOW)
        running = asyncio.create_task(working.run())
        async with asyncio.timeout(20):
            await asyncio.gather(*(working.publish(map(a_row, batch)) for batch in batches))
        words = [word for batch in batches for word in batch]
        known = await ledger.do(feeds.known, "f", words)
        waiting = await ledger.do(outbox.size)
        running.cancel()
        return waiting, known

    ledger = Ledger(engine)
    try:
        return asyncio.run(work())
    finally:
        ledger.close()


def test_what_is_published_is_sent_and_then_forgotten(engine: Engine) -> None:
    broker = Broker()
    assert publish(engine, broker, ["a", "b"], ["c"]) == (0, {"a": "1", "b": "1", "c": "1"})
    assert sorted(broker.taken) == [("a", b"a"), ("b", b"b"), ("c", b"c")]


def test_equal_records_are_sent_once_and_everybody_is_told(engine: Engine) -> None:
    broker = Broker()
    publish(engine, broker, ["a"], ["a"], ["a"])
    assert set(broker.taken) == {("a", b"a")}


def test_it_waits_for_a_broker_that_is_away(engine: Engine, monkeypatch) -> None:
    monkeypatch.setattr(publisher, "FIRST_PAUSE", 0.01)
    broker = Broker(refusals=3)
    assert publish(engine, broker, ["a"]) == (0, {"a": "1"})
    assert broker.taken == [("a", b"a")]


def test_what_an_earlier_process_left_is_sent_first(engine: Engine) -> None:
    with engine.begin() as connection:
        outbox.put(connection, [a_row("left")])
    broker = Broker()
    publish(engine, broker, ["new"])
    assert broker.taken == [("left", b"left"), ("new", b"new")]
