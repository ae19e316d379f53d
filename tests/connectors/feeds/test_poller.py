"""Many feeds at once: a domain of many feeds, or one that hangs, holds up no other."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest

from connectors.feeds import poller
from connectors.feeds.ledger import Ledger
from connectors.feeds.poller import MOST_OF_DOMAIN, Poller
from schemas import FeedState, Unavailable
from store import feeds
from store.engine import open_engine, writing
from tests.connectors.feeds.hostile import reply
from tests.connectors.feeds.test_visit import World, a_feed, act, an_item
from tocsin.poll import DEFAULT

GOOD, BAD = "https://good.example/feed", "https://bad.example/feed"


def domain_of(url: str) -> str:
    """Take the first part of the path for the domain, as all tests are one host."""
    return url.split("/")[3]


async def poll(world: World, urls: list[str], until: Callable[[], bool]) -> None:
    """Run a poller over feeds until something is so, and let it end."""
    states = [FeedState(url=f"{world.site.base}/{url}", added=world.now) for url in urls]
    await world.tools.ledger.do(feeds.add, states)
    stop = asyncio.Event()
    running = asyncio.create_task(Poller(world.tools, domain_of=domain_of).run(stop))
    async with asyncio.timeout(30):
        while not until():
            await asyncio.sleep(0.01)
    stop.set()
    await running


def test_every_due_feed_is_polled_once(tmp_path: Path) -> None:
    async def play(world: World) -> None:
        urls = [f"d{number % 7}/{number}" for number in range(60)]
        for number, url in enumerate(urls):
            world.answers[f"/{url}"] = reply(a_feed(an_item(number)))
        await poll(world, urls, lambda: len(world.topics.articles) >= 60)
        assert sorted(world.site.targets) == sorted(f"/{url}" for url in urls)
        states = await world.tools.ledger.do(feeds.all)
        assert all(state.polls == 1 and state.next_poll > world.now for state in states)

    act(tmp_path, play)


def test_of_one_domain_few_feeds_are_visited_at_a_time(tmp_path: Path) -> None:
    most = 0

    async def play(world: World) -> None:
        nonlocal most
        urls = [f"one/{number}" for number in range(12)]
        visits = 0

        async def watched(*given, **named):
            nonlocal visits, most
            visits += 1
            most = max(most, visits)
            try:
                return await fetch(*given, **named)
            finally:
                visits -= 1

        fetch = world.tools.fetcher.fetch
        world.tools.fetcher.fetch = watched
        for number, url in enumerate(urls):
            world.answers[f"/{url}"] = reply(a_feed(an_item(number)))
        await poll(world, urls, lambda: len(world.topics.articles) >= 12)

    act(tmp_path, play, seconds=0.02)
    assert most == MOST_OF_DOMAIN


def test_a_feed_that_breaks_its_parser_costs_its_neighbours_nothing(tmp_path: Path) -> None:
    async def play(world: World) -> None:
        world.answers["/bad/feed"] = reply(b"<html>no feed at all</html>")
        world.answers["/good/feed"] = reply(a_feed(an_item(1)))
        await poll(
            world, ["bad/feed", "lost/feed", "good/feed"], lambda: len(world.site.targets) >= 3
        )
        states = {
            state.url.split("/")[3]: state for state in await world.tools.ledger.do(feeds.all)
        }
        assert [states[name].errors for name in ("bad", "lost", "good")] == [1, 1, 0]
        assert [article.guid for article in world.topics.articles] == ["g1"]

    act(tmp_path, play)


def test_a_feed_that_is_added_while_it_runs_is_found(tmp_path: Path) -> None:
    async def play(world: World) -> None:
        world.answers["/late/feed"] = reply(a_feed(an_item(1)))
        began = time.monotonic()

        def has_come() -> bool:
            if time.monotonic() - began > 1.2 and not adding:
                state = FeedState(url=f"{world.site.base}/late/feed", added=world.now)
                adding.append(asyncio.ensure_future(world.tools.ledger.do(feeds.add, [state])))
            return bool(world.topics.articles)

        adding: list[asyncio.Future[int]] = []
        await poll(world, [], has_come)

    act(tmp_path, play)


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
