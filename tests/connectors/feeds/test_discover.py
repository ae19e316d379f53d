import asyncio
from collections.abc import Iterator, Mapping

import pytest

from connectors.feeds.discover import MOST_GUESSED, Found, find_feed
from connectors.feeds.fetch import FetchError
from connectors.feeds.parsers import Parsers
from connectors.sandbox import Sandbox
from schemas import Rejected
from tests.connectors.feeds.hostile import RSS, moved, reply
from tests.connectors.feeds.web import Answer, Site, fetcher, web

ITEM = b"<item><title>One</title><link>https://example.org/1</link></item>"
FEED = RSS.replace(b"</channel>", ITEM + b"</channel>")


@pytest.fixture(scope="module")
def parsers() -> Iterator[Parsers]:
    opened = Parsers(Sandbox(1), 1)
    yield opened
    opened.close()


def find(parsers: Parsers, answers: Mapping[str, Answer], path: str = "/") -> tuple[Found, Site]:
    async def run() -> tuple[Found, Site]:
        async with web(answers) as site, fetcher() as opened:
            return await find_feed(site.base + path, opened, parsers), site

    return asyncio.run(run())


def page(*hrefs: str) -> bytes:
    links = (f'<link rel="alternate" type="application/rss+xml" href="{href}">' for href in hrefs)
    return reply(f"<html><head>{''.join(links)}</head></html>".encode())


def test_a_feed_is_found_where_it_is_by_one_request(parsers: Parsers) -> None:
    found, site = find(parsers, {"/feed": reply(FEED)}, "/feed")
    assert (found.url, found.page, found.feed.feed.title) == (site.base + "/feed", "", "A feed")
    assert [entry.title for entry in found.feed.entries] == ["One"]
    assert site.targets == ["/feed"]


def test_of_what_a_page_names_the_first_that_is_a_feed_is_taken(parsers: Parsers) -> None:
    answers = {
        "/": page("/gone", "/html", "/feed", "/other"),
        "/html": reply(b"<html></html>"),
        "/feed": reply(FEED),
    }
    found, site = find(parsers, answers)
    assert (found.url, found.page) == (site.base + "/feed", site.base + "/")
    assert site.targets == ["/", "/gone", "/html", "/feed"]
    assert [each.url for each in found.others] == [
        f"{site.base}/{name}" for name in ("gone", "html", "other")
    ]


def test_the_usual_places_are_asked_where_a_page_names_nothing(parsers: Parsers) -> None:
    found, site = find(parsers, {"/": reply(b"<p>Hello</p>"), "/rss.xml": reply(FEED)})
    assert found.url == site.base + "/rss.xml"
    assert len(site.requests) <= 1 + MOST_GUESSED


def test_a_feed_that_moved_for_good_is_found_at_its_new_address(parsers: Parsers) -> None:
    answers = {"/old": moved(b"/new", b"301 Moved"), "/new": reply(FEED), "/now": moved(b"/new")}
    found, site = find(parsers, answers, "/old")
    assert found.url == site.base + "/new"
    found, site = find(parsers, answers, "/now")
    assert found.url == site.base + "/now"


@pytest.mark.parametrize(
    ("answers", "code", "said"),
    [
        ({}, "status", "answered 404"),
        ({"/": reply(b"<p>Hello</p>")}, "no-feed", "names none"),
        ({"/": page("/a")}, "no-feed", "none could be read"),
    ],
)
def test_where_there_is_no_feed_it_is_said_why(
    parsers: Parsers, answers: dict[str, bytes], code: str, said: str
) -> None:
    with pytest.raises(Rejected, match=said) as refused:
        find(parsers, answers)
    assert refused.value.code == code


def test_an_address_that_gives_no_answer_is_the_fetchers_to_tell(parsers: Parsers) -> None:
    async def run() -> None:
        async with fetcher() as opened:
            await find_feed("http://127.0.0.1:9/", opened, parsers)

    with pytest.raises(FetchError):
        asyncio.run(run())
