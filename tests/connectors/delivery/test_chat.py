"""Chats get our text as text, and nobody learns their URLs."""

import asyncio
import importlib
import logging
from typing import Any

import pytest
from apprise.manager_plugins import NotificationManager

from connectors.delivery import chat
from connectors.delivery.chat import ChatSender
from schemas import Channel, ChannelKind, Ended, Outcome
from tests.connectors.delivery.chat_server import Room, a_room
from tests.connectors.delivery.test_letters import a_message

HOSTILE = "*Losses* [x](https://evil.example) <!channel> <@U1> @everyone <b>& <https://e.example|x>"
SECRET = "TIiajkdnlazkcOXrIdevi7FQ"
BOT = "123456789:abcdefg_hijklmnop"


def sent(url: str, title: str = HOSTILE) -> Outcome:
    channel = Channel(id="desk", kind=ChannelKind.APPRISE, to=url)
    return asyncio.run(ChatSender().send(channel, a_message(title)))


def at(room: Room, patch: pytest.MonkeyPatch, plugin: str, name: str, attribute: str) -> None:
    """Let a plugin of Apprise speak to the room instead of the service on the net."""
    found = getattr(importlib.import_module(f"apprise.plugins.{plugin}"), name)
    patch.setattr(found, attribute, f"http://127.0.0.1:{room.port}/bot")


def test_a_message_is_one_notification_with_title_and_text() -> None:
    with a_room() as room:
        outcome = sent(f"json://127.0.0.1:{room.port}/", "Losses")
    assert outcome.ended is Ended.DELIVERED
    ((_, told),) = room.told
    assert told["title"] == "wagner-group: Losses"
    assert told["message"] == a_message("Losses").text.rstrip()


def test_slack_gets_entities_and_no_format(monkeypatch: pytest.MonkeyPatch) -> None:
    with a_room() as room:
        at(room, monkeypatch, "slack", "NotifySlack", "webhook_url")
        outcome = sent(f"slack://T1JJ3T3L2/A1BRTD4JD/{SECRET}/#general")
    assert outcome.ended is Ended.DELIVERED
    ((_, told),) = room.told
    (attachment,) = told["attachments"]
    assert told["mrkdwn"] is False
    assert "<" not in attachment["text"] + attachment["title"]
    assert "&lt;!channel&gt; &lt;@\u200bU1&gt; @\u200beveryone &lt;b&gt;&amp;" in attachment["text"]


@pytest.mark.parametrize("format", ["", "?format=markdown", "?format=html"])
def test_discord_gets_escaped_markdown_and_pings_nobody(
    monkeypatch: pytest.MonkeyPatch, format: str
) -> None:
    with a_room() as room:
        at(room, monkeypatch, "discord", "NotifyDiscord", "notify_url")
        assert sent(f"discord://123456789012345678/{SECRET}{format}").ended is Ended.DELIVERED
    ((_, told),) = room.told
    written = told["embeds"][0]["description"] if "embeds" in told else told["content"]
    assert r"\*Losses\* \[x\](https://evil.example)" in written
    assert "@everyone" not in str(told)
    assert "👉" not in told.get("content", "")
    assert "https://press.example/mali" in written.split("\n")


@pytest.mark.parametrize("format", ["", "?format=markdown", "?format=text"])
def test_telegram_gets_escaped_html(monkeypatch: pytest.MonkeyPatch, format: str) -> None:
    with a_room(answer=b'{"ok": true}') as room:
        at(room, monkeypatch, "telegram", "NotifyTelegram", "notify_url")
        assert sent(f"tgram://{BOT}/12315544/{format}").ended is Ended.DELIVERED
    ((_, told),) = room.told
    assert told["parse_mode"] == "HTML"
    assert "<" not in told["text"]
    assert "&lt;" in told["text"]


def test_mattermost_gets_escaped_markdown() -> None:
    with a_room() as room:
        outcome = sent(f"mmost://127.0.0.1:{room.port}/3ccdd113474722377935511fc85d3dd4")
    assert outcome.ended is Ended.DELIVERED
    ((_, told),) = room.told
    assert r"\*Losses\*" in told["text"]
    assert "@everyone" not in told["text"]


def test_a_long_text_is_one_notification_that_the_service_takes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    message = a_message()
    object.__setattr__(message, "text", "One more line of it.\n" * 500)
    with a_room() as room:
        at(room, monkeypatch, "discord", "NotifyDiscord", "notify_url")
        channel = Channel(
            id="desk", kind=ChannelKind.APPRISE, to=f"discord://123456789012345678/{SECRET}"
        )
        asyncio.run(ChatSender().send(channel, message))
    ((_, told),) = room.told
    assert len(told["content"]) <= 2000
    assert told["content"].endswith("… cut: this chat takes no more")


def test_a_no_is_tried_again_and_no_secret_is_told(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    with a_room(status=500) as room, caplog.at_level(logging.DEBUG):
        outcome = sent(f"json://us:{SECRET}@127.0.0.1:{room.port}/{SECRET}")
    assert outcome == Outcome(
        ended=Ended.RETRY, reason="json did not take it; Apprise does not say why"
    )
    assert SECRET not in caplog.text + "".join(capfd.readouterr())


def test_a_fault_of_a_service_is_tried_again_without_what_it_says(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fault(*args: Any, **options: Any) -> bool:
        raise ValueError(f"cannot post to {SECRET}")

    monkeypatch.setattr("apprise.Apprise.notify", fault)
    outcome = sent(f"json://127.0.0.1/{SECRET}")
    assert outcome == Outcome(ended=Ended.RETRY, reason="json failed with ValueError")


TWO = f"json://127.0.0.1/{SECRET}, discord://123456789012345678/{SECRET}"


@pytest.mark.parametrize("url", [f"nosuch://{SECRET}", SECRET, "slack://short", "", TWO])
def test_what_is_not_one_url_of_a_service_is_refused(url: str) -> None:
    outcome = sent(url)
    assert outcome.ended is Ended.REFUSED
    assert SECRET not in outcome.reason


def test_a_target_names_service_and_channel_but_not_its_url() -> None:
    channel = Channel(id="desk", kind=ChannelKind.APPRISE, to=f"slack://{SECRET}/B/C")
    assert ChatSender().target(channel) == "slack:desk"
    odd = Channel(id="desk", kind=ChannelKind.APPRISE, to=SECRET)
    assert ChatSender().target(odd) == "apprise:desk"


def test_the_services_that_we_name_are_there() -> None:
    known = set(NotificationManager().schemas())
    named = chat._RENDERS_MARKDOWN | chat._AS_TEXT | chat._AS_HTML | chat._TITLED
    assert named <= known
