"""A signed POST to where it may go, and an outcome whatever the receiver does."""

import asyncio
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from connectors.delivery import webhook
from connectors.delivery.webhook import WebhookSender, outcome
from schemas import Channel, Ended, Message, Outcome
from tests.connectors.delivery.hook import (
    OTHER,
    SECRET,
    Answer,
    Post,
    a_channel,
    a_message,
    a_sender,
    receiving,
    says,
)
from tests.ssrf import ADDRESSES
from tocsin.addresses import is_public

NOON = datetime(2024, 7, 29, 12, tzinfo=UTC)


def sent(
    answer: Answer, message: Message | None = None, times: int = 1, **channel: str
) -> tuple[Outcome, list[Post]]:
    async def run() -> tuple[Outcome, list[Post]]:
        async with receiving(answer) as receiver:
            sender = a_sender(deadline=0.7)
            for _ in range(times):
                found = await sender.send(receiver.channel(**channel), message or a_message())
            sender.close()
            return found, receiver.posts

    return asyncio.run(run())


# Signed.


def test_a_receiver_can_verify_what_it_is_sent() -> None:
    message = a_message()
    found, (post,) = sent(says("204 No Content"), message)
    assert found == Outcome(ended=Ended.DELIVERED, status=204)
    assert post.body == message.json.encode()
    assert post.headers["content-type"] == "application/json"
    assert post.headers["webhook-id"] == message.id
    assert Webhook(SECRET).verify(post.body, post.headers) == {"type": "alert.rung", "data": "ü"}


def test_who_has_the_new_secret_and_who_has_the_old_one_both_can() -> None:
    _, (post,) = sent(says("200 OK"), secret=OTHER, old_secret=SECRET)
    for secret in (SECRET, OTHER):
        assert Webhook(secret).verify(post.body, post.headers)


@pytest.mark.parametrize(
    ("header", "value"),
    [("webhook-id", "b" * 32), ("webhook-timestamp", "1"), ("webhook-signature", "v1,AAAA")],
)
def test_what_was_altered_is_refused(header: str, value: str) -> None:
    _, (post,) = sent(says("200 OK"))
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(post.body, post.headers | {header: value})
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(post.body + b" ", post.headers)


def test_what_comes_too_late_is_refused() -> None:
    then = datetime.now(UTC) - timedelta(minutes=6)
    signed = webhook.signatures(a_channel(), a_message(), then)
    headers = {
        "webhook-id": a_message().id,
        "webhook-timestamp": str(int(then.timestamp())),
        "webhook-signature": signed,
    }
    with pytest.raises(WebhookVerificationError, match="too old"):
        Webhook(SECRET).verify(a_message().json, headers)


def test_every_attempt_has_the_same_id_and_bytes() -> None:
    _, posts = sent(says("500 Oops"), times=3)
    assert len({(post.headers["webhook-id"], post.body) for post in posts}) == 1
    assert len(posts) == 3


# What a status means.


@pytest.mark.parametrize(
    ("status", "ended"),
    [
        *((status, Ended.DELIVERED) for status in (200, 201, 202, 204, 299)),
        *((status, Ended.RETRY) for status in (301, 307, 400, 401, 403, 404, 408, 418, 425, 429)),
        *((status, Ended.RETRY) for status in (500, 502, 503, 504, 599)),
        (410, Ended.GONE),
    ],
)
def test_all_but_success_and_gone_is_tried_again(status: int, ended: Ended) -> None:
    assert outcome(status, "", NOON).ended is ended


@pytest.mark.parametrize(
    ("status", "said", "wait"),
    [
        (429, "120", 120.0),
        (503, "Mon, 29 Jul 2024 12:05:00 GMT", 300.0),
        (503, "Mon, 29 Jul 2024 11:00:00 GMT", None),
        (429, "99999999999", 86_400.0),
        (429, "Fri, 29 Jul 2990 12:05:00 GMT", 86_400.0),
        (429, "-5", None),
        (429, "soon", None),
        (429, "9" * 5000, None),
        (404, "120", None),
    ],
)
def test_a_receiver_may_say_when_within_reason(status: int, said: str, wait: float | None) -> None:
    assert outcome(status, said, NOON).retry_after == wait


# Where it may go.


@pytest.mark.parametrize("address", [*ADDRESSES[:8], "fd00::1", "169.254.169.254"])
def test_a_name_with_one_address_that_is_not_public_is_not_dialled(address: str) -> None:
    async def resolve(host: str, port: int) -> Sequence[str]:
        return ["93.184.215.14", address]

    async def run() -> Outcome:
        sender = WebhookSender(agent="t", resolve=resolve)
        return await sender.send(a_channel(), a_message())

    found = asyncio.run(run())
    assert (found.ended, found.reason) == (
        Ended.RETRY,
        "hooks.example.org is at an address that is not public",
    )


@pytest.mark.parametrize(
    ("to", "addresses", "said"),
    [
        ("https://hooks.example.org/x", ["93.184.215.14"], ""),
        (
            "https://hooks.example.org/x",
            ["93.184.215.14", "10.0.0.1"],
            "hooks.example.org is at an address that is not public",
        ),
        ("https://hooks.example.org/x", [], "the name hooks.example.org cannot be looked up"),
        ("https://10.0.0.1/x", ["10.0.0.1"], "the URL names an address instead of a site"),
    ],
)
def test_what_keeps_a_url_from_being_dialled_is_told_without_dialling(
    to: str, addresses: list[str], said: str
) -> None:
    async def resolve(host: str, port: int) -> Sequence[str]:
        return addresses

    sender = WebhookSender(agent="t", resolve=resolve)
    assert asyncio.run(sender.obstacle(a_channel(to=to))) == said


def test_what_is_dialled_is_judged_again() -> None:
    """A name that is public when it is looked up, and a literal that never is: neither gets through."""

    async def run() -> tuple[Outcome, list[Post]]:
        async with receiving(says("200 OK")) as receiver:
            sender = a_sender(policy=is_public)
            return await sender.send(receiver.channel(), a_message()), receiver.posts

    found, posts = asyncio.run(run())
    assert (found.ended, posts) == (Ended.RETRY, [])


@pytest.mark.parametrize(
    "to",
    ["", "ftp://a.example/x", "https://user:pa55@a.example/x", "http://127.0.0.1/x", "https://"],
)
def test_what_is_no_url_of_a_public_host_is_refused(to: str) -> None:
    sender = WebhookSender(agent="t")
    channel = a_channel(to=to)
    found = asyncio.run(sender.send(channel, a_message()))
    assert found.ended is Ended.REFUSED
    assert "pa55" not in found.reason
    assert sender.target(channel) == "webhook:hook"


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_a", "whsec_é"])
def test_without_a_secret_nothing_is_sent(secret: str) -> None:
    found, posts = sent(says("200 OK"), secret=secret)
    assert (found.ended, posts) == (Ended.REFUSED, [])


@pytest.mark.parametrize(
    ("address", "is_reached"),
    [
        ("93.184.215.14", True),
        ("10.1.2.3", True),
        ("127.0.0.1", True),
        ("fd00::1", True),
        ("169.254.169.254", False),
        ("::ffff:169.254.169.254", False),
        ("fe80::1", False),
        ("224.0.0.1", False),
        ("0.0.0.0", False),
        ("nonsense", False),
    ],
)
def test_ones_own_network_is_within_reach_and_what_is_link_local_never(
    address: str, is_reached: bool
) -> None:
    assert webhook.is_within_reach(address) is is_reached


def test_proxies_of_the_environment_are_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    found, posts = sent(says("200 OK"))
    assert (found.ended, len(posts)) == (Ended.DELIVERED, 1)


def test_a_redirect_is_not_followed() -> None:
    found, posts = sent(says("307 Temporary Redirect", "Location: /elsewhere"))
    assert (found.ended, found.status, len(posts)) == (Ended.RETRY, 307, 1)


def test_a_target_is_a_host_and_a_port() -> None:
    sender = a_sender()
    assert sender.target(a_channel(to="https://Hooks.example.org/a?b=c")) == "hooks.example.org:443"
    assert sender.target(a_channel(to="http://127.0.0.1:9999/a")) == "127.0.0.1:9999"


# Receivers that misbehave.


async def closes(writer: asyncio.StreamWriter) -> None:
    writer.close()


async def resets(writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()


async def is_silent(writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(600)


async def stops_within_headers(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nX: ")
    await asyncio.sleep(600)


async def stops_within_body(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nok")
    await asyncio.sleep(600)


async def drips(writer: asyncio.StreamWriter) -> None:
    while True:
        writer.write(b"H")
        await asyncio.sleep(0.01)


async def never_ends(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        writer.write(b"x" * 65536)
        await writer.drain()


async def never_ends_a_refusal(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 500 Oops\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        writer.write(b"1\r\nx\r\n" * 1000)  # many, for while it writes nobody else has the loop
        await writer.drain()


async def storms(writer: asyncio.StreamWriter) -> None:
    while True:
        writer.write(b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" * 100)
        await writer.drain()


async def has_huge_headers(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n" + b"X: %s\r\n" % (b"y" * 1000) * 1000 + b"\r\n")
    await writer.drain()


async def is_no_http(writer: asyncio.StreamWriter) -> None:
    writer.write(bytes(range(256)) * 10)
    await writer.drain()


async def lies_about_its_encoding(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nnope")
    await writer.drain()


async def cuts_its_body(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 202 Accepted\r\nContent-Length: 99\r\n\r\nok")
    await writer.drain()


async def switches(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n")
    await writer.drain()


async def has_status_999(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 999 What\r\nContent-Length: 0\r\n\r\n")
    await writer.drain()


@pytest.mark.parametrize(
    ("answer", "ended"),
    [
        (closes, Ended.RETRY),
        (resets, Ended.RETRY),
        (is_silent, Ended.RETRY),
        (stops_within_headers, Ended.RETRY),
        (stops_within_body, Ended.DELIVERED),
        (drips, Ended.RETRY),
        (never_ends, Ended.DELIVERED),
        (never_ends_a_refusal, Ended.RETRY),
        (storms, Ended.RETRY),
        (has_huge_headers, Ended.RETRY),
        (is_no_http, Ended.RETRY),
        (lies_about_its_encoding, Ended.DELIVERED),
        (cuts_its_body, Ended.DELIVERED),
        (switches, Ended.RETRY),
        (has_status_999, Ended.RETRY),
        (says("410 Gone"), Ended.GONE),
        (says("302 Found", "Location: http://169.254.169.254/"), Ended.RETRY),
        (says("503 Later", "Retry-After: 9999999999999999999999"), Ended.RETRY),
    ],
)
def test_whatever_a_receiver_does_is_an_outcome_in_time(
    answer: Answer, ended: Ended, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhook, "BODY_SECONDS", 0.2)
    began = time.monotonic()
    found, posts = sent(answer)
    assert (found.ended, len(posts)) == (ended, 1)
    assert time.monotonic() - began < 3
    assert "t0k3n" not in found.reason
    assert "whsec" not in found.reason
    assert bool(found.reason) is (ended is not Ended.DELIVERED)


def unreachable() -> Channel:
    return a_channel(to="http://127.0.0.1:1/x?token=t0k3n")


def test_nobody_listening_is_tried_again() -> None:
    found = asyncio.run(a_sender().send(unreachable(), a_message()))
    assert found == Outcome(ended=Ended.RETRY, reason="127.0.0.1 cannot be reached")
