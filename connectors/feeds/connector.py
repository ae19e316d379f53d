"""The RSS connector put together: ledger, fetcher, parsers, publisher, poller; and taken down in order."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import structlog

from connectors import metrics
from connectors.feeds.callbacks import Callback
from connectors.feeds.fetch import Fetcher
from connectors.feeds.hosts import Hosts
from connectors.feeds.hubs import Hubs
from connectors.feeds.ledger import Ledger
from connectors.feeds.pages import Pages
from connectors.feeds.parsers import Parsers
from connectors.feeds.poller import Poller
from connectors.feeds.publisher import Publisher
from connectors.feeds.robots import Robots
from connectors.feeds.tools import Tools
from connectors.kafka import KafkaSettings, Producer
from connectors.sandbox import Sandbox
from schemas import FeedState, FeedStatus, Unavailable
from store import coverage, feeds, outbox
from store.engine import open_engine
from tocsin.addresses import PORTS, is_public
from tocsin.poll import Schedule, is_silent
from tocsin.urls import registered_domain

COUNT_SECONDS = 60.0
"""How often feeds are counted by status, and looked at whether they have fallen silent."""

DRAIN_SECONDS = 5.0
"""How long the outbox may still empty itself at the end. What is left is sent at the next start."""

_log = structlog.get_logger("feeds")


@dataclass(frozen=True, slots=True, kw_only=True)
class How:
    """How feeds are read.

    `agent` is how we name ourselves to servers, `gap` the seconds between two requests to a domain,
    `concurrency` the feeds visited at once, `parsers` the children that parse, `pages` whether pages
    are fetched. `is_private` lets addresses of one's own network be fetched, at any port. `websub` is
    how WebSub hubs reach us, `None` where they do not.
    """

    agent: str
    schedule: Schedule
    gap: float = 2.0
    concurrency: int = 256
    parsers: int = 2
    pages: bool = True
    proxy: str = ""
    is_private: bool = False
    archive: Path | None = None
    websub: Callback | None = None


async def connect_feeds(
    how: How,
    kafka: KafkaSettings,
    store_url: str,
    stop: asyncio.Event,
    *,
    reach: Callable[[str], None] = lambda _: None,
) -> None:
    """Read feeds until `stop` is set, then end within `GRACE_SECONDS` and `DRAIN_SECONDS`.

    Raises `InvalidSetting` and `Unavailable` where it cannot begin. Later it waits for Kafka and the
    store to come back.
    """
    async with _parts(how, kafka, store_url, reach) as tools:
        poller = Poller(tools, domain_of=registered_domain, concurrency=how.concurrency)
        working = [
            asyncio.create_task(poller.run(stop)),
            asyncio.create_task(tools.publisher.run()),
            asyncio.create_task(_count(tools)),
        ]
        if how.websub is not None:
            subscribing = Hubs(tools, how.websub, domain_of=registered_domain)
            working.append(asyncio.create_task(subscribing.run()))
        polling, sending, *_ = working
        _log.info("started", feeds=len(await tools.ledger.do(feeds.all)))
        try:
            await asyncio.wait(working, return_when=asyncio.FIRST_COMPLETED)
            if not polling.done() and not stop.is_set():
                stop.set()  # one of the others failed; the poller ends in order, then that is told
            await polling
            await _drain(tools, sending)
        finally:
            for task in working:
                task.cancel()
            results = await asyncio.gather(*working, return_exceptions=True)
        for result in results:
            if isinstance(result, Exception):
                raise result


@asynccontextmanager
async def _parts(
    how: How, kafka: KafkaSettings, store_url: str, reach: Callable[[str], None]
) -> AsyncIterator[Tools]:
    """Put the parts together; take them down in the opposite order."""
    async with AsyncExitStack() as stack:
        engine = open_engine(store_url)
        stack.callback(engine.dispose)
        ledger = Ledger(engine)
        stack.callback(ledger.close)
        producer = Producer(kafka)
        stack.callback(producer.close)
        parsers = Parsers(Sandbox(how.parsers), how.parsers)
        stack.callback(parsers.close)
        archive = None
        if how.archive is not None:
            from connectors.feeds.archive import Archive

            archive = stack.enter_context(Archive(how.archive))
        fetcher = await stack.enter_async_context(
            Fetcher(
                Hosts(how.gap, observe=metrics.HOST_WAIT_SECONDS.observe),
                agent=how.agent,
                policy=_anywhere if how.is_private else is_public,
                ports=frozenset() if how.is_private else PORTS,
                public_names=not how.is_private,
                proxy=how.proxy,
                archive=archive,
                observe=_observe,
            )
        )
        robots = Robots(fetcher, parsers, how.agent)
        yield Tools(
            ledger=ledger,
            fetcher=fetcher,
            parsers=parsers,
            publisher=Publisher(ledger, producer, clock=_now, reach=reach),
            pages=Pages(fetcher, robots, parsers) if how.pages else None,
            archive=archive,
            schedule=how.schedule,
            clock=_now,
            reach=reach,
        )


def _observe(purpose: str, result: str, seconds: float | None) -> None:
    """Count a fetch by how it ended."""
    metrics.FETCHES.labels(purpose, result).inc()
    if seconds is not None:
        metrics.FETCH_SECONDS.labels(purpose).observe(seconds)


def _anywhere(_: object) -> bool:
    return True


def _now() -> datetime:
    return datetime.now(UTC)


async def _count(tools: Tools) -> None:
    """Count feeds by status, and note which have fallen silent, every so often."""
    while True:
        now = _now()
        try:
            states = await tools.ledger.do(feeds.all)
            silent = [state.url for state in states if is_silent(state, now, tools.schedule)]
            await tools.ledger.do(coverage.mark_silent, now.date().isoformat(), silent)
        except Unavailable as error:
            _log.error("store-unavailable", reason=str(error))
        else:
            _show(states, len(silent))
        await asyncio.sleep(COUNT_SECONDS)


def _show(states: list[FeedState], silent: int) -> None:
    """Set the gauges of feeds by status."""
    resting = sum(state.status is FeedStatus.RESTING for state in states)
    failing = sum(state.errors > 0 and state.status is FeedStatus.ACTIVE for state in states)
    for status, number in (
        ("active", len(states) - resting - failing),
        ("failing", failing),
        ("resting", resting),
        ("silent", silent),
    ):
        metrics.FEEDS.labels(status).set(number)


async def _drain(tools: Tools, sending: asyncio.Task[None]) -> None:
    """Let the outbox empty itself, for a while."""
    try:
        async with asyncio.timeout(DRAIN_SECONDS):
            waiting = await tools.ledger.do(outbox.size)
            while waiting and not sending.done():
                await asyncio.sleep(0.05)
                waiting = await tools.ledger.do(outbox.size)
    except TimeoutError:
        _log.warning("outbox-left", reason="what is left is sent at the next start")
