import gzip
import json
import os
import pickle
from pathlib import Path

import pytest

from connectors.sandbox import Sandbox
from connectors.seeds import pages
from connectors.seeds.folder import list_files, read_file
from schemas import Article, DeadLetter, InvalidSetting, Line, Skipped, decode
from tocsin import articles

PAGE = """<!doctype html><html lang="en"><head><title>Bridge opens</title>
<meta property="article:published_time" content="2024-05-01T10:00:00Z"></head><body><article>
<h1>Bridge opens</h1><p>The bridge across the river was opened on Wednesday by the two ministers of
transport, after eleven years of work and many quarrels over who should pay for it.</p>
<p>Lorries had queued since the early morning, and the first to cross carried onions to the coast.</p>
</article></body></html>"""
FEED = """<rss version="2.0"><channel><title>River news</title><link>https://river.example/</link>
<item><title>Ferry stops</title><link>https://river.example/ferry</link>
<pubDate>Wed, 01 May 2024 08:00:00 GMT</pubDate><description>&lt;p&gt;No more &lt;b&gt;ferries&lt;/b&gt;.
&lt;/p&gt;</description></item><item><guid>only-a-guid</guid></item></channel></rss>"""


def folder_of(tmp_path: Path, **files: bytes | str) -> Path:
    for name, content in files.items():
        path = tmp_path / name.replace("__", "/").replace("_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return tmp_path


def found_in(folder: Path) -> list:
    listing = list_files([folder])
    return [*listing.skipped, *(each for file in listing.files for each in read_file(file))]


def articles_in(folder: Path) -> list[Article]:
    return [articles.read(each.content) for each in found_in(folder) if isinstance(each, Line)]


def test_files_are_listed_by_name_whatever_the_order_on_disk(tmp_path):
    folder = folder_of(tmp_path, b__a_txt="B\n\nb", a_txt="A\n\na", a__z_txt="Z\n\nz", c_jsonl="{}")
    assert [each.name for each in list_files([folder]).files] == [
        "a.txt",
        "a/z.txt",
        "b/a.txt",
        "c.jsonl",
    ]


def test_a_listed_file_can_be_sent_to_another_process(tmp_path):
    (file,) = list_files([folder_of(tmp_path, a_jsonl='{"title":"a"}')]).files
    assert pickle.loads(pickle.dumps(file)) == file
    assert pickle.loads(pickle.dumps(read_file)) is read_file


def test_entries_of_a_feed_that_cannot_be_cut_are_not_lost_in_silence(tmp_path):
    items = "".join(f"<item><title>t{n}</title></item>" for n in range(1005))
    feed = f'<?xml version="1.0" encoding="utf-16"?><rss version="2.0"><channel>{items}</channel></rss>'
    found = found_in(folder_of(tmp_path, a_xml=feed.encode("utf-16")))
    assert sum(isinstance(each, Line) for each in found) == 1000
    (dead,) = [each for each in found if isinstance(each, DeadLetter)]
    assert "1005 entries, only the first 1000 are read" in dead.reason


def test_names_that_are_no_text_are_shown_as_text(tmp_path):
    path = tmp_path / os.fsdecode(b"A\xff.txt")
    path.write_text("A\n\na")
    for given in (path, tmp_path):
        (line,) = [line for each in list_files([given]).files for line in read_file(each)]
        assert line.origin == "A\ufffd.txt"


def test_the_folder_of_results_is_not_read(tmp_path):
    folder = folder_of(tmp_path, a_txt="A\n\na", out__articles_jsonl='{"title":"a"}')
    listing = list_files([folder], results=folder / "out")
    assert [each.name for each in listing.files] == ["a.txt"]
    assert [(each.name, each.reason) for each in listing.skipped] == [
        ("out", "is where the results go")
    ]


def test_one_file_may_be_given_by_itself(tmp_path):
    folder_of(tmp_path, README_md="# Read me\n\ntext")
    (file,) = list_files([tmp_path / "README.md"]).files
    assert file.name == "README.md"


def test_a_path_that_does_not_exist_is_an_error_of_the_user(tmp_path):
    with pytest.raises(InvalidSetting, match="no such file"):
        list_files([tmp_path / "nowhere"])


def test_an_empty_folder_is_empty(tmp_path):
    listing = list_files([tmp_path])
    assert (listing.files, listing.skipped) == ((), ())


def test_what_is_no_input_is_listed_with_its_reason(tmp_path):
    folder = folder_of(
        tmp_path,
        _hidden="x",
        table_csv="a,b",
        README_md="# R\n\nx",
        empty_txt="",
        photo_txt=b"\x89PNG\r\n" + bytes(99),
    )
    os.mkfifo(folder / "pipe.jsonl")
    (folder / "loop").symlink_to(folder)
    (folder / "broken.txt").symlink_to(folder / "nowhere")
    reasons = {each.name: each.reason for each in found_in(folder)}
    assert reasons == {
        ".hidden": "hidden",
        "README.md": "is about the folder",
        "broken.txt": "cannot be read: No such file or directory",
        "empty.txt": "empty",
        "loop": "is a link to a folder, which is not followed",
        "photo.txt": "holds a PNG image",
        "pipe.jsonl": "is a named pipe",
        "table.csv": "neither its name nor its first bytes say what it is",
    }


def test_a_file_that_vanishes_after_the_listing_is_said_to_be_gone(tmp_path):
    (file,) = list_files([folder_of(tmp_path, a_jsonl="{}")]).files
    file.path.unlink()
    (found,) = read_file(file)
    assert isinstance(found, Skipped)


def test_a_file_that_may_not_be_read_is_skipped(tmp_path, monkeypatch):
    monkeypatch.setattr("os.access", lambda path, mode: False)  # root may read everything
    assert "permission" in list_files([folder_of(tmp_path, a_txt="A")]).skipped[0].reason


def test_a_name_that_is_no_unicode_can_be_written_down(tmp_path):
    (tmp_path / os.fsdecode(b"\xff.jsonl")).write_bytes(b'{"title":"a"}')
    (listed,) = list_files([tmp_path]).files
    assert listed.name.encode("utf-8")
    assert isinstance(next(read_file(listed)), Line)


@pytest.mark.parametrize("is_packed", [False, True])
@pytest.mark.parametrize(
    ("name", "content", "title"),
    [
        ("a.txt", "Bridge opens\n\nIt was time.", "Bridge opens"),
        ("a.md", "# Bridge opens\n\nIt *was* time.", "Bridge opens"),
        ("a.html", PAGE, "Bridge opens"),
        ("page", PAGE, "Bridge opens"),
        ("a.xml", FEED, "Ferry stops"),
        ("a.json", json.dumps({"title": "Bridge opens", "text": "It was time."}), "Bridge opens"),
        ("a.jsonl", '{"title": "Bridge opens"}\n', "Bridge opens"),
    ],
)
def test_each_kind_of_file_gives_its_article_packed_or_not(
    tmp_path, name, content, title, is_packed
):
    path = tmp_path / (name + ".gz" * is_packed)
    path.write_bytes(gzip.compress(content.encode()) if is_packed else content.encode())
    (article,) = articles_in(tmp_path)
    assert article.title == title


def test_a_page_keeps_its_date_and_says_its_headline_once(tmp_path):
    (article,) = articles_in(folder_of(tmp_path, a_html=PAGE))
    assert article.first_seen == article.published
    assert article.published.isoformat() == "2024-05-01T10:00:00+00:00"
    assert "Bridge opens" not in article.text
    assert article.text.startswith("The bridge across")
    assert article.language == "en"


def test_an_entry_of_a_feed_is_an_article_and_one_that_says_nothing_is_counted(tmp_path):
    found = found_in(folder_of(tmp_path, a_rss=FEED))
    article = decode(Article, next(each for each in found if isinstance(each, Line)).content)
    assert article.text == "No more ferries."
    assert (article.url, article.via) == ("https://river.example/ferry", "rss")
    (dead,) = (each for each in found if isinstance(each, DeadLetter))
    assert dead.reason.startswith("1 of 2 entries")


def test_entries_without_links_of_different_feeds_are_different_articles(tmp_path):
    feed = "<rss version='2.0'><channel><title>{}</title><item><guid>1</guid><title>{}</title></item></channel></rss>"
    folder = folder_of(tmp_path, a_rss=feed.format("East", "One"), b_rss=feed.format("West", "Two"))
    assert len({each.id for each in articles_in(folder)}) == 2


def test_a_feed_without_entries_and_a_document_that_is_no_feed_are_both_said(tmp_path):
    folder = folder_of(tmp_path, a_rss="<rss version='2.0'><channel/></rss>", b_xml="<opml/>")
    empty, other = found_in(folder)
    assert "without entries" in empty.reason
    assert other.code == "not-a-feed"


def test_a_feed_of_very_many_entries_loses_none(tmp_path):
    items = "".join(f"<item><title>Item {n}</title><guid>g{n}</guid></item>" for n in range(2500))
    found = articles_in(
        folder_of(
            tmp_path, a_rss=f"<rss version='2.0'><channel><title>T</title>{items}</channel></rss>"
        )
    )
    assert [each.title for each in found] == [f"Item {n}" for n in range(2500)]


def test_a_json_feed_is_read_as_a_feed(tmp_path):
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "T",
        "items": [
            {
                "id": 7,
                "url": "https://river.example/a",
                "title": "A",
                "content_text": "1 < 2\nand so on",
            }
        ],
    }
    (article,) = articles_in(folder_of(tmp_path, a_json=json.dumps(feed)))
    assert (article.title, article.text, article.guid) == ("A", "1 < 2\nand so on", "7")


def test_gzip_that_is_cut_short_keeps_its_records_and_leaves_a_dead_letter(tmp_path):
    lines = "".join(f'{{"title":"{n} {os.urandom(9).hex()}"}}\n' for n in range(5000))
    found = found_in(folder_of(tmp_path, a_jsonl_gz=gzip.compress(lines.encode())[:-1000]))
    assert sum(isinstance(each, Line) for each in found) > 1000
    assert [each.code for each in found if isinstance(each, DeadLetter)] == ["damaged-gzip"]


def test_damaged_files_that_begin_alike_are_two_dead_letters_and_copies_are_one(tmp_path):
    packed = gzip.compress(os.urandom(100_000).hex().encode(), 0)
    damaged = {"a_txt_gz": packed[:-9], "b_txt_gz": packed[:-10], "c_txt_gz": packed[:-9]}
    found = found_in(folder_of(tmp_path, **damaged))
    one, other, copy = (each for each in found if isinstance(each, DeadLetter))
    assert one.id == copy.id != other.id
    assert f"of {len(packed) - 9} bytes kept" in one.reason


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_text_in_utf_16_without_a_mark_is_read(tmp_path, encoding):
    text = "Мост открыт\n\nМост через реку открыли в среду два министра после долгих лет работы."
    (article,) = articles_in(folder_of(tmp_path, a_txt=text.encode(encoding)))
    assert article.title == "Мост открыт"


def test_text_in_an_old_encoding_is_read(tmp_path):
    text = "Мост открыт\n\nМост через реку открыли в среду два министра после долгих лет работы."
    (article,) = articles_in(folder_of(tmp_path, a_txt=text.encode("cp1251")))
    assert article.title == "Мост открыт"


def test_reading_twice_gives_the_same_bytes(tmp_path):
    folder = folder_of(tmp_path, a_html=PAGE, b_rss=FEED, c_txt="A\n\nb", d_md="# A\n\nb")
    assert found_in(folder) == found_in(folder)


def test_a_page_that_takes_too_long_is_a_dead_letter_and_the_next_one_is_read(
    tmp_path, monkeypatch
):
    attributes = " ".join(f"a{n}=1" for n in range(60_000))
    folder = folder_of(
        tmp_path, a_html=f"<html><body><p {attributes}>text</p></body></html>", b_html=PAGE
    )
    with Sandbox(cpu_seconds=2) as impatient:
        monkeypatch.setattr(pages, "shared_sandbox", lambda: impatient)
        dead, line = found_in(folder)
    assert dead.code == "timeout"
    assert isinstance(line, Line)
