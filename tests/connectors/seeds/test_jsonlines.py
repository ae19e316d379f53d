import io

import pytest

from connectors.seeds import jsonlines
from connectors.seeds.jsonlines import read_json, read_lines
from schemas import DeadLetter, Line, Skipped, dead_letter


def lines(content: bytes) -> list:
    return list(read_lines(io.BytesIO(content), "a.jsonl"))


def records(content: bytes) -> list:
    return list(read_json(io.BytesIO(content), "a.json"))


def test_lines_are_passed_on_as_they_stand_with_their_numbers():
    found = lines(b'{"title":"a"}\n\n not json \r\n{"title":"b"}')
    assert [(each.content, each.origin) for each in found] == [
        (b'{"title":"a"}', "a.jsonl:1"),
        (b"not json", "a.jsonl:3"),
        (b'{"title":"b"}', "a.jsonl:4"),
    ]


def test_a_byte_order_mark_is_no_part_of_the_first_line():
    assert lines(b'\xef\xbb\xbf{"title":"a"}\n')[0].content == b'{"title":"a"}'


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32"])
def test_wide_encodings_are_recoded(encoding):
    text = '{"title":"Нигер"}\n{"title":"尼日尔"}\n'
    assert [each.content.decode() for each in lines(text.encode(encoding))] == text.split()


def test_an_overlong_line_is_a_dead_letter_and_the_next_line_is_read(monkeypatch):
    monkeypatch.setattr(jsonlines, "LINE_LIMIT", 1000)
    long = b"x" * 500_000 + b"\n"
    dead, line = lines(long + b'{"title":"after"}\n')
    assert isinstance(dead, DeadLetter)
    assert dead.code == "line-too-long"
    assert "500001 bytes" in dead.reason
    assert line.content == b'{"title":"after"}'


def test_the_dead_letter_of_an_overlong_line_is_named_by_all_of_its_bytes(monkeypatch):
    monkeypatch.setattr(jsonlines, "LINE_LIMIT", 1000)
    content = b"x" * 300_000
    named = dead_letter("read", "line-too-long", "", content)
    assert lines(content)[0].id == named.id
    assert lines(content[:-1] + b"y")[0].id != named.id


def test_a_line_of_exactly_the_limit_is_read(monkeypatch):
    monkeypatch.setattr(jsonlines, "LINE_LIMIT", 10)
    assert isinstance(lines(b"123456789\n")[0], Line)
    assert isinstance(lines(b"12345678901\n")[0], DeadLetter)


def test_a_line_without_end_gives_its_file_up(monkeypatch):
    monkeypatch.setattr(jsonlines, "LINE_LIMIT", 1000)
    monkeypatch.setattr(jsonlines, "OVERLONG_LIMIT", 1 << 20)
    found = lines(b"x" * (4 << 20) + b'\n{"title":"a"}')
    assert [each.code for each in found] == ["line-too-long"]
    assert "given up" in found[0].reason


def test_nothing_but_empty_lines_is_given_up(monkeypatch):
    monkeypatch.setattr(jsonlines, "BLANK_LIMIT", 100)
    assert [each.code for each in lines(b"\n" * 1000)] == ["blank-lines"]


def test_a_file_without_records_says_so():
    assert isinstance(lines(b"\n \n")[0], Skipped)
    assert isinstance(records(b"[]")[0], Skipped)
    assert isinstance(records(b" \n")[0], Skipped)


def test_a_json_file_may_be_one_record_over_many_lines():
    (found,) = records(b'{\n  "title": "a"\n}\n')
    assert found.content == b'{\n  "title": "a"\n}'


def test_a_json_file_may_be_an_array_of_records():
    found = records(b'[{"title": "a"}, 7,\n {"title": "b"}]')
    assert [each.content for each in found] == [b'{"title": "a"}', b"7", b'{"title": "b"}']
    assert found[2].origin == "a.json:3"


def test_a_json_file_may_be_lines_under_the_wrong_name():
    found = records(b'{"title":"a"}\n{"title":"b"}\n')
    assert [each.origin for each in found] == ["a.json:1", "a.json:2"]


@pytest.mark.parametrize(
    "bad",
    [b'{"title": "b", "n": NaN}', b'{"title": "b\\ud800"}', b'{"title": "b",}', b'{"title" "b"}'],
)
def test_one_bad_record_of_a_json_file_costs_itself_alone(bad):
    records_of_it = [b'{"title": "a"}', bad, b'{"title": "c"}']
    for order in (records_of_it, [bad, *records_of_it[::2]]):
        array, one_a_line = b"[" + b",\n".join(order) + b"]", b"\n".join(order)
        assert [each.content for each in records(array)] == order
        assert [each.content for each in records(one_a_line)] == order


def test_what_is_left_of_an_array_that_was_cut_short_is_passed_on():
    found = records(b'[{"title": "a"}, {"ti')
    assert [each.content for each in found] == [b'{"title": "a"}', b'{"ti']


def test_an_array_of_nothing_but_commas_says_so():
    assert isinstance(records(b"[,,]")[0], Skipped)


@pytest.mark.parametrize("odd", [b"NaN", b'"\\ud800"', b"1e999", b'"\xe9"'])
def test_a_json_feed_of_doubtful_json_is_a_feed(odd):
    feed = b'{"version": "https://jsonfeed.org/version/1.1", "title": "T", "items": [{"id": 1, "title": "a", "x": '
    (found,) = records(feed + odd + b"}]}")
    assert b'"title":"a"' in found.content


@pytest.mark.parametrize(
    "broken", [b'{"title": "a"', b'[{"title":', b"[" * 100_000, b"\xff\xfe\xfd", b"nonsense"]
)
def test_what_is_no_json_is_passed_on_whole_for_the_decoder_to_refuse(broken):
    (found,) = records(broken)
    assert isinstance(found, Line)


def test_a_large_file_of_lines_under_the_wrong_name_streams(monkeypatch):
    monkeypatch.setattr(jsonlines, "JSON_LIMIT", 1000)
    found = records(b'{"title":"a"}\n' * 500)
    assert len(found) == 500
    assert found[-1].origin == "a.json:500"


def test_a_large_file_that_is_one_value_is_a_dead_letter(monkeypatch):
    monkeypatch.setattr(jsonlines, "JSON_LIMIT", 1000)
    assert [each.code for each in records(b'{"title":\n"' + b"a" * 5000 + b'"}')] == ["too-large"]


def test_a_large_array_streams(monkeypatch):
    monkeypatch.setattr(jsonlines, "JSON_LIMIT", 1000)
    found = records(b"[" + b", ".join(b'{"title":"%d"}' % n for n in range(500)) + b"]")
    assert [each.content for each in found] == [b'{"title":"%d"}' % n for n in range(500)]


def test_an_item_of_a_large_array_that_is_too_large_is_a_dead_letter(monkeypatch):
    monkeypatch.setattr(jsonlines, "JSON_LIMIT", 1000)
    monkeypatch.setattr(jsonlines, "LINE_LIMIT", 1000)
    first, dead = records(b'[{"title":"a"}, "' + b"x" * 900_000 + b'"]')
    assert first.content == b'{"title":"a"}'
    assert (dead.code, "given up" in dead.reason) == ("too-large", True)


@pytest.mark.parametrize("start", [b'{"title":\n"', b'["'])
def test_large_values_that_begin_alike_are_two_dead_letters(monkeypatch, start):
    monkeypatch.setattr(jsonlines, "JSON_LIMIT", 1000)
    monkeypatch.setattr(jsonlines, "LINE_LIMIT", 1000)
    (one,), (other,) = (records(start + b"x" * 900_000 + end) for end in (b"1", b"2"))
    assert one.id != other.id
