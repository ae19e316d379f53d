"""No form of any URL, name or redirect makes us connect to an address that is refused."""

import asyncio
import sys
from collections.abc import Sequence

import pytest

from connectors.feeds.fetch import FetchError
from connectors.feeds.hosts import Hosts
from tests.connectors.feeds.hostile import moved, reply
from tests.connectors.feeds.web import fetcher, loopback, to_loopback, web
from tests.ssrf import ADDRESSES, URLS
from tocsin.addresses import PORTS, is_public

DIALLED: list[str] = []
"""Every address that this process has connected to, as the interpreter itself tells."""


def _note(event: str, arguments: tuple[object, ...]) -> None:
    if event == "socket.connect" and isinstance(arguments[1], tuple):
        DIALLED.append(str(arguments[1][0]))


sys.addaudithook(_note)


def refused(url: str, **settings: object) -> FetchError:
    """Fetch what must be refused; nothing may have been dialled."""

    async def run() -> None:
        async with fetcher(**settings) as fetching:
            await fetching.fetch(url)

    DIALLED.clear()
    with pytest.raises(FetchError) as caught:
        asyncio.run(run())
    assert DIALLED == []
    assert caught.value.refused
    return caught.value


@pytest.mark.parametrize("url", URLS, ids=ascii)
def test_a_form_that_names_no_public_site_is_not_even_looked_up(url: str) -> None:
    strict = {"policy": is_public, "ports": PORTS, "public_names": True, "resolve": to_loopback}
    assert refused(url, **strict).code == "refused-url"


@pytest.mark.parametrize("url", URLS, ids=ascii)
def test_a_form_that_is_let_through_is_still_refused_when_it_is_dialled(url: str) -> None:
    lax = {"policy": is_public, "resolve": to_loopback}
    assert refused(url, **lax).code in ("refused-url", "refused-address")


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_literal_is_judged_though_no_name_is_looked_up(address: str) -> None:
    host = f"[{address}]" if ":" in address else address
    code = refused(f"http://{host}:8080/", policy=is_public).code
    assert code == ("refused-url" if "%" in address else "refused-address")


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_name_may_resolve_to_no_refused_address(address: str) -> None:
    async def resolve(host: str, port: int) -> Sequence[str]:
        return [address]

    error = refused("http://river.example/", policy=is_public, resolve=resolve)
    assert error.code == "refused-address"
    assert address not in error.reason


@pytest.mark.parametrize(
    "answers", [["127.0.0.1", "10.0.0.1"], ["10.0.0.1", "127.0.0.1"], ["::1", "127.0.0.1"]]
)
def test_a_name_that_is_half_public_is_refused_whole(answers: list[str]) -> None:
    async def resolve(host: str, port: int) -> Sequence[str]:
        return answers

    assert (
        refused("http://river.example/", policy=loopback, resolve=resolve).code == "refused-address"
    )


def test_the_message_is_the_same_for_every_refused_address() -> None:
    async def resolve(host: str, port: int) -> Sequence[str]:
        return [host.split(".")[0].replace("-", ".")]

    reasons = {
        refused(
            f"http://{each.replace('.', '-')}.example/", policy=is_public, resolve=resolve
        ).reason.split(" ", 1)[1]
        for each in ("10.0.0.1", "127.0.0.1", "169.254.169.254", "224.0.0.1")
    }
    assert len(reasons) == 1


def test_a_name_that_is_rebound_between_two_requests_is_refused_the_second_time() -> None:
    async def run() -> None:
        turns = iter([["127.0.0.1"], ["10.0.0.1"]])

        async def resolve(host: str, port: int) -> Sequence[str]:
            return next(turns)

        async with web({"/": reply()}) as site, fetcher(resolve=resolve) as fetching:
            url = site.base.replace("127.0.0.1", "river.example") + "/"
            assert (await fetching.fetch(url)).status == 200
            DIALLED.clear()
            with pytest.raises(FetchError):
                await fetching.fetch(url)

    asyncio.run(run())
    assert DIALLED == []


def test_a_name_is_looked_up_once_for_each_connection_so_that_there_is_nothing_to_rebind() -> None:
    asked: list[str] = []

    async def resolve(host: str, port: int) -> Sequence[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["10.0.0.1"]

    async def run() -> None:
        async with web({"/": reply()}) as site, fetcher(resolve=resolve) as fetching:
            DIALLED.clear()
            url = site.base.replace("127.0.0.1", "river.example") + "/"
            assert (await fetching.fetch(url)).status == 200

    asyncio.run(run())
    assert asked == ["river.example"]
    assert DIALLED == ["127.0.0.1"]


@pytest.mark.parametrize(
    "address", [each for each in ADDRESSES if not loopback(each) and "%" not in each]
)
def test_a_redirect_is_judged_as_strictly_as_the_first_request(address: str) -> None:
    host = f"[{address}]" if ":" in address else address

    async def run() -> None:
        answers = {"/": moved(f"http://{host}/".encode())}
        async with web(answers) as site, fetcher() as fetching:
            DIALLED.clear()
            await fetching.fetch(site.base + "/")

    with pytest.raises(FetchError) as caught:
        asyncio.run(run())
    assert caught.value.code == "refused-address"
    assert DIALLED == ["127.0.0.1"]


def test_a_name_with_a_thousand_addresses_is_tried_at_a_few() -> None:
    async def resolve(host: str, port: int) -> Sequence[str]:
        return [f"127.1.{n // 250}.{n % 250 + 1}" for n in range(1000)]

    async def run() -> None:
        async with fetcher(resolve=resolve) as fetching:
            await fetching.fetch("http://river.example:1/")

    DIALLED.clear()
    with pytest.raises(FetchError) as caught:
        asyncio.run(run())
    assert caught.value.code == "unreachable"
    assert 1 <= len(set(DIALLED)) <= 16


def test_a_redirect_to_a_name_that_is_private_is_refused() -> None:
    async def resolve(host: str, port: int) -> Sequence[str]:
        return ["127.0.0.1"] if host == "river.example" else ["169.254.169.254"]

    async def run() -> None:
        answers = {"/": moved(b"http://lake.example/")}
        async with web(answers) as site, fetcher(resolve=resolve) as fetching:
            DIALLED.clear()
            await fetching.fetch(site.base.replace("127.0.0.1", "river.example") + "/")

    with pytest.raises(FetchError) as caught:
        asyncio.run(run())
    assert caught.value.code == "refused-address"
    assert DIALLED == ["127.0.0.1"]


def test_the_proxy_of_the_environment_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.9:1")

    async def run() -> None:
        async with web({"/": reply()}) as site, fetcher() as fetching:
            DIALLED.clear()
            assert (await fetching.fetch(site.base + "/")).status == 200

    asyncio.run(run())
    assert DIALLED == ["127.0.0.1"]


def test_a_configured_proxy_gets_every_request_and_resolves_itself() -> None:
    async def run() -> list[str]:
        asked = "http://river.example/feed?x=1"
        async with (
            web({asked: reply(b"by proxy")}) as site,
            fetcher(proxy=site.base, policy=is_public) as fetching,
        ):
            assert (await fetching.fetch(asked)).body == b"by proxy"
            with pytest.raises(FetchError):
                await fetching.fetch("file:///etc/passwd")
            return site.targets

    assert asyncio.run(run()) == ["http://river.example/feed?x=1"]


def test_no_second_request_follows_where_the_first_was_cut_off() -> None:
    async def run() -> int:
        async with web({"/": b""}) as site, fetcher(Hosts(0.0)) as fetching:
            with pytest.raises(FetchError):
                await fetching.fetch(site.base + "/")
            return len(site.requests)

    assert asyncio.run(run()) == 1
