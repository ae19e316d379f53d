"""What is markup to a chat is text in what we write."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.delivery.dialects import Dialect, fitted, spoken
from schemas import MessageKind, Subscription
from tests.schemas.records import NOON, an_alert
from tocsin.messages import Shown, gathered_message

SEEN = str.maketrans("", "", "\u200b")


@pytest.mark.parametrize("dialect", Dialect)
def test_nobody_is_called(dialect: Dialect) -> None:
    written = spoken("@everyone <!channel> <@U123> <users/all> mail me@x.example", dialect)
    assert not re.search(r"@\w|<[!@u]", written)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("*bold* _it_ ~s~ ||spoiler|| `code`", r"\*bold\* \_it\_ \~s\~ \|\|spoiler\|\| \`code\`"),
        ("[bank](https://evil.example)", r"\[bank\](https://evil.example)"),
        ("# heading", r"\# heading"),
        ("> quote", r"\> quote"),
        ("1. first", r"1\. first"),
        ("- item", r"\- item"),
        ("2024-07-29 is a day", "2024-07-29 is a day"),
        ("\\*", r"\\\*"),
    ],
)
def test_markdown_is_escaped(text: str, written: str) -> None:
    assert spoken(text, Dialect.MARKDOWN) == written


def test_slack_is_told_text_by_its_three_entities() -> None:
    assert spoken("<!here> R&D", Dialect.SLACK) == "&lt;!here&gt; R&amp;D"


def test_what_a_digest_says_of_a_story_is_text_to_every_chat() -> None:
    story = Shown(
        alert=an_alert(),
        rung=NOON,
        updates=("now at 6 publishers", "x.example names *A_B* no more"),
    )
    subscription = Subscription(id="wagner-group", query="actor:wagner")
    text = gathered_message(
        "d" * 32, MessageKind.DIGEST, subscription, [story], None, NOON
    ).text.splitlines()
    written = [spoken("\n".join(text), each).split("\n")[2:6] for each in Dialect]
    assert written == [
        [
            "Monday, 2024-07-29",
            "Update: now at 6 publishers",
            f"Update: x.example names {name} no more",
            "Losses",
        ]
        for name in ("*A_B*", r"\*A\_B\*", "*A_B*")
    ]


def test_links_stay_links() -> None:
    link = "https://press.example/a_b?x=1"
    assert spoken(f"Why: {link}", Dialect.MARKDOWN) == f"Why: {link}"
    assert spoken("https://press.example/@everyone", Dialect.MARKDOWN).endswith("/%40everyone")


@given(st.text())
def test_plain_text_looks_as_it_did(text: str) -> None:
    if "://" not in text:
        assert spoken(text, Dialect.PLAIN).translate(SEEN) == text.translate(SEEN)


def test_what_is_too_long_is_cut_between_lines() -> None:
    text = "\n".join(f"line {n}" for n in range(100))
    short = fitted(text, 100)
    assert len(short) <= 100
    *lines, last = short.split("\n")
    assert lines == text.split("\n")[: len(lines)]
    assert last == "… cut: this chat takes no more"
    assert fitted(text, 0) == text
