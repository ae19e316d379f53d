import base64

from hypothesis import given
from hypothesis import strategies as st

from schemas import dead_letter, encode, version_in
from schemas.dead_letter import KEPT_BYTES, original
from tests.memories import an_article


def test_the_original_bytes_can_be_had_back() -> None:
    letter = dead_letter("decode", "invalid-json", "cut off", b'{"title": "\xff')
    assert base64.b64decode(letter.bytes_base64) == b'{"title": "\xff'
    assert letter.reason == "cut off"


def test_a_huge_record_keeps_its_beginning_and_says_so() -> None:
    content = b"x" * (KEPT_BYTES + 1)
    letter = dead_letter("read", "line-too-long", "too long", content)
    assert len(base64.b64decode(letter.bytes_base64)) == KEPT_BYTES
    assert f"{KEPT_BYTES} of {KEPT_BYTES + 1} bytes" in letter.reason


def test_huge_records_that_begin_alike_are_two_dead_letters() -> None:
    one, two = (dead_letter("read", "c", "r", b"x" * KEPT_BYTES + end) for end in (b"1", b"2"))
    assert one.id != two.id


def test_where_a_record_lay_is_no_part_of_its_name() -> None:
    letter = dead_letter("read", "c", "r", b"x", origin="a.jsonl:7")
    assert letter.id == dead_letter("read", "c", "r", b"x").id


@given(st.lists(st.binary(max_size=9)))
def test_bytes_taken_in_pieces_make_the_letter_of_the_whole(pieces: list[bytes]) -> None:
    whole = b"".join(pieces)
    assert dead_letter("read", "c", "r", original(pieces)) == dead_letter("read", "c", "r", whole)


def test_a_letter_names_the_article_version_whose_record_it_keeps_or_begins_to_keep() -> None:
    for text in ("The ferry sank.", "Water. " * KEPT_BYTES):
        article = an_article("one", text)
        letter = dead_letter("flag-mentions", "failed", "", encode(article))
        assert version_in(letter) == (article.id, article.version)
    for content in (b"", b"{rubbish", b'{"id":"one","version":"two"}'):
        assert version_in(dead_letter("decode", "invalid-record", "", content)) is None


def test_the_id_of_a_dead_letter_stays_what_it_was() -> None:
    assert dead_letter("decode", "empty", "r", b"{}").id == "c360258c78bb918665765382c9ac119f"
