import string

from hypothesis import given
from hypothesis import strategies as st

from schemas.ids import (
    LENGTH,
    alert_id,
    article_id,
    collapse,
    dead_letter_id,
    digest,
    mention_id,
    version_id,
)

words = st.text(max_size=30)


def named(**changes: str) -> str:
    given = {"canonical_url": "", "publisher": "p", "guid": "", "title": "t", "text": "x"}
    return article_id(**(given | changes))


def test_ids_are_the_same_on_every_machine_for_ever() -> None:
    assert named(canonical_url="https://press.example/1") == "e56cc7a55f53b8083c96bf2c9a5f756c"
    assert alert_id("russia", "s") == "1ec81ee74d3fc0c51c24f15bb7d58870"


@given(st.lists(words, max_size=4))
def test_an_id_is_lower_case_hex_of_one_length(parts: list[str]) -> None:
    found = digest("test.1", *parts)
    assert len(found) == LENGTH
    assert set(found) <= set(string.hexdigits.lower())


@given(words, words, words, words)
def test_parts_do_not_run_into_each_other(a: str, b: str, c: str, d: str) -> None:
    assert (digest("test.1", a, b) == digest("test.1", c, d)) == ((a, b) == (c, d))


def test_a_domain_keeps_equal_parts_apart() -> None:
    assert digest("article.url.1", "x") != digest("article.guid.1", "x")


def test_an_article_is_named_by_its_address_whatever_its_text() -> None:
    assert named(canonical_url="u", text="one") == named(canonical_url="u", text="two", guid="g")


def test_without_an_address_the_guid_names_it_within_its_publisher() -> None:
    assert named(guid="7", text="one") == named(guid="7", text="two")
    assert named(guid="7") != named(guid="7", publisher="another")


def test_without_address_and_guid_the_text_names_it() -> None:
    assert named(text="a  b\n") == named(text="a b", publisher="another")
    assert named(text="a b") != named(text="a c")


@given(words)
def test_changed_white_space_is_not_an_edit(text: str) -> None:
    spaced = "  " + text.replace(" ", " \n\t ") + "\n"
    assert version_id("a", "t", spaced) == version_id("a", "t", text)


def test_an_edited_title_is_a_new_version() -> None:
    assert version_id("a", "one", "x") != version_id("a", "two", "x")


@given(words)
def test_collapsing_twice_changes_nothing(text: str) -> None:
    assert collapse(collapse(text)) == collapse(text)


def test_the_place_of_a_mention_is_part_of_its_name() -> None:
    assert mention_id("a", "v", "russia", "text", 1, 7) != mention_id(
        "a", "v", "russia", "text", 17, 7
    )
    assert mention_id("a", "v", "russia", "text", 0, 6) != mention_id(
        "a", "v", "russia", "title", 0, 6
    )


def test_equal_bytes_that_fail_equally_are_one_dead_letter() -> None:
    assert dead_letter_id("decode", "empty", "ab") == dead_letter_id("decode", "empty", "ab")
    assert dead_letter_id("decode", "empty", "ab") != dead_letter_id("decode", "empty", "cd")
