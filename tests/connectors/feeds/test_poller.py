"""The poller: which feeds it visits, and which it leaves alone for now."""

import asyncio
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest

from connectors.feeds import poller
from connectors.feeds.ledger import Ledger
from connectors.feeds.poller import Poller
from schemas import FeedState, Unavailable
from store import feeds
from store.engine import open_engine, writing
from tocsin.poll import DEFAULT

GOOD, BAD = "https://good.example/feed", "https://bad.example/feed"


@pytest.mark.parametrize(("floor", "again"), [(60.0, False), (0.001, True)])
def test_a_feed_whose_poll_cannot_be_noted_is_asked_again_when_any_other_might_be(
    floor: float, again: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'tocsin.db'}")
    with writing(engine) as connection:
        feeds.add(connection, [FeedState(url=url) for url in (GOOD, BAD)])
    visits, stop = Counter[str](), asyncio.Event()

    async def visit(state: FeedState, _: object) -> None:
        visits[state.url] += 1
        if visits[GOOD] >= 5 and (visits[BAD] > 1 or not again):
            stop.set()
        if state.url == BAD:
            raise Unavailable("the disk is full")

    monkeypatch.setattr(poller, "visit", visit)
    monkeypatch.setattr(poller, "LOOK_SECONDS", 0.005)
    monkeypatch.setattr(poller, "PAUSE_SECONDS", 0.0)
    ledger = Ledger(engine)
    tools = SimpleNamespace(
        ledger=ledger,
        clock=lambda: datetime.now(UTC),
        schedule=replace(DEFAULT, floor=floor),
        announced=set(),
    )
    working = Poller(tools, domain_of=lambda url: url)  # type: ignore[arg-type]
    asyncio.run(asyncio.wait_for(working.run(stop), 30))
    ledger.close()
    assert (visits[BAD] > 1) == again
