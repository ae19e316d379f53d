import gzip
import time

import pytest

from connectors.seeds import warc
from connectors.seeds.folder import list_files, read_file
from schemas import DeadLetter, Line, Skipped
from tocsin import articles

TEXT = "The river rose by two metres in one night, and the ferry had to be tied to the trees. " * 4


def page(title: str) -> bytes:
    return f"<html><head><title>{title}</title></head><body><p>{TEXT}</p></body></html>".encode()


def record(
    body: bytes, *, kind="response", url="https://river.example/a", http=b"HTTP/1.1 200 OK\r\n"
):
    block = http + b"Content-Type: text/html; charset=utf-8\r\n\r\n" + body
    head = (
        f"WARC/1.0\r\nWARC-Type: {kind}\r\nWARC-Target-URI: {url}\r\nWARC-Date: 2024-06-05T09:00:00Z\r\n"
        f"Content-Type: application/http; msgtype=response\r\nContent-Length: {len(block)}\r\n\r\n"
    )
    return head.encode() + block + b"\r\n\r\n"


def read(tmp_path, content: bytes) -> list:
    (tmp_path / "a.warc").write_bytes(content)
    return [each for file in list_files([tmp_path]).files for each in read_file(file)]


def test_a_page_is_first_seen_when_it_was_archived(tmp_path):
    (line,) = read(tmp_path, record(page("High water")))
    article = articles.read(line.content)
    assert (article.title, article.url, article.via) == (
        "High water",
        "https://river.example/a",
        "warc",
    )
    assert article.first_seen.isoformat() == "2024-06-05T09:00:00+00:00"


def test_an_archive_may_be_packed_record_by_record(tmp_path):
    packed = b"".join(
        gzip.compress(record(page(f"Day {n}"), url=f"https://river.example/{n}")) for n in range(3)
    )
    titles = [articles.read(each.content).title for each in read(tmp_path, packed)]
    assert titles == ["Day 0", "Day 1", "Day 2"]


def test_the_body_may_be_chunked_and_packed(tmp_path):
    body = gzip.compress(page("High water"))
    chunked = b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
    http = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Encoding: gzip\r\n"
    (line,) = read(tmp_path, record(chunked, http=http))
    assert articles.read(line.content).title == "High water"


def test_what_is_no_page_is_counted(tmp_path):
    others = record(b"x", kind="request") + record(page("Gone"), http=b"HTTP/1.1 404 Not Found\r\n")
    line, skipped = read(tmp_path, others + record(page("High water")))
    assert isinstance(line, Line)
    assert isinstance(skipped, Skipped)
    assert skipped.reason == "2 of 3 records in it are no pages"


@pytest.mark.parametrize("damage", [b"lost bytes\r\n", b"WARC/1.0\r\nWARC-Type: response\r\n\r\n"])
def test_after_damage_the_next_record_is_read(tmp_path, damage):
    found = read(tmp_path, damage + record(page("High water")))
    assert [each.code for each in found if isinstance(each, DeadLetter)] == ["damaged-warc"]
    assert sum(isinstance(each, Line) for each in found) == 1


def test_an_archive_that_is_cut_short_says_so_and_keeps_the_rest(tmp_path):
    found = read(tmp_path, record(page("High water")) + record(page("Low water"))[:-200])
    assert sum(isinstance(each, Line) for each in found) >= 1
    assert any(isinstance(each, DeadLetter) and "cut short" in each.reason for each in found)


def test_a_record_that_claims_to_be_endless_is_not_held(tmp_path):
    endless = (
        b"WARC/1.0\r\nWARC-Type: response\r\nContent-Length: 999999999999\r\n\r\n" + b"x" * 1000
    )
    assert all(isinstance(each, DeadLetter | Skipped) for each in read(tmp_path, endless))


@pytest.mark.parametrize("nothing", [b"\n", b"\r\n\0", b"x\n"])
def test_an_archive_of_nothing_but_line_ends_is_given_up_in_little_time(tmp_path, nothing):
    began = time.process_time()
    (dead, _) = read(tmp_path, gzip.compress(nothing * 5_000_000, 1))
    assert time.process_time() - began < 4
    assert (dead.code, "given up" in dead.reason) == ("damaged-warc", True)


def test_an_archive_is_given_up_where_a_record_would_be_endless(tmp_path, monkeypatch):
    monkeypatch.setattr(warc, "RECORD_LIMIT", 1 << 20)
    for endless in (bytes(3 << 20), record(bytes(3 << 20))):
        found = read(tmp_path, record(page("High water")) + endless + record(page("Low water")))
        assert [type(each) for each in found[:2]] == [Line, DeadLetter]
        assert "given up" in found[1].reason
        assert not any(isinstance(each, Line) for each in found[2:])
