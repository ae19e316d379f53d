"""A letter is the same at every attempt, threads under its story, and has the headers that we wrote."""

from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.delivery.letters import address, letter
from schemas import Channel, ChannelKind, Message, MessageKind, Subscription
from schemas.ids import alert_id
from tests.schemas.records import an_alert
from tocsin.messages import Shown, alert_message, update_message
from tocsin.wording import clean

DESK = Channel(id="desk", kind=ChannelKind.EMAIL, to="desk@press.example")
SENDER = "tocsin@watch.example"
STORY = "a" * 32
WAGNER = Subscription(id="wagner-group", query="actor:wagner")


def a_message(title: str = "Losses") -> Message:
    rung = datetime(2024, 7, 29, 12, 1, tzinfo=UTC)
    return alert_message(Shown(alert=replace(an_alert(), title=title), rung=rung), WAGNER)


def read(content: bytes) -> EmailMessage:
    mail = message_from_bytes(content, policy=default)
    assert isinstance(mail, EmailMessage)
    return mail


def test_a_letter_says_who_writes_of_what_and_when_it_rang() -> None:
    mail = read(letter(DESK, a_message(), SENDER))
    assert mail["From"] == "Tocsin <tocsin@watch.example>"
    assert mail["To"] == "desk@press.example"
    assert mail["Subject"] == "wagner-group: Losses"
    assert mail["Date"].datetime == datetime(2024, 7, 29, 12, 1, tzinfo=UTC)
    assert mail["Message-ID"] == f"<{'f' * 32}@watch.example>"
    assert mail["List-Id"] == "<wagner-group.tocsin.watch.example>"
    assert mail["List-Unsubscribe"] == (
        "<mailto:tocsin@watch.example?subject=unsubscribe%20wagner-group>"
    )
    assert mail["Auto-Submitted"] == "auto-generated"


def test_a_letter_has_text_and_html() -> None:
    message = a_message()
    mail = read(letter(DESK, message, SENDER))
    assert mail.get_content_type() == "multipart/alternative"
    text, html = mail.iter_parts()
    assert text.get_content().replace("\r\n", "\n") == message.text
    assert html.get_content().replace("\r\n", "\n") == message.html


def test_letters_of_a_story_are_one_thread() -> None:
    rung = datetime(2024, 7, 30, tzinfo=UTC)
    shown = Shown(alert=an_alert(), rung=rung)
    update = read(letter(DESK, update_message("u" * 32, shown, WAGNER, "grew"), SENDER))
    alert = read(letter(DESK, a_message(), SENDER))
    thread = f"<story.{STORY}@watch.example>"
    assert alert["References"] == alert["In-Reply-To"] == thread
    first = f"<{alert_id('wagner-group', STORY)}@watch.example>"
    assert (update["References"], update["In-Reply-To"]) == (f"{thread} {first}", first)


def test_what_has_many_stories_is_in_no_thread() -> None:
    message = replace(a_message(), kind=MessageKind.DIGEST, story="")
    assert read(letter(DESK, message, SENDER))["References"] is None


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r", "\u2028", "\x0b", "\x85"])
def test_a_header_cannot_be_put_in_by_a_title(end: str) -> None:
    message = replace(a_message(), subject=f"Losses{end}Bcc: all@press.example")
    content = letter(DESK, message, SENDER)
    assert b"Subject: Losses Bcc: all@press.example\r\n" in content
    assert read(content)["Bcc"] is None


@given(st.text(max_size=300), st.text())
def test_whatever_is_told_the_letter_is_ascii_the_same_again_and_says_it(
    subject: str, text: str
) -> None:
    message = replace(a_message(), subject=clean(subject), text=text)
    content = letter(DESK, message, SENDER)
    assert content.isascii()
    assert content == letter(DESK, message, SENDER)
    assert max(map(len, content.split(b"\r\n"))) <= 998
    mail = read(content)
    assert not mail.defects
    assert "".join(mail["Subject"].split()) == "".join(message.subject.split())
    assert {name for name, _ in mail.items()} <= {
        *("From", "To", "Subject", "Date", "Message-ID", "In-Reply-To", "References", "List-Id"),
        *("List-Unsubscribe", "Auto-Submitted", "MIME-Version", "Content-Type"),
    }


def test_a_title_that_looks_encoded_is_shown_as_it_is() -> None:
    message = replace(a_message(), subject="=?utf-8?q?Not_so?= 1")
    assert read(letter(DESK, message, SENDER))["Subject"] == "=?utf-8?q?Not_so?= 1"


def test_an_id_stands_in_one_line_however_long_the_domain_is() -> None:
    content = letter(DESK, a_message(), f"tocsin@{'long-name.' * 12}example")
    assert f"Message-ID: <{'f' * 32}@long-name.".encode() in content


def test_only_plain_addresses_are_written_to() -> None:
    assert address("desk@press.example") == "desk@press.example"
    for wrong in ("", "desk", "a@b", "Desk <d@press.example>", "a@b.example\r\nBcc: c@d.example"):
        assert address(wrong) == ""
