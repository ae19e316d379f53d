"""The feed of a subscription has what RFC 4287 demands, and readers of feeds understand it."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import feedparser
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from schemas import Subscription
from tests.tocsin.test_messages import RUNG, WAGNER, shown
from tocsin.atom import ATOM, feed
from tocsin.messages import Shown
from tocsin.wording import clean

EMPTY = Subscription(id="quiet", query="gold")


def read(content: bytes) -> Any:
    found = feedparser.parse(content)
    assert not found.bozo
    return found


def elements(content: bytes, path: str) -> list[etree._Element]:
    found = etree.fromstring(content).xpath(path, namespaces={"a": ATOM})
    assert isinstance(found, list)
    return found


def test_a_feed_shows_what_rang_last_first() -> None:
    later = replace(shown(title="Later", id="e" * 32), rung=RUNG + timedelta(hours=1))
    found = read(feed(WAGNER, [shown(), later]))
    assert found.feed.title == "Tocsin: Wagner watch"
    assert found.feed.updated == "2024-07-29T13:01:00Z"
    assert [each.title for each in found.entries] == [
        "Wagner Group: Later",
        "Wagner Group: Losses",
    ]


def test_an_entry_says_what_a_message_says() -> None:
    (entry,) = read(feed(WAGNER, [shown()])).entries
    assert entry.id == f"tag:tocsin.invalid,2024:alert:{'f' * 32}"
    assert entry.link == "https://press.example/mali"
    assert entry.author == "press.example"
    assert entry.updated == "2024-07-29T12:01:00Z"
    assert "<strong>瓦格纳</strong> lost men." in entry.content[0].value


def test_every_feed_has_the_elements_that_the_standard_demands() -> None:
    for alerts in ([], [shown(url="", publisher="", title="")]):
        content = feed(EMPTY, alerts)
        for name in ("id", "title", "updated", "author"):
            assert len(elements(content, f"/a:feed/a:{name}")) == 1
        for name in ("id", "title", "updated", "content"):
            assert len(elements(content, f"/a:feed/a:entry/a:{name}")) == len(alerts)
    assert read(feed(EMPTY, [])).feed.updated == "1970-01-01T00:00:00Z"


def test_a_feed_that_is_served_says_where() -> None:
    content = feed(WAGNER, [], own_url="https://t.example/feeds/wagner-group")
    (link,) = elements(content, "/a:feed/a:link[@rel='self']")
    assert link.get("href") == "https://t.example/feeds/wagner-group"


def test_what_is_no_address_of_the_web_is_no_link() -> None:
    content = feed(WAGNER, [shown(url="javascript:alert(1)")])
    assert not elements(content, "//a:entry/a:link")


@given(st.text(), st.text())
def test_whatever_is_told_the_feed_is_sound_and_the_same_again(title: str, publisher: str) -> None:
    told: list[Shown] = [shown(title=f"{title} x", publisher=publisher)]
    content = feed(WAGNER, told)
    assert content == feed(WAGNER, told)
    (written,) = elements(content, "//a:entry/a:title")
    assert (written.text or "").startswith(f"Wagner Group: {clean(title)}"[:250])
