import pytest

from connectors.seeds.kinds import Kind, binary, by_name, settle


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.JSONL", Kind.LINES),
        ("a.b.json.gz", Kind.JSON),
        ("a.warc.gz", Kind.WARC),
        ("feed.xml", Kind.FEED),
        ("a.csv", None),
        ("README", None),
        (".gz", None),
    ],
)
def test_the_name_tells_the_kind(name, kind):
    assert by_name(name) is kind


@pytest.mark.parametrize(
    ("name", "head", "kind"),
    [
        ("page", b"<!DOCTYPE html><html>", Kind.HTML),
        ("page", b"\xef\xbb\xbf\n<!-- saved --><HTML lang=en>", Kind.HTML),
        ("page.txt", b"<!doctype html><p>", Kind.HTML),
        ("feed", b'<?xml version="1.0"?>\n<!-- x -->\n<rss version="2.0">', Kind.FEED),
        ("feed.html", b'<?xml version="1.0"?><atom:feed xmlns:atom="x">', Kind.FEED),
        ("feed.xml", b'<?xml version="1.0"?><!DOCTYPE rdf [<!ENTITY a "b">]><rdf:RDF ', Kind.FEED),
        ("error.json", b"<html><body>404", Kind.HTML),
        ("records", b' {"title": "a"}', Kind.JSON),
        ("lines.jsonl", b'{"title": "a"}', Kind.LINES),
        ("note.txt", b"[Updated] Something happened", Kind.TEXT),
        ("crawl.dat", b"WARC/1.0\r\n", Kind.WARC),
        ("wide.xml", '<?xml version="1.0"?><rss version="2.0">'.encode("utf-16"), Kind.FEED),
        ("odd.xml", b"<opml><head>", Kind.FEED),
        ("table.csv", b"a,b,c", None),
    ],
)
def test_content_that_is_plain_to_see_goes_before_the_name(name, head, kind):
    assert settle(name, head) is kind


@pytest.mark.parametrize(
    "head", [b"\x89PNG\r\n\x1a\n", b"%PDF-1.7", b"PK\x03\x04", bytes(range(32)) * 9]
)
def test_what_is_no_text_is_named(head):
    assert binary(head)


@pytest.mark.parametrize(
    "head",
    [
        b"",
        "Нигер".encode("utf-16"),
        "Niger".encode("utf-16-le"),
        "Бойцы ушли из Мали.".encode("utf-16-le"),
        "Бойцы ушли из Мали.".encode("utf-16-be"),
        b"a\0b" + b"c" * 30,
        "نيجر".encode(),
    ],
)
def test_text_of_any_encoding_may_be_text(head):
    assert not binary(head)
