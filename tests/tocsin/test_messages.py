"""What is sent of an alert: one line of subject, text for a phone, HTML without foreign markup, JSON."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html

from schemas import Alert, Evidence, Message, MessageKind, Subscription, decode
from tests.schemas.records import MORNING, NOON, a_mention, an_alert
from tocsin.messages import (
    Receipt,
    Shown,
    alert_message,
    gathered_message,
    notice_message,
    update_message,
    what_of,
)
from tocsin.wording import clean

RUNG = datetime(2024, 7, 29, 12, 1, tzinfo=UTC)
WAGNER = Subscription(id="wagner-group", query="actor:wagner", name="Wagner watch")
HOSTILE = "</title><script>alert(1)</script>\r\nBcc: all@x.example\u202e <b>&amp;"


def shown(**changes: Any) -> Shown:
    alert = replace(an_alert(), **({"published": MORNING} | changes))
    return Shown(
        alert=alert, rung=RUNG, copies=4, publishers=3, names={"wagner-group": "Wagner Group"}
    )


def without_actors(evidence: Evidence) -> Shown:
    return shown(mentions=(), evidence=(evidence,))


def text_of(message: Message) -> str:
    return clean(" ".join(html.fromstring(message.html).itertext()))


def test_the_subject_names_the_actor_and_the_article() -> None:
    assert alert_message(shown(), WAGNER).subject == "Wagner Group: Losses"


def test_the_subject_of_a_query_without_actors_names_the_subscription() -> None:
    evidence = Evidence(leaf="publisher:press.example", text="press.example")
    message = alert_message(without_actors(evidence), WAGNER)
    assert message.subject == "Wagner watch: Losses"
    assert "It matched publisher:press.example." in message.text


def test_the_text_shows_all_that_one_must_know() -> None:
    assert alert_message(shown(), WAGNER).text.splitlines() == [
        "Wagner Group",
        "Losses",
        "“[瓦格纳] lost men.”",
        "press.example",
        "https://press.example/mali",
        "",
        "Published: 2024-07-29 06:30 UTC, as press.example says",
        "First seen: 2024-07-29 12:00 UTC",
        "Rung: 2024-07-29 12:01 UTC",
        "4 copies, 3 publishers",
        "Subscription: Wagner watch",
        f"Why: tocsin explain {'f' * 32}",
    ]


def test_a_query_without_actors_shows_its_evidence() -> None:
    evidence = Evidence(leaf="gold", text="gold", sentence="They found gold there.")
    assert "“They found [gold] there.”" in alert_message(without_actors(evidence), WAGNER).text


def test_a_link_takes_the_place_of_the_command() -> None:
    message = alert_message(replace(shown(), link="https://t.example/alerts/f"), WAGNER)
    assert "Why: https://t.example/alerts/f" in message.text
    assert 'href="https://t.example/alerts/f"' in message.html


def test_of_many_sentences_three_are_shown_and_the_others_counted() -> None:
    mentions = tuple(a_mention(sentence=f"瓦格纳 lost {n} men.") for n in range(5))
    text = alert_message(shown(mentions=mentions, evidence=()), WAGNER).text
    assert text.count("“") == 3
    assert "2 more sentences rang it." in text


def test_the_html_highlights_the_name_and_says_the_same_as_the_text() -> None:
    message = alert_message(shown(), WAGNER)
    assert "<mark>瓦格纳</mark> lost men." not in message.html  # it is strong as well
    assert "<strong><mark>瓦格纳</mark></strong> lost men." in message.html
    for said in message.text.replace("[", "").replace("]", "").splitlines():
        assert said.strip("“”") in text_of(message)


def test_markup_of_strangers_is_text() -> None:
    message = alert_message(shown(title=HOSTILE, publisher=HOSTILE, url="javascript:x"), WAGNER)
    tree = html.fromstring(message.html)
    assert not tree.xpath("//script | //b | //a")
    assert clean(HOSTILE) in text_of(message)
    assert "\u202e" not in message.html + message.text + message.subject


def test_every_line_of_the_html_finds_its_direction() -> None:
    message = alert_message(shown(title="قوات فاغنر تنسحب"), WAGNER)
    assert all(each.get("dir") == "auto" for each in html.fromstring(message.html).iter("div"))


def test_a_long_title_is_cut_at_a_word_in_the_subject() -> None:
    subject = alert_message(shown(title="word " * 4000), WAGNER).subject
    assert len(subject) <= 150
    assert subject.endswith("word…")


def test_the_json_is_a_payload_of_standard_webhooks() -> None:
    payload = json.loads(alert_message(shown(), WAGNER).json)
    assert list(payload) == ["type", "timestamp", "data"]
    assert payload["type"] == "alert.rung"
    assert payload["timestamp"] == "2024-07-29T12:01:00Z"
    assert (payload["data"]["copies"], payload["data"]["publishers"]) == (4, 3)
    assert decode(Alert, json.dumps(payload["data"]).encode()) == shown().alert


def test_the_json_of_an_alert_with_very_many_mentions_stays_small() -> None:
    message = alert_message(shown(mentions=(a_mention(),) * 500), WAGNER)
    assert len(message.json) < 20_000
    assert json.loads(message.json)["data"]["all_mentions"] == 500


def test_a_title_without_end_makes_no_message_that_receivers_refuse() -> None:
    message = alert_message(shown(title="Losses " * 200_000), WAGNER)
    assert len(message.json) < 20_000
    assert json.loads(message.json)["data"]["title"].startswith("Losses Losses")


def test_an_update_says_what_happened_and_stays_in_its_story() -> None:
    message = update_message("u" * 32, shown(), WAGNER, "now at 12 publishers")
    assert message.subject == "Update: now at 12 publishers: Losses"
    assert message.text.startswith("Update: now at 12 publishers\n")
    assert (message.id, message.story) == ("u" * 32, "a" * 32)
    assert json.loads(message.json)["type"] == "alert.updated"
    assert what_of(message) == "now at 12 publishers"


def digest(*those: Shown, receipt: Receipt | None = None) -> Message:
    kind = MessageKind.DIGEST
    return gathered_message("d" * 32, kind, WAGNER, those, receipt, RUNG, "gathered by day")


def test_a_digest_tells_its_stories_by_the_day_they_were_first_seen() -> None:
    later = shown(title="Later", id="e" * 32, first_seen=NOON.replace(day=30))
    text = digest(later, shown()).text
    days = [text.index(it) for it in ("Monday, 2024-07-29", "Losses", "Tuesday, 2024-07", "Later")]
    assert days == sorted(days)
    assert text.startswith(
        "2 stories for Wagner watch until 2024-07-29 12:01 UTC (gathered by day)."
    )


GROWN = ("now at 6 publishers", "press.example names <Sons & Co> no more")


def test_a_digest_says_what_happened_to_a_story_that_rang() -> None:
    assert digest(replace(shown(), updates=GROWN)).text.splitlines() == [
        "1 story, 2 updates for Wagner watch until 2024-07-29 12:01 UTC (gathered by day).",
        "",
        "Monday, 2024-07-29",
        "Update: now at 6 publishers",
        "Update: press.example names <Sons & Co> no more",
        "Losses",
        "“[瓦格纳] lost men.”",
        "press.example",
        "https://press.example/mali",
        "Wagner Group · first seen 2024-07-29 12:00 UTC · 4 copies, 3 publishers",
        f"Why: tocsin explain {'f' * 32}",
    ]


def test_the_html_of_a_digest_has_the_updates_above_their_story() -> None:
    message = digest(replace(shown(), updates=GROWN))
    heading = (
        '<div dir="auto" style="font-size:13px;font-weight:bold;color:#a40000;margin:16px 0 4px">'
    )
    lines = message.html.splitlines()
    at = lines.index(f"{heading}Monday, 2024-07-29</div>")
    assert lines[at + 1 : at + 4] == [
        f"{heading}Update: now at 6 publishers</div>",
        f"{heading}Update: press.example names &lt;Sons &amp; Co&gt; no more</div>",
        '<div dir="auto" style="font-size:18px;font-weight:bold;margin:0 0 8px">'
        '<a href="https://press.example/mali" rel="noopener noreferrer nofollow">Losses</a></div>',
    ]


def test_the_json_of_a_digest_has_the_updates_with_their_alert() -> None:
    message = digest(replace(shown(), updates=GROWN), shown(id="e" * 32))
    alerts = json.loads(message.json)["data"]["alerts"]
    assert [each["updates"] for each in alerts] == [list(GROWN), []]
    assert message.subject == (
        "Wagner watch: digest until 2024-07-29 12:01 UTC: 2 stories, 2 updates"
    )


def test_of_many_updates_of_a_story_the_last_are_shown_and_the_others_counted() -> None:
    many = tuple(f"now at {number} publishers" for number in range(2, 9))
    message = digest(replace(shown(), updates=many))
    said = [each for each in message.text.splitlines() if "update" in each.lower()]
    assert said[0].startswith("1 story, 7 updates for")
    assert said[1:] == ["2 earlier updates", *(f"Update: {each}" for each in many[-5:])]
    assert json.loads(message.json)["data"]["alerts"][0]["updates"] == list(many[-5:])


def test_an_empty_digest_is_one_sentence_and_its_receipt() -> None:
    message = digest(receipt=Receipt(feeds=12))
    assert message.text.splitlines() == [
        "Nothing rang for Wagner watch until 2024-07-29 12:01 UTC.",
        "",
        "What was read",
        "All 12 feeds answered.",
    ]


def test_a_receipt_names_the_feeds_that_did_not_answer() -> None:
    receipt = Receipt(
        feeds=5, silent=("https://a.example/",), failed=("https://b.example/: 500", "c")
    )
    text = digest(shown(), receipt=receipt).text
    assert "Of 5 feeds: 1 silent, 2 failed." in text
    assert "failed: https://b.example/: 500" in text


def test_a_large_digest_names_in_json_what_it_does_not_hold() -> None:
    many = [shown(id=f"{n:032x}") for n in range(60)]
    message = digest(*many)
    content = json.loads(message.json)["data"]
    assert len(message.json) < 20_000
    assert [*(each["id"] for each in content["alerts"]), *content["further"]] == [
        each.alert.id for each in many
    ]


def test_a_notice_is_about_us() -> None:
    message = notice_message("n" * 32, WAGNER, "Channel desk is gone: 410", RUNG)
    assert message.subject == "Tocsin: Wagner watch: Channel desk is gone: 410"
    assert json.loads(message.json)["type"] == "notice"


@given(st.text(), st.text(), st.text(max_size=8), st.text())
def test_whatever_is_told_the_bytes_are_equal_and_no_markup_gets_through(
    title: str, sentence: str, surface: str, publisher: str
) -> None:
    mention = a_mention(sentence=sentence + surface, surface=surface)
    told = shown(title=title, publisher=publisher, mentions=(mention,), evidence=())
    message = alert_message(told, WAGNER)
    assert message == alert_message(told, WAGNER)
    assert message.subject == clean(message.subject)
    assert len(message.subject) <= 150
    tree = html.fromstring(message.html)
    names = {str(each.tag) for each in tree.iter()}
    assert names <= {"html", "head", "meta", "title", "body", "div", "a", "strong", "mark"}
    quote = tree.xpath("//div[contains(@style, 'border-left')]")[0]
    assert quote.text_content() == clean(sentence + surface)


@pytest.mark.parametrize("missing", [{"title": ""}, {"url": ""}, {"publisher": ""}])
def test_what_is_not_known_leaves_no_empty_line(missing: dict[str, str]) -> None:
    text = alert_message(shown(**missing), WAGNER).text
    assert [bool(each) for each in text.splitlines()].count(False) == 1
