"""Subscriptions at a real hub on loopback, and what it may and may not do at our endpoint."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from connectors import metrics
from connectors.feeds import callbacks
from connectors.feeds.callbacks import Callback, serving
from connectors.feeds.hubs import Hubs
from schemas import FeedState, HubState, HubSubscription, InvalidSetting
from store import feeds, hubs
from tests.connectors.feeds.hostile import reply
from tests.connectors.feeds.test_visit import NOW, World, a_feed, act, an_item
from tests.connectors.feeds.web import fetcher
from tests.connectors.feeds.websub_hub import Hub, hub
from tocsin.addresses import is_public

SECRET = "a secret of this installation"
FLOOR = timedelta(seconds=300)


def naming(hub_url: str, *items: str) -> bytes:
    link = f"<atom:link xmlns:atom='http://www.w3.org/2005/Atom' rel='hub' href='{hub_url}'/>"
    return reply(a_feed(*(items or (an_item(1),)), extra=link))


class Stage:
    """The world of a visit, with a hub and us as its subscriber."""

    def __init__(self, world: World, hub: Hub, callback: Callback) -> None:
        self.world, self.hub, self.callback = world, hub, callback
        self.hubs = Hubs(world.tools, callback, domain_of=str)

    async def subscribe(self) -> tuple[int, str]:
        """Poll a feed that names the hub, look, and wait until the hub has asked back."""
        self.world.answers["/feed"] = naming(self.hub.url)
        await self.world.visit()
        await self.hubs.look()
        return await self.hub.answers.get()

    async def known(self) -> HubSubscription:
        [found] = await self.world.tools.ledger.do(hubs.all)
        return found

    async def feed(self) -> FeedState:
        found = await self.world.tools.ledger.do(feeds.get, f"{self.world.site.base}/feed")
        assert found is not None
        return found

    async def get(self, method: str, path: str, body: bytes = b"") -> tuple[int, dict[str, str]]:
        """Send us a request that no hub would."""
        base = f"http://127.0.0.1:{self.callback.port}"
        async with self.hub.session.request(method, base + path, data=body or None) as answer:
            assert await answer.read() == b""
            return answer.status, {name.lower(): text for name, text in answer.headers.items()}


@asynccontextmanager
async def staged(world: World) -> AsyncIterator[Stage]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    callback = Callback(
        prefix=f"http://127.0.0.1:{port}/websub/", host="127.0.0.1", port=port, secret=SECRET
    )
    async with hub() as working:
        stage = Stage(world, working, callback)
        await stage.hubs.load()
        async with serving(stage.hubs, callback):
            yield stage


def play(folder: Path, scene: Callable[[Stage], Awaitable[None]]) -> None:
    async def run(world: World) -> None:
        async with staged(world) as stage:
            await scene(stage)

    act(folder, run)


def counted(result: str) -> float:
    return metrics.NOTIFICATIONS.labels(result)._value.get()


# --- subscribing ---------------------------------------------------------------------------------


@pytest.mark.parametrize("at_once", [False, True])
def test_a_feed_that_names_a_hub_is_subscribed_to(tmp_path: Path, at_once: bool) -> None:
    async def scene(stage: Stage) -> None:
        stage.hub.at_once = at_once
        assert await stage.subscribe() == (200, "a<b>c")
        [form] = stage.hub.forms
        assert form["hub.topic"] == f"{stage.world.site.base}/feed"
        known = await stage.known()
        assert (known.state, known.until) == (HubState.VERIFIED, NOW + timedelta(days=10))
        assert form["hub.callback"] == stage.callback.prefix + known.path
        await stage.hubs.look()
        assert len(stage.hub.forms) == 1
        assert metrics.HUBS.labels("verified")._value.get() == 1

    play(tmp_path, scene)


def test_a_lease_is_renewed_before_it_ends_and_outlives_a_restart(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        stage.hub.lease = "4000"
        await stage.subscribe()
        until = (await stage.known()).until
        assert until == NOW + timedelta(seconds=4000)
        stage.world.now += timedelta(seconds=2999)
        again = Hubs(stage.world.tools, stage.callback, domain_of=str)
        await again.load()
        assert again.knows((await stage.known()).path)
        await again.look()
        assert len(stage.hub.forms) == 1
        stage.world.now += timedelta(seconds=1)
        await again.look()
        assert await stage.hub.answers.get() == (200, "a<b>c")
        assert stage.hub.forms[0] == stage.hub.forms[1]
        assert (await stage.known()).until == stage.world.now + timedelta(seconds=4000)

    play(tmp_path, scene)


def test_a_hub_that_denies_is_asked_again_after_a_day(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        stage.hub.mode = "deny"
        assert await stage.subscribe() == (200, "")
        known = await stage.known()
        assert (known.state, known.reason) == (HubState.DENIED, "the hub denied it: not for you")
        for hours, asked in ((23, 1), (1, 2)):
            stage.world.now += timedelta(hours=hours)
            await stage.hubs.look()
            assert len(stage.hub.forms) == asked

    play(tmp_path, scene)


def test_a_hub_that_fails_is_asked_again_later(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        stage.hub.mode = "500"
        stage.world.answers["/feed"] = naming(stage.hub.url)
        await stage.world.visit()
        await stage.hubs.look()
        known = await stage.known()
        assert (known.state, known.reason) == (HubState.FAILED, "the hub answered 500")
        stage.hub.mode = "verify"
        stage.world.now += timedelta(hours=1)
        await stage.hubs.look()
        await stage.hub.answers.get()
        assert (await stage.known()).state is HubState.VERIFIED

    play(tmp_path, scene)


def test_no_hub_is_asked_that_lies_in_our_own_network(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        stage.world.answers["/feed"] = naming(stage.hub.url)
        await stage.world.visit()
        async with fetcher(policy=is_public) as guarded:
            tools = replace(stage.world.tools, fetcher=guarded)
            await Hubs(tools, stage.callback, domain_of=str).look()
        known = await stage.known()
        assert known.state is HubState.FAILED
        assert "not public" in known.reason
        assert stage.hub.forms == []

    play(tmp_path, scene)


def test_a_subscription_ends_with_its_feed(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        await stage.subscribe()
        await stage.world.tools.ledger.do(feeds.remove, f"{stage.world.site.base}/feed")
        await stage.hubs.look()
        assert await stage.world.tools.ledger.do(hubs.all) == []
        assert await stage.hub.publish(b"news") == 410

    play(tmp_path, scene)


# --- notifications -------------------------------------------------------------------------------


@pytest.mark.parametrize("algorithm", ["sha1", "sha256", "sha384", "sha512"])
def test_a_signed_notification_makes_the_feed_due_at_once(tmp_path: Path, algorithm: str) -> None:
    async def scene(stage: Stage) -> None:
        await stage.subscribe()
        stage.world.now += timedelta(minutes=20)
        before, accepted = await stage.feed(), counted("accepted")
        assert before.next_poll is not None
        assert before.next_poll > stage.world.now
        assert await stage.hub.publish(b"\x00 no feed at all", algorithm) == 202
        assert await stage.feed() == replace(before, next_poll=stage.world.now)
        assert counted("accepted") == accepted + 1

    play(tmp_path, scene)


def test_a_notification_right_after_a_poll_waits_for_the_floor(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        await stage.subscribe()
        stage.world.now += timedelta(seconds=1)
        await stage.hub.publish(b"news")
        assert (await stage.feed()).next_poll == NOW + FLOOR

    play(tmp_path, scene)


def test_a_notification_during_a_poll_is_not_lost(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        await stage.subscribe()
        stage.world.now += timedelta(hours=1)
        before, began = await stage.feed(), stage.world.now
        stage.world.now += timedelta(seconds=5)
        await stage.hub.publish(b"news")
        # The poll began before that, and saves what it then knew.
        after = replace(before, last_polled=began, next_poll=began + timedelta(hours=2))
        await stage.world.tools.ledger.do(feeds.save_poll, before.url, after)
        await stage.hubs.look()
        assert (await stage.feed()).next_poll == began + FLOOR

    play(tmp_path, scene)


@pytest.mark.parametrize(
    "signature", ["sha256=" + "0" * 64, "sha1=", "md5=" + "0" * 32, "nonsense"]
)
def test_a_wrong_signature_is_answered_alike_and_not_acted_on(
    tmp_path: Path, signature: str
) -> None:
    async def scene(stage: Stage) -> None:
        await stage.subscribe()
        stage.world.now += timedelta(minutes=20)
        before, forged = await stage.feed(), counted("forged")
        assert await stage.hub.publish(b"news", signature=signature) == 202
        assert await stage.feed() == before
        assert (await stage.known()).notified is None
        assert counted("forged") == forged + 1

    play(tmp_path, scene)


def test_a_feed_is_polled_less_often_while_its_hub_tells_of_what_is_new(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        url = f"{stage.world.site.base}/feed"
        await stage.subscribe()
        stage.world.now += timedelta(hours=1)
        await stage.hub.publish(b"news")
        stage.world.answers["/feed"] = naming(stage.hub.url, an_item(2), an_item(1))
        usual = await stage.world.visit()
        await stage.hubs.look()
        assert stage.world.tools.announced == {url}
        await stage.world.tools.ledger.do(feeds.save_poll, url, usual)
        relaxed = await stage.world.visit(minutes=30)
        stage.world.tools.announced.clear()
        await stage.world.tools.ledger.do(feeds.save_poll, url, usual)
        assert relaxed.interval == pytest.approx(2 * (await stage.world.visit()).interval)

    play(tmp_path, scene)


# --- strangers -----------------------------------------------------------------------------------


def test_strangers_learn_nothing(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        await stage.subscribe()
        path = (await stage.known()).path
        query = "?hub.mode=subscribe&hub.topic=x&hub.challenge=c&hub.lease_seconds=9"
        for method, target, status in (
            ("GET", "/", 404),
            ("GET", "/websub/", 404),
            ("POST", "/websub/", 404),
            ("GET", f"/other/{path}", 404),
            ("GET", f"/websub/{path}/", 404),
            ("GET", f"/websub/{'0' * 64}{query}", 404),
            ("POST", f"/websub/{'0' * 64}", 410),
            ("GET", f"/websub/{path}", 404),
            ("GET", f"/websub/{path}{query}", 404),
            ("PUT", f"/websub/{path}", 405),
            ("DELETE", f"/websub/{path}", 405),
            ("GET", "/websub/%2e%2e/etc/passwd", 404),
        ):
            found, headers = await stage.get(method, target)
            assert (method, target, found) == (method, target, status)
            assert headers["server"] == "tocsin"
            assert headers["x-content-type-options"] == "nosniff"

    play(tmp_path, scene)


def test_a_proxy_may_cut_off_the_prefix(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        await stage.subscribe()
        form = stage.hub.forms[0]
        cut = form | {"hub.callback": form["hub.callback"].replace("/websub", "")}
        said = {"hub.mode": "subscribe", "hub.topic": form["hub.topic"]}
        await stage.hub.ask(cut, said)
        assert await stage.hub.answers.get() == (200, "a<b>c")

    play(tmp_path, scene)


def test_a_question_for_another_topic_or_to_unsubscribe_is_refused(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        await stage.subscribe()
        form = stage.hub.forms[0]
        for said in (
            {"hub.mode": "subscribe", "hub.topic": "http://127.0.0.1/other"},
            {"hub.mode": "unsubscribe", "hub.topic": form["hub.topic"]},
        ):
            await stage.hub.ask(form, said)
            assert await stage.hub.answers.get() == (404, "")
        assert (await stage.known()).state is HubState.VERIFIED

    play(tmp_path, scene)


def test_a_notification_that_is_too_large_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(callbacks, "MOST_BODY", 1000)

    async def scene(stage: Stage) -> None:
        await stage.subscribe()
        assert await stage.hub.publish(b"x" * 999) == 202
        assert await stage.hub.publish(b"x" * 100_000) == 413

    play(tmp_path, scene)


def test_a_notification_that_never_ends_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(callbacks, "BODY_SECONDS", 0.05)

    async def scene(stage: Stage) -> None:
        await stage.subscribe()
        path = (await stage.known()).path
        reader, writer = await asyncio.open_connection("127.0.0.1", stage.callback.port)
        writer.write(
            f"POST /websub/{path} HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nx".encode()
        )
        assert (await reader.readline()).startswith(b"HTTP/1.1 408 ")
        writer.close()

    play(tmp_path, scene)


def test_a_port_that_is_taken_is_said(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        with pytest.raises(InvalidSetting, match="cannot listen at"):
            await stage.hubs.run()

    play(tmp_path, scene)
