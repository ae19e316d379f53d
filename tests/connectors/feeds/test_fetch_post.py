"""A POST obeys what a GET obeys, and is never turned into one."""

import asyncio
from collections.abc import Sequence

import pytest
from aiohttp import web

from connectors.feeds.fetch import FetchError, Response
from connectors.feeds.hosts import Hosts
from tests.connectors.feeds.web import fetcher
from tocsin.addresses import PORTS, is_public

FORM = {"hub.topic": "https://a.example/?x=ü&y", "hub.secret": "s"}


class Seen:
    """What a site was asked, and what was archived of it."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, str, dict[str, str]]] = []
        self.kept: list[Response] = []

    def write(self, response: Response, purpose: str) -> None:
        self.kept.append(response)

    async def answer(self, request: web.Request) -> web.Response:
        form = {name: str(value) for name, value in (await request.post()).items()}
        self.requests.append((request.method, request.path, form))
        status = int(request.path[1:4])
        headers = {"Location": "/202"} if 300 <= status < 400 else {}
        return web.Response(status=status, headers=headers, text="x" * 100_000)


def post(path: str, seen: Seen, *, times: int = 1, **settings: object) -> Response:
    async def run() -> Response:
        application = web.Application()
        application.router.add_route("*", "/{path:.*}", seen.answer)
        runner = web.AppRunner(application)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        url = f"http://127.0.0.1:{runner.addresses[0][1]}{path}"
        try:
            async with fetcher(archive=seen, **settings) as fetching:
                for _ in range(times):
                    found = await fetching.post(url, FORM, purpose="hub")
                return found
        finally:
            await runner.cleanup()

    return asyncio.run(run())


def test_a_form_is_sent_and_the_status_is_an_answer() -> None:
    for path, status in (("/202", 202), ("/500", 500)):
        seen = Seen()
        assert post(path, seen).status == status
        assert seen.requests == [("POST", path, FORM)]
        assert seen.kept == []


@pytest.mark.parametrize("status", [307, 308])
def test_redirects_that_keep_the_method_are_followed(status: int) -> None:
    seen = Seen()
    assert post(f"/{status}", seen).status == 202
    assert seen.requests == [("POST", f"/{status}", FORM), ("POST", "/202", FORM)]


@pytest.mark.parametrize("status", [301, 302, 303])
def test_redirects_that_would_make_it_a_get_are_an_answer(status: int) -> None:
    seen = Seen()
    assert post(f"/{status}", seen).status == status
    assert seen.requests == [("POST", f"/{status}", FORM)]


def test_each_takes_a_turn() -> None:
    hosts = Hosts(0.0)
    post("/307", Seen(), times=2, hosts=hosts)
    assert hosts.waits.turns == 4


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1/", "http://localhost/", "http://[::1]/", "ftp://a.example/"]
)
def test_no_form_is_sent_to_where_nothing_is_fetched(url: str) -> None:
    async def resolve(host: str, port: int) -> Sequence[str]:
        return ["10.0.0.1"]

    async def run(url: str, **rules: object) -> None:
        async with fetcher(policy=is_public, resolve=resolve, **rules) as fetching:
            await fetching.post(url, FORM, purpose="hub")

    for asked in (url, "http://hub.example/"):
        with pytest.raises(FetchError) as caught:
            asyncio.run(run(asked, ports=PORTS, public_names=True))
        assert caught.value.refused
