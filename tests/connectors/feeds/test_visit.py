"""Visits to real servers on loopback: what is published of a feed, and what is remembered of it."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from prometheus_client import REGISTRY

from connectors.feeds.ledger import Ledger
from connectors.feeds.pages import Pages
from connectors.feeds.parsers import Parsers
from connectors.feeds.publisher import Publisher
from connectors.feeds.robots import Robots
from connectors.feeds.tools import Tools
from connectors.feeds.visit import visit
from connectors.sandbox import Sandbox
from schemas import Article, DeadLetter, FeedState, FeedStatus, decode
from store import coverage, feeds
from store.engine import open_engine
from store.outbox import Waiting
from tests.connectors.feeds.hostile import reply
from tests.connectors.feeds.web import Answer, Site, fetcher, web
from tocsin.feeds import MOST_ENTRIES
from tocsin.poll import DEFAULT

NOW = datetime(2026, 1, 10, 12, tzinfo=UTC)
LONG = " ".join(
    f"Word {number} of a report from the river that nobody had read." for number in range(60)
)


def an_item(
    number: int, *, title: str = "", lead: str = "The ferry came late.", link: str = ""
) -> str:
    return (
        f"<item><title>{title or f'Ferry {number} reaches Gao'}</title><guid isPermaLink='false'>g{number}</guid>"
        f"<link>{link or f'/page/{number}'}</link><description>{lead}</description></item>"
    )


def a_feed(*items: str, extra: str = "") -> bytes:
    return (
        "<?xml version='1.0'?><rss version='2.0'><channel><title>River Post</title>"
        f"<link>http://river.example/</link>{extra}{''.join(items)}</channel></rss>"
    ).encode()


def a_page(number: int) -> bytes:
    return reply(
        f"<html lang='en'><head><title>Ferry {number} reaches Gao</title></head><body><article>"
        f"<h1>Ferry {number} reaches Gao</h1><p>The ferry came late.</p><p>{LONG}</p></article>"
        "</body></html>".encode(),
        b"Content-Type: text/html",
    )


@dataclass
class Topics:
    """Takes what is published."""

    articles: list[Article] = field(default_factory=list)
    letters: list[DeadLetter] = field(default_factory=list)

    def publish(self, rows: Sequence[Waiting], /) -> None:
        for row in rows:
            if row.topic == "articles":
                self.articles.append(decode(Article, row.value))
            else:
                self.letters.append(decode(DeadLetter, row.value))


@dataclass
class World:
    """One installation and one site, for a test to act in."""

    tools: Tools
    topics: Topics
    site: Site
    answers: dict[str, Answer]
    now: datetime = NOW

    async def visit(self, state: FeedState | None = None, **later: int) -> FeedState:
        """Visit the feed, as it is remembered, so much later."""
        self.now += timedelta(**later)
        url = f"{self.site.base}/feed"
        known = state or await self.tools.ledger.do(feeds.get, url)
        if known is None:
            known = FeedState(url=url, added=self.now)
            await self.tools.ledger.do(feeds.add, [known])
        return await visit(known, self.tools)


def act(folder: Path, play: Callable[[World], Awaitable[None]], *, seconds: float = 0.0) -> None:
    """Set the stage, let a test act on it, and clear it away."""

    async def run() -> None:
        async with AsyncExitStack() as stack:
            answers: dict[str, Answer] = {}
            site = await stack.enter_async_context(web(answers, seconds=seconds))
            working = await stack.enter_async_context(fetcher())
            ledger = Ledger(open_engine(f"sqlite:///{folder / 'tocsin.db'}"))
            stack.callback(ledger.close)
            parsers = Parsers(Sandbox(1), 1)
            stack.callback(parsers.close)
            topics = Topics()
            publisher = Publisher(ledger, topics, clock=lambda: world.now)
            tools = Tools(
                ledger=ledger,
                fetcher=working,
                parsers=parsers,
                publisher=publisher,
                pages=Pages(working, Robots(working, parsers, "Tocsin/test"), parsers),
                schedule=DEFAULT,
                clock=lambda: world.now,
            )
            world = World(tools, topics, site, answers)
            sending = asyncio.create_task(publisher.run())
            stack.callback(sending.cancel)
            await play(world)

    asyncio.run(run())


def test_what_a_new_feed_lists_is_backfill_and_costs_no_page(tmp_path: Path) -> None:
    async def play(world: World) -> None:
        world.answers["/feed"] = reply(a_feed(an_item(1), an_item(2)))
        after = await world.visit()
        assert world.site.targets == ["/feed"]
        assert [each.flags for each in world.topics.articles] == [
            ("backfill", "feed-text-only")
        ] * 2
        assert {each.first_seen for each in world.topics.articles} == {NOW}
        assert (after.title, after.polls, after.last_success) == ("River Post", 1, NOW)

    act(tmp_path, play)


def test_a_later_entry_rings_with_the_text_of_its_page(tmp_path: Path) -> None:
    async def play(world: World) -> None:
        world.answers["/feed"] = reply(a_feed(an_item(1)))
        await world.visit()
        world.answers["/feed"] = reply(a_feed(an_item(2), an_item(1)))
        world.answers["/page/2"] = a_page(2)
        await world.visit(hours=1)
        assert world.site.targets[1:] == ["/feed", "/robots.txt", "/page/2"]
        [old, new] = world.topics.articles
        assert (old.guid, new.guid) == ("g1", "g2")
        assert LONG in new.text
        assert "The ferry came late." in new.text
        assert (new.flags, new.first_seen) == ((), NOW + timedelta(hours=1))
        assert new.extractor

    act(tmp_path, play)


@pytest.mark.parametrize(
    ("page", "robots"),
    [
        (reply(b"no", status=b"403 Forbidden"), None),
        (reply(b"\x89PNG", b"Content-Type: image/png"), None),
        (a_page(1), reply(b"User-agent: *\nDisallow: /page/", b"Content-Type: text/plain")),
    ],
)
def test_where_the_page_is_not_to_be_had_the_feed_speaks(
    tmp_path: Path, page: bytes, robots: bytes | None
) -> None:
    async def play(world: World) -> None:
        world.answers["/feed"] = reply(a_feed(an_item(1, lead="Two boats sank at Gao.")))
        world.answers["/page/1"] = page
        if robots:
            world.answers["/robots.txt"] = robots
        url = f"{world.site.base}/feed"
        await world.visit(FeedState(url=url, last_success=NOW))
        [article] = world.topics.articles
        assert (article.title, article.text) == ("Ferry 1 reaches Gao", "Two boats sank at Gao.")
        assert article.flags == ("feed-text-only",)
        [day] = await world.tools.ledger.do(coverage.read, "2026-01-01")
        assert (day.entries, day.pages_failed) == (1, 1)

    act(tmp_path, play)


def test_a_page_too_long_for_any_reader_leaves_the_entry_with_what_the_feed_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connectors.kafka.LONGEST_LINE", 2000)

    async def play(world: World) -> None:
        world.answers["/feed"] = reply(a_feed(an_item(1)))
        world.answers["/page/1"] = a_page(1)
        await world.visit(FeedState(url=f"{world.site.base}/feed", last_success=NOW))
        [article] = world.topics.articles
        assert (article.title, article.text) == ("Ferry 1 reaches Gao", "The ferry came late.")
        assert article.flags == ("feed-text-only",)
        assert not world.topics.letters

    act(tmp_path, play)


@pytest.mark.parametrize(
    "parser",
    [
        "tocsin.feeds.parts",
        "tocsin.feeds.parse",
        "tocsin.encodings.decode",
        "connectors.feeds.documents.merge",
        "connectors.feeds.entries.merge",
    ],
)
def test_what_strangers_wrote_is_read_in_the_sandbox_alone(
    parser: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def here(*_: object, **__: object) -> Article:
        raise AssertionError(f"{parser} was called in the process that has the network")

    monkeypatch.setattr(parser, here)

    async def play(world: World) -> None:
        world.answers["/feed"] = reply(a_feed(an_item(1)))
        world.answers["/page/1"] = a_page(1)
        await world.visit(FeedState(url=f"{world.site.base}/feed", last_success=NOW))
        [article] = world.topics.articles
        assert LONG in article.text

    act(tmp_path, play)


def test_a_feed_of_which_not_all_is_read_says_so_wherever_one_may_look(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connectors.feeds.visit.MOST_PARTS", 1)
    before = REGISTRY.get_sample_value("tocsin_feeds_truncated_total") or 0.0

    async def play(world: World) -> None:
        items = (an_item(number) for number in range(MOST_ENTRIES + 1))
        world.answers["/feed"] = reply(a_feed(*items), b'ETag: "one"')
        after = await world.visit()
        assert (after.listed, len(world.topics.articles)) == (MOST_ENTRIES, MOST_ENTRIES)
        assert (after.etag, after.body_hash) == ("", "")
        [day] = await world.tools.ledger.do(coverage.read, "2026-01-01")
        assert day.truncated == 1

    act(tmp_path, play)
    assert REGISTRY.get_sample_value("tocsin_feeds_truncated_total") == before + 1


def test_an_edited_entry_is_a_new_version_of_the_same_article(tmp_path: Path) -> None:
    async def play(world: World) -> None:
        world.answers["/feed"] = reply(a_feed(an_item(1)))
        await world.visit()
        await world.visit(hours=1)
        world.answers["/feed"] = reply(a_feed(an_item(1, lead="The ferry came not at all.")))
        await world.visit(hours=1)
        [first, edited] = world.topics.articles
        assert first.id == edited.id
        assert first.version != edited.version
        assert edited.first_seen == NOW + timedelta(hours=2)

    act(tmp_path, play)


def test_an_entry_that_says_nothing_is_a_dead_letter_once(tmp_path: Path) -> None:
    async def play(world: World) -> None:
        nothing = "<item><guid>silent</guid></item>"
        world.answers["/feed"] = reply(a_feed(nothing, an_item(1)))
        await world.visit()
        world.answers["/feed"] = reply(a_feed(nothing, an_item(2), an_item(1)))
        await world.visit(hours=1)
        assert [(each.stage, each.code) for each in world.topics.letters] == [("poll", "empty")]
        assert [each.guid for each in world.topics.articles] == ["g1", "g2"]

    act(tmp_path, play)


def test_validators_are_sent_and_a_304_is_health(tmp_path: Path) -> None:
    def answer(request) -> bytes:
        if request.headers.get("if-none-match") == '"one"':
            return reply(b"", status=b"304 Not Modified")
        return reply(a_feed(an_item(1)), b'ETag: "one"')

    async def play(world: World) -> None:
        world.answers["/feed"] = answer
        for _ in range(3):
            after = await world.visit(hours=1)
        sent = ["if-none-match" in each.headers for each in world.site.requests]
        assert sent.count(True) >= 1
        assert (after.errors, after.etag, after.last_success) == (0, '"one"', world.now)
        [day] = await world.tools.ledger.do(coverage.read, "2026-01-01")
        assert (day.polled, day.new, day.unchanged, day.entries) == (3, 1, 2, 1)

    act(tmp_path, play)


@pytest.mark.parametrize(
    ("answer", "outcome", "words"),
    [
        (reply(b"", status=b"404 Not Found"), "failed", "the server answered 404"),
        (reply(b"", status=b"403 Forbidden"), "refused", "the server answered 403"),
        (reply(b"", status=b"410 Gone"), "refused", "gone for good"),
        (reply(b"<html><body>Welcome</body></html>"), "failed", "neither RSS nor Atom"),
        (reply(b""), "failed", ""),
        (b"HTTP/1.1 302 Found\r\nLocation: http://10.0.0.1/\r\n\r\n", "refused", "10.0.0.1"),
        (b"nonsense\r\n\r\n", "failed", ""),
    ],
)
def test_every_failure_is_told_in_words_and_tried_again_later(
    tmp_path: Path, answer: bytes, outcome: str, words: str
) -> None:
    async def play(world: World) -> None:
        world.answers["/feed"] = answer
        after = await world.visit()
        assert words in after.error
        assert after.error
        assert (after.errors, after.error_since, after.last_success) == (1, NOW, None)
        assert after.next_poll is not None
        assert after.next_poll > NOW
        [day] = await world.tools.ledger.do(coverage.read, "2026-01-01")
        assert getattr(day, outcome) == 1
        assert world.topics.articles == []

    act(tmp_path, play)


def test_a_server_that_asks_for_time_is_given_it(tmp_path: Path) -> None:
    async def play(world: World) -> None:
        busy = b"Retry-After: 7200"
        world.answers["/feed"] = reply(b"", busy, status=b"429 Too Many Requests")
        after = await world.visit()
        assert after.next_poll is not None
        assert after.next_poll >= NOW + timedelta(hours=2)

    act(tmp_path, play)


def test_a_server_that_rests_is_no_failure_of_its_other_feeds(tmp_path: Path) -> None:
    async def play(world: World) -> None:
        busy = b"Retry-After: 7200"
        world.answers["/feed"] = reply(b"", busy, status=b"429 Too Many Requests")
        await world.visit()
        other = FeedState(url=f"{world.site.base}/other", added=NOW)
        await world.tools.ledger.do(feeds.add, [other])
        after = await world.visit(other)
        assert world.site.targets == ["/feed"]
        assert (after.errors, after.polls) == (0, 0)
        assert after.next_poll is not None
        assert after.next_poll > NOW + timedelta(minutes=110)

    act(tmp_path, play)


def test_a_feed_that_was_gone_for_days_rests_and_wakes(tmp_path: Path) -> None:
    async def play(world: World) -> None:
        world.answers["/feed"] = reply(b"", status=b"410 Gone")
        for _ in range(5):
            after = await world.visit(days=1)
        assert after.status is FeedStatus.RESTING
        assert "gone" in after.status_reason
        world.answers["/feed"] = reply(a_feed(an_item(1)))
        assert (await world.visit(days=1)).status is FeedStatus.ACTIVE

    act(tmp_path, play)


def test_a_feed_of_thousands_is_read_to_its_end(tmp_path: Path) -> None:
    async def play(world: World) -> None:
        world.answers["/feed"] = reply(a_feed(*map(an_item, range(2500))))
        await world.visit()
        assert len({each.guid for each in world.topics.articles}) == 2500

    act(tmp_path, play)


def test_what_waits_in_the_outbox_is_not_published_again(tmp_path: Path) -> None:
    async def play(world: World) -> None:
        world.answers["/feed"] = reply(a_feed(an_item(1)))
        before = await world.visit()
        # As after a kill between the acks and the last step: the feed is not remembered, its entry is.
        await world.tools.ledger.do(feeds.save_poll, before.url, FeedState(url=before.url))
        await world.visit(hours=1)
        assert len(world.topics.articles) == 1

    act(tmp_path, play)
