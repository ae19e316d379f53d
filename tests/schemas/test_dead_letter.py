import base64

from schemas import dead_letter
from schemas.dead_letter import KEPT_BYTES
from schemas.ids import dead_letter_id


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
    assert letter.id == dead_letter_id("read", "c", b"x")
