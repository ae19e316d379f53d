"""Text of strangers is put into one line, cut and marked; what turns it round is taken out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.wording import clean, cut, marked, web_link


def shown(sentence: str, *surfaces: str) -> str:
    spans = marked(sentence, surfaces)
    return "".join(f"[{each.text}]" if each.marked else each.text for each in spans)


def test_line_breaks_and_controls_become_spaces_or_nothing() -> None:
    assert clean("a\r\nBcc: b\x00\u2028c\x1b[31m\u202eevil") == "a Bcc: b c[31mevil"


def test_what_scripts_need_is_kept() -> None:
    assert clean("می\u200cخواهم 瓦格纳 👩\u200d🚀") == "می\u200cخواهم 瓦格纳 👩\u200d🚀"


def test_text_is_cut_at_a_word_and_says_so() -> None:
    assert cut("The column left Bamako at dawn", 20) == "The column left…"


def test_text_without_spaces_is_cut_at_a_character() -> None:
    assert cut("瓦格纳" * 10, 10) == "瓦格纳瓦格纳瓦格纳…"


@given(st.text(), st.integers(2, 40))
def test_what_is_cut_is_never_longer_than_it_may_be(text: str, longest: int) -> None:
    assert len(cut(clean(text), longest)) <= longest


def test_a_name_is_set_off_where_it_is_a_word() -> None:
    assert shown("Malicious fire in Mali, says Mali.", "Mali") == (
        "Malicious fire in [Mali], says [Mali]."
    )


def test_a_name_that_is_no_word_of_its_own_is_set_off_once() -> None:
    assert shown("вагнеровцы и вагнеровцы", "вагнер") == "[вагнер]овцы и вагнеровцы"


def test_the_longer_of_two_names_at_one_place_is_set_off() -> None:
    assert shown("The Wagner Group left.", "Wagner", "Wagner Group") == "The [Wagner Group] left."


@given(st.text(), st.lists(st.text(max_size=3)))
def test_marking_names_loses_no_text(sentence: str, surfaces: list[str]) -> None:
    assert "".join(each.text for each in marked(sentence, surfaces)) == clean(sentence)


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "//evil.example/",
        "https://",
        "http://[",
        "https://a.example/\r\nx",
        "java\tscript:x",
    ],
)
def test_only_addresses_of_the_web_are_followed(url: str) -> None:
    assert web_link(url) == ""
    assert web_link("https://press.example/mali?a=1&b=2") == "https://press.example/mali?a=1&b=2"
