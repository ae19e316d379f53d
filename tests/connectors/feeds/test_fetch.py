import asyncio
import gzip
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import brotli
import pytest

from connectors.feeds import fetch
from connectors.feeds.fetch import FetchError, Hop, Limits, Response
from connectors.feeds.hosts import Hosts
from tests.connectors.feeds.hostile import RSS, moved, reply
from tests.connectors.feeds.web import Answer, Site, fetcher, web
from tests.tls import Authority
from tocsin.addresses import Target, check_url


def get(
    answers: Mapping[str, Answer],
    path: str = "/",
    *,
    hosts: Hosts | None = None,
    settings: Mapping[str, object] | None = None,
    **asked: object,
) -> tuple[Response, Site]:
    """Fetch one path of a server with these answers."""

    async def run() -> tuple[Response, Site]:
        async with web(answers) as site, fetcher(hosts, **(settings or {})) as fetching:
            return await fetching.fetch(site.base + path, **asked), site  # type: ignore[arg-type]

    return asyncio.run(run())


def failed(answers: Mapping[str, Answer], **settings: object) -> FetchError:
    with pytest.raises(FetchError) as caught:
        get(answers, settings=settings)
    return caught.value


def test_an_answer_is_told_as_it_came() -> None:
    response, site = get(
        {"/feed?x=1": reply(RSS, b'ETag: "a"', b"Vary: A", b"Vary: B")}, "/feed?x=1#top"
    )
    assert (response.status, response.body, response.raw, response.reason) == (200, RSS, RSS, "OK")
    assert response.requested == site.base + "/feed?x=1#top"
    assert response.url == site.base + "/feed?x=1"
    assert response.headers["etag"] == '"a"'
    assert response.headers["vary"] == "A, B"
    assert response.http_headers[:2] == (("ETag", '"a"'), ("Vary", "A"))
    assert response.is_whole
    assert 0 < response.seconds < 4


@pytest.mark.parametrize("status", [200, 204, 304, 400, 401, 403, 404, 410, 418, 500, 503, 599])
def test_a_status_is_an_answer_and_no_error(status: int) -> None:
    assert get({"/": reply(b"", status=b"%d Said" % status)})[0].status == status


def test_a_request_says_who_asks_and_carries_no_more_than_it_must() -> None:
    _, site = get({"/": reply()}, etag='"a"', last_modified="Wed, 21 Oct 2015 07:28:00 GMT")
    headers = site.requests[0].headers
    assert headers["user-agent"] == "tocsin/test"
    assert headers["if-none-match"] == '"a"'
    assert headers["if-modified-since"] == "wed, 21 oct 2015 07:28:00 gmt"
    assert headers["accept-encoding"] == "gzip, br"
    assert set(headers) <= {
        "host",
        "user-agent",
        "accept",
        "accept-encoding",
        "connection",
        "if-none-match",
        "if-modified-since",
    }


@pytest.mark.parametrize("etag", ["a\r\nX-Evil: 1", "é", "\ud800", "a" * 2000, ""])
def test_a_validator_that_could_say_something_else_is_not_sent(etag: str) -> None:
    _, site = get({"/": reply()}, etag=etag)
    assert "if-none-match" not in site.requests[0].headers
    assert "x-evil" not in site.requests[0].headers


def test_cookies_are_neither_kept_nor_sent() -> None:
    answers = {
        "/": moved(b"/b").replace(b"Location", b"Set-Cookie: a=1\r\nLocation"),
        "/b": reply(),
    }
    _, site = get(answers)
    assert site.targets == ["/", "/b"]
    assert all("cookie" not in request.headers for request in site.requests)


@pytest.mark.parametrize(("encoding", "pack"), [(b"gzip", gzip.compress), (b"br", brotli.compress)])
def test_a_packed_body_is_unpacked_and_kept_as_it_came(
    encoding: bytes, pack: Callable[[bytes], bytes]
) -> None:
    response, _ = get({"/": reply(pack(RSS), b"Content-Encoding: " + encoding)})
    assert (response.body, response.raw) == (RSS, pack(RSS))


def test_redirects_are_followed_and_told() -> None:
    answers = {"/": moved(b"/b", b"301 Moved"), "/b": moved(b"c?d", b"307 There"), "/c?d": reply()}
    response, site = get(answers)
    assert response.redirects == (
        Hop(url=site.base + "/", status=301),
        Hop(url=site.base + "/b", status=307),
    )
    assert response.url == site.base + "/c?d"
    assert response.moved_to == ""


def test_five_redirects_are_followed_and_a_sixth_is_not() -> None:
    hops: dict[str, Answer] = {f"/{n}": moved(b"/%d" % (n + 1)) for n in range(10)}
    assert get(hops | {"/5": reply()}, "/0")[0].status == 200
    assert failed(hops | {"/": moved(b"/0"), "/5": reply()}).code == "too-many-redirects"


def test_every_hop_takes_a_turn_of_its_domain() -> None:
    hosts = Hosts(0.1)
    answers = {"/": moved(b"/b"), "/b": moved(b"/c"), "/c": reply()}
    began = time.monotonic()
    response, _ = get(answers, hosts=hosts)
    assert time.monotonic() - began >= 0.2
    assert hosts.waits.turns == 3
    assert response.seconds < 0.2, "waiting for a turn is no part of a fetch's time"


def test_the_deadline_is_for_all_hops_together() -> None:
    async def run() -> float:
        answers = {f"/{n}": moved(b"/%d" % (n + 1)) for n in range(5)}
        limits = Limits(total_seconds=0.5)
        async with web(answers, seconds=0.2) as site, fetcher(limits=limits) as fetching:
            began = time.monotonic()
            with pytest.raises(FetchError, match="longer than"):
                await fetching.fetch(site.base + "/0")
            return time.monotonic() - began

    assert 0.4 < asyncio.run(run()) < 1.5


def test_permanent_redirects_say_where_it_has_moved() -> None:
    answers = {"/": moved(b"/b", b"301 Moved"), "/b": moved(b"/c", b"308 Moved"), "/c": reply()}
    response, site = get(answers)
    assert response.moved_to == site.base + "/c"
    assert replace(response, status=404).moved_to == ""
    assert replace(response, status=304).moved_to == site.base + "/c"
    secure = Hop(url="https://river.example/", status=301)
    assert replace(response, redirects=(secure,)).moved_to == ""
    assert replace(response, redirects=()).moved_to == ""


def test_after_429_the_domain_is_left_alone() -> None:
    async def run() -> FetchError:
        hosts = Hosts(0.0)
        answers = {"/": reply(b"", b"Retry-After: 4000", status=b"429 Slower"), "/b": reply()}
        async with web(answers) as site, fetcher(hosts) as fetching:
            assert (await fetching.fetch(site.base + "/")).retry_after == 4000
            with pytest.raises(FetchError) as caught:
                await fetching.fetch(site.base + "/b")
            assert site.targets == ["/"]
            return caught.value

    error = asyncio.run(run())
    assert (error.code, error.refused) == ("resting", True)
    assert error.retry_after is not None
    assert 3900 < error.retry_after <= 4000


@pytest.mark.parametrize(
    ("status", "rests"), [(b"429 Slower", 60.0), (b"503 Busy", 0.0), (b"500 No", 0.0)]
)
def test_a_429_without_a_time_rests_a_minute(status: bytes, rests: float) -> None:
    hosts = Hosts(0.0, clock=lambda: 5.0)
    _, site = get({"/": reply(b"", status=status)}, hosts=hosts)
    assert hosts.rests_for(site.base) == rests


def test_reading_ends_where_enough_was_read() -> None:
    body = b"User-agent: *\n" * 1000
    response, _ = get({"/": reply(body)}, most=5000)
    assert (len(response.body), response.is_whole) == (5000, False)
    packed = reply(gzip.compress(body), b"Content-Encoding: gzip")
    assert get({"/": packed}, most=5000)[0].body == body[:5000]


@pytest.mark.parametrize(
    ("body", "headers", "code"),
    [
        (b"x" * 1001, (), "too-large"),
        (gzip.compress(bytes(2001), mtime=0), (b"Content-Encoding: gzip",), "decoded-too-large"),
        (b"x", (b"X: " + b"y" * 5000,), "headers-too-large"),
    ],
)
def test_limits_are_kept(body: bytes, headers: tuple[bytes, ...], code: str) -> None:
    limits = Limits(wire=1000, decoded=2000, header_bytes=4096)
    assert failed({"/": reply(body, *headers)}, limits=limits).code == code


def test_a_body_that_does_not_say_its_length_is_counted() -> None:
    answer = b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 1500
    assert failed({"/": answer}, limits=Limits(wire=1000)).code == "too-large"
    assert get({"/": answer}, settings={"limits": Limits(wire=1500)})[0].body == b"x" * 1500


def test_a_connection_has_a_deadline_of_its_own() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    async def run() -> str:
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        limits = Limits(total_seconds=20.0, connect_seconds=0.3)
        async with server, asyncio.timeout(10), fetcher(limits=limits) as fetching:
            with pytest.raises(FetchError) as caught:
                await fetching.fetch(f"https://127.0.0.1:{port}/")
            return caught.value.reason

    assert asyncio.run(run()) == "127.0.0.1 took longer than 0.3 s to be reached"


def test_a_url_that_the_library_would_read_differently_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def misread(url: str, **_: object) -> Target:
        return replace(check_url("http://river.example/"), url="http://127.0.0.1:1/")

    monkeypatch.setattr(fetch, "check_url", misread)
    with pytest.raises(FetchError, match="read differently"):
        get({}, "/")


def test_the_body_of_an_error_may_break_limits_without_hiding_the_status() -> None:
    limits = Limits(wire=1000)
    response, _ = get({"/": reply(b"x" * 5000, status=b"404 No")}, settings={"limits": limits})
    assert (response.status, response.body, response.is_whole) == (404, b"", False)


def test_a_host_that_is_not_there_is_told_apart_from_a_name_that_is_not() -> None:
    async def run(url: str) -> str:
        async with fetcher() as fetching:
            with pytest.raises(FetchError) as caught:
                await fetching.fetch(url)
            return caught.value.code

    assert asyncio.run(run("http://127.0.0.1:1/")) == "unreachable"
    assert asyncio.run(run("http://nowhere.invalid/")) == "no-address"


def code_over_tls(context: ssl.SSLContext | None) -> str:
    """Ask a server for https that speaks TLS with this context, or no TLS at all."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(reply())
        writer.close()

    async def run() -> str:
        server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
        port = server.sockets[0].getsockname()[1]
        async with server, fetcher() as fetching:
            with pytest.raises(FetchError) as caught:
                await fetching.fetch(f"https://127.0.0.1:{port}/")
            return caught.value.code

    return asyncio.run(run())


def test_what_speaks_no_tls_is_told_as_such() -> None:
    assert code_over_tls(None) == "tls"


def test_a_certificate_that_nobody_vouches_for_is_refused(tmp_path: Path) -> None:
    assert code_over_tls(Authority(tmp_path).server("127.0.0.1")) == "certificate"


def test_what_was_exchanged_is_kept_hop_by_hop() -> None:
    kept: list[tuple[str, int, str]] = []

    class Keeper:
        def write(self, response: Response, purpose: str) -> None:
            kept.append((response.url.rpartition("/")[2], response.status, purpose))

    get({"/": moved(b"/b"), "/b": reply()}, settings={"archive": Keeper()}, purpose="page")
    assert kept == [("", 302, "page"), ("b", 200, "page")]


def test_every_fetch_is_told_of_once() -> None:
    told: list[tuple[str, str, bool]] = []
    settings = {"observe": lambda *each: told.append((*each[:2], each[2] is not None))}
    get({"/": moved(b"/b"), "/b": reply()}, settings=settings, purpose="page")
    get({}, settings=settings)
    failed({"/": b""}, **settings)
    assert told == [("page", "2xx", True), ("feed", "4xx", True), ("feed", "disconnected", False)]
