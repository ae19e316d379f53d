import asyncio
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from connectors.feeds import robots as module
from connectors.feeds.fetch import FetchError
from connectors.feeds.hosts import Hosts
from connectors.feeds.robots import Robots
from connectors.sandbox import Sandbox
from tests.connectors.feeds.hostile import moved, reply
from tests.connectors.feeds.web import Answer, Site, fetcher, to_loopback, web
from tocsin.robots import Permission, permission

RULES = b"User-agent: *\nDisallow: /private\nAllow: /private/but-this\n"


class Parsers:
    """Calls in a real child, in a thread."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox

    async def call(self, function: Callable[..., Any], *arguments: Any, **keywords: Any) -> Any:
        return await asyncio.to_thread(self.sandbox.call, function, *arguments, **keywords)


@pytest.fixture(scope="module")
def parsers() -> Iterator[Parsers]:
    with Sandbox() as sandbox:
        yield Parsers(sandbox)


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def ask(
    parsers: Parsers, answers: Mapping[str, Answer], *paths: str, agent: str = "Tocsin/1 (+x)"
) -> tuple[list[bool], Site, Hosts]:
    async def run() -> tuple[list[bool], Site, Hosts]:
        hosts = Hosts(0.0)
        async with web(answers) as site, fetcher(hosts) as fetching:
            robots = Robots(fetching, parsers, agent)
            return [await robots.allows(site.base + path) for path in paths], site, hosts

    return asyncio.run(run())


def test_rules_are_asked_for_once_and_obeyed(parsers: Parsers) -> None:
    paths = ("/a", "/private/x", "/private/but-this", "/robots.txt")
    allowed, site, _ = ask(parsers, {"/robots.txt": reply(RULES)}, *paths)
    assert allowed == [True, False, True, True]
    assert site.targets == ["/robots.txt"]


@pytest.mark.parametrize(
    ("status", "is_allowed"),
    [
        (b"400 No", True),
        (b"401 No", True),
        (b"403 No", True),
        (b"404 No", True),
        (b"410 No", True),
        (b"429 Slower", False),
        (b"500 No", False),
        (b"503 No", False),
    ],
)
def test_no_rules_forbid_nothing_and_a_failure_forbids_all(
    parsers: Parsers, status: bytes, is_allowed: bool
) -> None:
    allowed, _, _ = ask(parsers, {"/robots.txt": reply(RULES, status=status)}, "/private")
    assert allowed == [is_allowed]


def test_a_server_that_does_not_answer_forbids_all(parsers: Parsers) -> None:
    assert ask(parsers, {"/robots.txt": b""}, "/a")[0] == [False]
    assert ask(parsers, {"/robots.txt": b"garbage\r\n\r\n"}, "/a")[0] == [False]


def test_five_redirects_are_followed_and_more_are_no_rules(parsers: Parsers) -> None:
    hops: dict[str, Answer] = {f"/{n}": moved(b"/%d" % (n + 1)) for n in range(10)}
    five = hops | {"/robots.txt": moved(b"/1"), "/5": reply(RULES)}
    assert ask(parsers, five, "/private")[0] == [False]
    assert ask(parsers, hops | {"/robots.txt": moved(b"/1")}, "/private")[0] == [True]
    assert ask(parsers, {"/robots.txt": moved(b"file:///x")}, "/private")[0] == [True]


def test_the_first_500_kib_are_read_and_no_half_line(parsers: Parsers) -> None:
    begin, half = b"User-agent: *\nDisallow: /a\n#", b"\nDisallow: /b"
    filler = b"x" * (module.LONGEST - len(begin) - len(half))
    long = begin + filler + half + b"/c\n" + b"Disallow: /x\n" * 500_000
    allowed, _, _ = ask(parsers, {"/robots.txt": reply(long)}, "/a", "/b/", "/x")
    assert allowed == [False, True, True]


def test_a_crawl_delay_widens_the_gap(parsers: Parsers) -> None:
    rules = reply(RULES + b"Crawl-delay: 7\n")
    _, site, hosts = ask(parsers, {"/robots.txt": rules}, "/a")
    assert hosts._domain(site.base).gap == 7


def test_many_at_once_ask_once(parsers: Parsers) -> None:
    async def run() -> tuple[list[bool], Site, Robots]:
        async with web({"/robots.txt": reply(RULES)}, seconds=0.1) as site, fetcher() as fetching:
            robots = Robots(fetching, parsers, "Tocsin/1")
            urls = [f"{site.base}/private/{n}" for n in range(20)]
            return await asyncio.gather(*map(robots.allows, urls)), site, robots

    allowed, site, robots = asyncio.run(run())
    assert allowed == [False] * 20
    assert site.targets == ["/robots.txt"]
    assert robots._asking == {}


def test_a_failure_forbids_all_for_ten_minutes_and_rules_hold_on_through_it(
    parsers: Parsers,
) -> None:
    failing, rules = reply(b"", status=b"500 No"), reply(RULES)

    async def run() -> None:
        answers: dict[str, Answer] = {}
        clock = Clock()
        async with web(answers) as site, fetcher() as fetching:
            robots = Robots(fetching, parsers, "Tocsin/1", clock=clock)

            async def after(seconds: float, answer: bytes) -> tuple[bool, bool, int]:
                clock.now += seconds
                answers["/robots.txt"] = answer
                allowed = [await robots.allows(site.base + path) for path in ("/", "/private")]
                return allowed[0], allowed[1], len(site.requests)

            assert await after(0, failing) == (False, False, 1)
            assert await after(599, rules) == (False, False, 1)
            assert await after(2, rules) == (True, False, 2)
            assert await after(86_399, failing) == (True, False, 2)
            assert await after(2, failing) == (True, False, 3)
            assert await after(601, reply(b"")) == (True, True, 4)

    asyncio.run(run())


@pytest.mark.parametrize(("says", "holds"), [(b"0", 3600), (b"7200", 7200), (b"99999999", 86_400)])
def test_rules_hold_as_long_as_they_say_between_an_hour_and_a_day(
    parsers: Parsers, says: bytes, holds: float
) -> None:
    async def run() -> int:
        clock = Clock()
        answers = {"/robots.txt": reply(RULES, b"Cache-Control: max-age=" + says)}
        async with web(answers) as site, fetcher() as fetching:
            robots = Robots(fetching, parsers, "Tocsin/1", clock=clock)
            for later in (0, holds - 1, 2):
                clock.now += later
                await robots.allows(site.base + "/")
            return len(site.requests)

    assert asyncio.run(run()) == 2


def test_what_is_remembered_is_bounded(parsers: Parsers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_ORIGINS", 3)
    kept = 2 * len(RULES)
    monkeypatch.setattr(module, "MOST_BYTES", kept)

    async def run() -> tuple[int, int]:
        async with (
            web({"/robots.txt": reply(RULES)}) as site,
            fetcher(resolve=to_loopback) as fetching,
        ):
            robots = Robots(fetching, parsers, "Tocsin/1")
            for n in range(8):
                await robots.allows(site.base.replace("127.0.0.1", f"river{n}.example") + "/")
            return len(robots._known), robots._bytes

    assert asyncio.run(run()) == (2, kept)


def test_rules_that_the_parser_does_not_survive_forbid_all() -> None:
    with Sandbox(cpu_seconds=0.02) as sandbox:
        rules = b"User-agent: *\n" + b"Disallow: /x*\n" * 30_000
        assert ask(Parsers(sandbox), {"/robots.txt": reply(rules)}, "/a")[0] == [False]


def test_a_url_that_is_refused_is_not_asked_about(parsers: Parsers) -> None:
    with pytest.raises(FetchError, match="does not begin"):
        asyncio.run(Robots(fetcher(), parsers, "Tocsin/1").allows("file:///etc/passwd"))


@pytest.mark.parametrize(
    ("rules", "agent", "path", "is_allowed"),
    [
        (b"", "Tocsin", "/", True),
        (b"User-agent: tocsin\nDisallow: /\n", "Tocsin", "/", False),
        (b"User-agent: other\nDisallow: /\n", "Tocsin", "/", True),
        (b"User-agent: *\nDisallow: /\nUser-agent: Tocsin\nDisallow:\n", "Tocsin", "/", True),
        (b"\xef\xbb\xbfUser-agent: *\r\nDisallow: /", "Tocsin", "/", False),
        (b"User-agent: *\nDisallow: /*.pdf$\n", "Tocsin", "/a.pdf", False),
        (b"User-agent: *\nDisallow: /*.pdf$\n", "Tocsin", "/a.pdf?x", True),
        (b"<!doctype html><title>Not found</title>", "Tocsin", "/", True),
        (bytes(range(256)) * 50, "Tocsin", "/", True),
    ],
)
def test_rules_are_read_as_the_standard_says(
    rules: bytes, agent: str, path: str, is_allowed: bool
) -> None:
    assert permission(rules, agent, f"http://river.example{path}").is_allowed is is_allowed


@pytest.mark.parametrize("delay", [b"nan", b"1e999", b"-4", b"soon", b""])
def test_a_delay_that_is_no_number_is_none(delay: bytes) -> None:
    rules = b"User-agent: *\nDisallow: /x\nCrawl-delay: " + delay + b"\n"
    assert permission(rules, "Tocsin", "http://river.example/") == Permission()
