import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.markdown import read_markdown

FRONT = """---
title: "Ferry stops"
date: 2024-05-01T10:00:00Z
author: Awa Sy, Kofi Mensah
link: https://river.example/ferry
lang: en
---
"""


def test_front_matter_says_title_date_authors_and_address():
    plain = read_markdown(FRONT + "\nNo more ferries.\n")
    assert (plain.title, plain.text, plain.authors) == (
        "Ferry stops",
        "No more ferries.",
        ("Awa Sy", "Kofi Mensah"),
    )
    assert plain.published.isoformat() == "2024-05-01T10:00:00+00:00"
    assert (plain.url, plain.language) == ("https://river.example/ferry", "en")


def test_front_matter_may_be_toml_or_list_its_authors():
    assert read_markdown(
        '+++\ntitle = "A"\nauthors = ["Awa Sy", "Kofi Mensah"]\n+++\nb'
    ).authors == ("Awa Sy", "Kofi Mensah")
    assert read_markdown(
        "---\ntitle: A\nauthors:\n  - Awa Sy\n  - Kofi Mensah\n---\nb"
    ).authors == ("Awa Sy", "Kofi Mensah")


@pytest.mark.parametrize(
    "heading", ["# Ferry stops", "Ferry stops\n===========", "# Ferry *stops* ##  "]
)
def test_the_first_heading_is_the_title(heading):
    plain = read_markdown(f"{heading}\n\nNo more ferries.")
    assert (plain.title, plain.text) == ("Ferry stops", "No more ferries.")


def test_a_heading_like_the_title_of_the_front_matter_is_not_said_twice():
    assert read_markdown(FRONT + "# Ferry stops\n\nText.").text == "Text."
    assert read_markdown(FRONT + "# Another\n\nText.").text == "Another\nText."


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("It **was** _time_ and ~~late~~.", "It was time and late."),
        ("See [the page](https://a.example/b \"x\") and ![a bridge](b.png).", "See the page and a bridge."),
        ("a snake_case_name and 2*3*4", "a snake_case_name and 2*3*4"),
        ("> quoted\n> further", "quoted\nfurther"),
        ("- one\n- two\n1. three", "one\ntwo\nthree"),
        ("broken over\ntwo lines", "broken over two lines"),
        ("`code` and \\*stars\\*", "code and *stars*"),
        ("a <b>bold</b> word &amp; more", "a bold word & more"),
        ("| a | b |\n|---|:-:|\n| c | d |", "a b\nc d"),
        ("one\n\n* * *\n\ntwo", "one\ntwo"),
        ("[1]: https://a.example/\ntext", "text"),
    ],
)  # fmt: skip
def test_marks_go_and_words_stay(written, read):
    assert read_markdown(f"# Title\n\n{written}").text == read


@given(st.text(alphabet="ab*_#[]()`-\\<>| \n", max_size=300))
def test_any_text_is_read(text):
    read_markdown(text)


def test_endless_front_matter_costs_little_time():
    began = time.process_time()
    assert read_markdown("---\n" + "a:\n  - x\n" * 50_000 + "\n---\ntitle\n\ntext").text == "text"
    assert time.process_time() - began < 2


def test_marks_that_close_a_heading_stand_apart():
    assert read_markdown("# Ferries in C#\n\nText.").title == "Ferries in C#"


@pytest.mark.parametrize(
    "piece", [" ", "#", "> ", "* ", "![", "[a](", "[a]", "`", "*a ", "_", "~~", "\\", "|", "&#9"]
)
@pytest.mark.parametrize("start", ["# a", "a", "[a](b", "> "])
def test_time_is_linear_in_the_length_of_a_line(start, piece):
    began = time.process_time()
    read_markdown(f"{start}{piece * 30_000}b")
    assert time.process_time() - began < 2
