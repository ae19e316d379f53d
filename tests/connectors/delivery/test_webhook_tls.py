"""A webhook over TLS: whose certificate is for the name that was meant gets it, and nobody else."""

import asyncio
import ssl
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
from standardwebhooks import Webhook

from schemas import Ended, Outcome
from tests.connectors.delivery.hook import (
    SECRET,
    Post,
    a_channel,
    a_message,
    a_sender,
    receiving,
    says,
)
from tests.tls import Authority

NAME = "hooks.example.org"


async def resolve(_host: str, _port: int) -> Sequence[str]:
    """Find every name on this machine."""
    return ["127.0.0.1"]


def sent(
    server: ssl.SSLContext, trust: ssl.SSLContext | None, host: str = NAME
) -> tuple[Outcome, list[Post]]:
    """Send to a name that leads to a server on this machine."""

    async def run() -> tuple[Outcome, list[Post]]:
        async with receiving(says("204 No Content"), ssl=server) as receiver:
            sender = a_sender(resolve=resolve, trust=trust)
            channel = a_channel(to=f"https://{host}:{receiver.port}/x?token=t0k3n")
            found = await sender.send(channel, a_message())
            sender.close()
            return found, receiver.posts

    return asyncio.run(run())


def test_a_receiver_with_the_right_certificate_gets_what_it_can_verify(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    found, (post,) = sent(authority.server(NAME), authority.trusted())
    assert found == Outcome(ended=Ended.DELIVERED, status=204)
    assert post.path == "/x?token=t0k3n"
    assert post.headers["host"].startswith(f"{NAME}:")
    assert post.body == a_message().json.encode()
    Webhook(SECRET).verify(post.body, post.headers)


def test_the_name_that_was_looked_up_is_the_name_that_is_asked_for(tmp_path: Path) -> None:
    authority, asked = Authority(tmp_path), list[str | None]()
    server = authority.server(NAME)
    server.sni_callback = lambda _socket, name, _context: asked.append(name)
    assert sent(server, authority.trusted())[0].ended is Ended.DELIVERED
    assert asked == [NAME]


def test_an_address_may_have_a_certificate_too(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    found, posts = sent(authority.server("127.0.0.1"), authority.trusted(), "127.0.0.1")
    assert (found.ended, len(posts)) == (Ended.DELIVERED, 1)


@pytest.mark.parametrize(
    ("names", "host", "end", "why"),
    [
        (["other.example.org"], NAME, 2090, "it is for another name"),
        (["*.org"], NAME, 2090, "it is for another name"),
        (["127.0.0.2"], "127.0.0.1", 2090, "it is for another name"),
        ([NAME], "127.0.0.1", 2090, "it is for another name"),
        ([NAME], NAME, 2021, "it has expired"),
    ],
)
def test_a_wrong_certificate_gets_nothing_and_the_reason_says_what_is_wrong(
    tmp_path: Path, names: list[str], host: str, end: int, why: str
) -> None:
    authority = Authority(tmp_path)
    server = authority.server(*names, end=datetime(end, 1, 1, tzinfo=UTC))
    found, posts = sent(server, authority.trusted(), host)
    assert found == Outcome(
        ended=Ended.RETRY, reason=f"{host} has a certificate that is not to be trusted: {why}"
    )
    assert not posts


@pytest.mark.parametrize("is_trusting_another", [True, False])
def test_a_certificate_of_an_authority_that_is_not_trusted_gets_nothing(
    tmp_path: Path, is_trusting_another: bool
) -> None:
    server = Authority(tmp_path / "theirs").server(NAME)
    trust = Authority(tmp_path / "ours").trusted() if is_trusting_another else None
    found, posts = sent(server, trust)
    assert found.ended is Ended.RETRY
    assert found.reason.endswith("not to be trusted: it is signed by nobody whom we trust")
    assert not posts
