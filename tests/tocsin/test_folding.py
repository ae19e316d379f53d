"""Folding: what is told apart, what is not, and the way back."""

import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.confusables import may_mix, unmix
from tocsin.folding import SHORT
from tocsin.text import fold

TRICKY = st.text(
    alphabet=st.one_of(
        st.characters(exclude_categories=["Cs"]),
        st.sampled_from("e\u0301\u00ad\u200bßĳﬁ  \n\nи\u0306й\u0640ﻻ㎏ｶﾞク\u3099ᄀ\u1161\u11a8аa"),
    ),
    max_size=60,
)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("CÉDÉAO", "cedeao"),
        ("Ce\u0301de\u0301ao", "cedeao"),
        ("Wag\u00adner", "wagner"),
        ("W\u200ba\u2060g\ufe0fn\u034fer", "wagner"),
        ("Ｗａｇｎｅｒ", "wagner"),
        ("𝐖𝐚𝐠𝐧𝐞𝐫", "wagner"),
        ("Łódź", "lodz"),
        ("İstanbul ısı", "istanbul isi"),
        ("Rußland", "russland"),
        ("Вагнёр", "вагнер"),
        ("Ρωσία", "ρωσια"),
        ("إيكواس", "ايكواس"),
        ("روســيا", "روسيا"),
        ("رُوسِيَا", "روسيا"),
        ("روسیه", "روسيه"),
        ("ﻓﺎﻏﻨﺮ", "فاغنر"),
        ("ﾜｸﾞﾈﾙ", "ワグネル"),
        ("ク\u3099", "グ"),
        ("\u1105\u1165", "러"),
        ("“Wagner”—l’armée", '"wagner"-l\'armee'),
        ("a\u00a0 \u2003b", "a b"),
        ("Wagner\nGroup", "wagner group"),
    ],
)
def test_forms_that_name_the_same_fold_alike(one: str, other: str) -> None:
    assert fold(one).text == fold(other).text == other


@pytest.mark.parametrize(
    ("one", "other"), [("мій", "міи"), ("їх", "іх"), ("ガ", "カ"), ("รัก", "รก"), ("रूस", "रस")]
)
def test_marks_that_make_other_letters_are_kept(one: str, other: str) -> None:
    assert fold(one).text != fold(other).text


def test_a_decomposed_short_i_is_the_composed_one() -> None:
    assert fold("россии\u0306скии\u0306").text == "российский"


def test_half_a_surrogate_pair_becomes_the_replacement_character() -> None:
    folded = fold("a\ud800 Wagner")
    assert folded.text == "a\ufffd wagner"
    assert folded.original_span(3, 9) == (3, 9)


def test_an_empty_line_is_never_bridged() -> None:
    assert fold("Wagner\n\nGroup").text == "wagner\n\ngroup"


def test_a_trade_mark_sign_adds_no_letters_to_the_name_before_it() -> None:
    assert not fold("Wagner™").text.startswith("wagnertm")


@pytest.mark.parametrize("token", ["Wаgnеr", "Wαgner", "ЕCOWAS"])
def test_a_token_of_mixed_scripts_becomes_what_it_imitates_and_is_marked(token: str) -> None:
    folded = fold(f"the {token} said")
    assert folded.text in ("the wagner said", "the ecowas said")
    assert folded.is_mixed(4, 10)
    assert not folded.is_mixed(0, 3)


@pytest.mark.parametrize("text", ["САР", "Вагнер", "Wagner и Вагнер", "Wagnerовцы"])
def test_whole_words_of_one_script_and_true_mixtures_stay(text: str) -> None:
    assert fold(text).text == text.casefold()
    assert fold(text).mixed == ()


@given(TRICKY)
def test_every_folded_character_maps_back_into_the_original_in_order(text: str) -> None:
    folded = fold(text)
    last = 0
    for at in range(len(folded.text)):
        start, end = folded.original_span(at, at + 1)
        assert 0 <= start < end <= len(text)
        assert start >= last or folded.original_span(at - 1, at)[0] == start
        last = start


@given(TRICKY, TRICKY)
def test_a_name_is_given_back_as_it_was_written(before: str, after: str) -> None:
    written = "Wa\u00adgne\u0301r"
    text = f"{before} . {written} . {after}"
    folded = fold(text)
    at = folded.text.find("wagner", len(fold(before).text))
    start, end = folded.original_span(at, at + 6)
    assert text[start:end] == written


@given(TRICKY)
def test_offsets_there_and_back_agree(text: str) -> None:
    folded = fold(text)
    for at in range(len(folded.text)):
        start, _ = folded.original_span(at, at + 1)
        assert folded.folded_offset(start) <= at


@given(st.text(alphabet="AbÉéñÖßЯйёΣρ ", max_size=40))
def test_folding_is_blind_to_case_and_composition(text: str) -> None:
    folded = fold(text).text
    assert fold(text.upper()).text == folded
    assert fold(unicodedata.normalize("NFD", text)).text == folded
    assert fold(folded).text == folded


def test_hostile_texts_take_linear_time() -> None:
    for hostile in ("a" + "\u0301" * 100_000, " " * 1_000_000, "ﷺ" * 50_000, "aа" * 200_000):
        begun = time.process_time()
        fold(hostile)
        assert time.process_time() - begun < 2.0


@given(st.text("abёcвгαβγ .,é尼1"))
def test_a_text_in_one_script_has_nothing_to_unmix(text: str) -> None:
    if not may_mix(text):
        assert unmix(text) == (text, ())


def test_a_long_text_is_folded_like_a_short_one() -> None:
    part = "Le Вagner d’hier,\nà Niamey.  Été.\n\n"
    long = part * (2 * SHORT // len(part))
    assert fold(long).text.startswith(fold(part * 2).text)
    assert fold(long) is fold(long)
