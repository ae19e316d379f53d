"""Sentences in many scripts, and around abbreviations."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.text import WIDEST, sentence_around, sentences


def cut(text: str) -> list[str]:
    return [text[start:end] for start, end in sentences(text)]


@pytest.mark.parametrize(
    "text",
    [
        "Mr. Zaitsev spoke of peace.",
        "The U.S. Secretary of State left.",
        "He came on Aug. 9 with Gen. J. Smith.",
        "It cost 3.5 million.",
        "В 2020 г. Москва заявила о выходе.",
        "Проф. А. С. Иванов молчал.",
        "Der Minister kam am 9. August nach Berlin.",
        "M. Dupont et Mme. Durand sont partis.",
        "Il a crié « Non ! » et il est parti.",
        "Read more at example.org today.",
    ],
)
def test_abbreviations_and_numbers_end_no_sentence(text: str) -> None:
    assert cut(text) == [text]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("He left. She stayed.", ["He left.", "She stayed."]),
        ("He came on Aug. 9. The rest followed.", ["He came on Aug. 9.", "The rest followed."]),
        ("He lives in the U.S. The rest is known.", ["He lives in the U.S.", "The rest is known."]),
        ("«Да!» Он ушёл.", ["«Да!»", "Он ушёл."]),
        ("俄罗斯说。瓦格纳来了！他走了", ["俄罗斯说。", "瓦格纳来了！", "他走了"]),
        ("「行く。」彼は言った。", ["「行く。」", "彼は言った。"]),
        ("ذهب الرئيس؟ نعم.", ["ذهب الرئيس؟", "نعم."]),
        ("वह गया। वह आया।", ["वह गया।", "वह आया।"]),
        ("သူသွားသည်။ သူလာသည်။", ["သူသွားသည်။", "သူလာသည်။"]),
        ("A headline\nThe first line", ["A headline", "The first line"]),
        ("One\r\n\r\n  Two  ", ["One", "Two"]),
        ("", []),
        (" \n ", []),
    ],
)
def test_sentences_end_where_readers_stop(text: str, parts: list[str]) -> None:
    assert cut(text) == parts


@given(st.text(alphabet="aB.! ?\n。«»'9", max_size=80))
def test_sentences_are_in_order_trimmed_and_leave_out_only_white_space(text: str) -> None:
    spans = sentences(text)
    kept = "".join(text[start:end] for start, end in spans)
    assert "".join(kept.split()) == "".join(text.split())
    assert all(text[start:end] == text[start:end].strip() for start, end in spans)
    assert list(spans) == sorted(spans)


def test_the_sentence_around_a_place_is_the_one_that_holds_it() -> None:
    text = "One came. The Wagner Group left. Two stayed."
    start = text.index("Wagner")
    assert text[slice(*sentence_around(text, start, start + 6))] == "The Wagner Group left."


@given(st.integers(0, 3000), st.integers(1, 20))
def test_a_very_long_sentence_is_cut_at_spaces_around_the_place(start: int, length: int) -> None:
    text = "word " * 1000
    first, last = sentence_around(text, start, start + length)
    assert first <= start < start + length <= last
    assert last - first <= WIDEST
    assert first == 0 or first == start or text[first - 1] == " "


def test_a_text_without_spaces_is_cut_all_the_same() -> None:
    text = "ก" * 5000
    first, last = sentence_around(text, 2500, 2510)
    assert first <= 2500 < 2510 <= last <= first + WIDEST


def test_hostile_texts_take_linear_time() -> None:
    for hostile in (
        "." * 1_000_000 + "x",
        "x" * 1_000_000,
        " " * 1_000_000,
        ". " * 300_000,
        "a." * 300_000,
    ):
        begun = time.process_time()
        sentences(hostile)
        sentence_around(hostile, 500_000, 500_003)
        assert time.process_time() - begun < 3.0
