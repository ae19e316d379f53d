import contextlib
import json
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas import Entry, Rejected
from tocsin.feeds import entry_text, parse, parts


def rss(items: str, head: str = "<title>River news</title>") -> bytes:
    return (
        f"<?xml version='1.0'?><rss version='2.0'><channel>{head}{items}</channel></rss>".encode()
    )


def only(content: bytes, **keywords: Any) -> Entry:
    (entry,) = parse(content, **keywords).entries
    return entry


RDF = b"""<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
 xmlns:dc="http://purl.org/dc/elements/1.1/"><channel rdf:about="https://river.example/"><title>T</title></channel>
 <item rdf:about="https://river.example/a"><title>A</title><link>https://river.example/a</link>
 <dc:date>2024-05-01T10:00:00Z</dc:date><dc:creator>Awa Sy</dc:creator></item></rdf:RDF>"""
ATOM = b"""<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="fr"><title>T</title>
 <link rel="self" href="https://river.example/feed"/><entry><id>tag:a</id><title type="html">L&amp;#233;t&amp;#233;</title>
 <link href="https://river.example/a"/><published>2024-05-01T10:00:00Z</published>
 <author><name>Awa Sy</name></author><category term="news"/>
 <content type="html">&lt;p>Le &lt;b>fleuve&lt;/b> monte.&lt;/p></content></entry></feed>"""
SITEMAP = b"""<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:news="http://www.google.com/schemas/sitemap-news/0.9">
 <url><loc>https://river.example/a</loc><news:news><news:publication><news:name>River</news:name>
 <news:language>en</news:language></news:publication><news:publication_date>2024-05-01T10:00:00Z</news:publication_date>
 <news:title>A</news:title><news:keywords>ferry, onions</news:keywords></news:news></url></urlset>"""
JSON = json.dumps(
    {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "T",
        "items": [
            {"id": "1", "url": "/a", "title": "A", "date_published": "2024-05-01T10:00:00Z",
             "authors": [{"name": "Awa Sy"}], "content_html": "<p>b</p>"},
        ],
    }
).encode()  # fmt: skip


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (rss("<item><title>A</title><link>https://river.example/a</link><pubDate>Wed, 01 May 2024 10:00:00 GMT</pubDate></item>"), "rss"),
        (RDF, "rdf"), (ATOM, "atom"), (SITEMAP, "sitemap"), (JSON, "json"),
    ],
)  # fmt: skip
def test_every_kind_of_feed_gives_its_entry(content, kind):
    found = parse(content, url="https://river.example/feed")
    (entry,) = found.entries
    assert found.feed.kind == kind
    assert entry.link == "https://river.example/a"
    assert entry.published.isoformat() == "2024-05-01T10:00:00+00:00"
    assert found.problems == ()


def test_a_feed_may_say_where_it_lies_and_in_what_language():
    found = parse(ATOM)
    assert (found.feed.url, found.feed.language) == ("https://river.example/feed", "fr")
    assert found.entries[0].title == "Lété"
    assert found.entries[0].tags == ("news",)


@pytest.mark.parametrize(
    ("head", "seconds"),
    [
        ("<ttl>90</ttl>", 5400),
        ("<sy:updatePeriod> hourly </sy:updatePeriod>", 3600),
        ("<sy:updatePeriod>daily</sy:updatePeriod><sy:updateFrequency>4</sy:updateFrequency>", 21600),
        ("<ttl>soon</ttl>", None), ("<ttl>0</ttl>", None), ("<ttl>-5</ttl>", None), ("", None),
    ],
)  # fmt: skip
def test_a_feed_may_say_how_long_to_leave_it_alone(head, seconds):
    space = b"version='2.0' xmlns:sy=\"http://purl.org/rss/1.0/modules/syndication/\""
    assert parse(rss("", head).replace(b"version='2.0'", space)).feed.ttl == seconds


def test_a_feed_may_name_its_hub_and_itself():
    links = '<link rel="hub" href="https://hub.example/"/><link rel="self" href="/feed"/></feed>'
    atom = ATOM.replace(b'<link rel="self" href="https://river.example/feed"/>', b"")
    found = parse(atom.replace(b"</feed>", links.encode()), url="https://river.example/x").feed
    assert (found.hub, found.self_url) == ("https://hub.example/", "https://river.example/feed")
    said = {"items": [], "feed_url": "https://a.example/f", "hubs": [7, {"type": "rssCloud", "url": "x"}, {"type": "WebSub", "url": "https://hub.example/"}]}  # fmt: skip
    feed = parse(json.dumps(said).encode()).feed
    assert (feed.hub, feed.self_url, feed.url) == ("https://hub.example/", *["https://a.example/f"] * 2)  # fmt: skip


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"content": "<p>One</p><p>two</p>", "summary": "One"}, "One\ntwo"),
        ({"content": "short", "summary": "<b>longer</b> than that"}, "longer than that"),
        ({"summary": "&lt;p&gt;twice&lt;/p&gt; escaped"}, "twice\nescaped"),
        ({}, ""),
    ],
)
def test_the_text_of_an_entry_is_what_says_more(fields, text):
    assert entry_text(Entry(**fields)) == text


def test_relative_links_are_resolved():
    assert (
        only(rss("<item><link>/a?b=1</link></item>"), url="https://river.example/f").link
        == "https://river.example/a?b=1"
    )


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("Wed, 01 May 2024 10:00:00 +0200", "2024-05-01T08:00:00+00:00"),
        ("2024-05-01T10:00:00", "2024-05-01T10:00:00+00:00"),
        ("Wed, 01 May 2024 10:00:00", "2024-05-01T10:00:00+00:00"),
        ("10", None),
        ("tomorrow", None),
        ("Fri, 31 Feb 2024 10:00:00 GMT", None),
    ],
)
def test_dates_are_read_or_left_out(written, read):
    published = only(rss(f"<item><title>A</title><pubDate>{written}</pubDate></item>")).published
    assert (published.isoformat() if published else None) == read


def test_authors_are_names():
    item = "<item><title>A</title><author>sy@river.example (Awa Sy)</author></item>"
    assert only(rss(item)).authors == ("Awa Sy",)


@pytest.mark.parametrize(
    "author", ["<author>{}</author>", "<dc:creator><![CDATA[{}]]></dc:creator>"]
)
def test_an_endless_author_costs_neither_time_nor_the_feed(author):
    began = time.process_time()
    found = parse(
        rss(
            f"<item><title>A</title>{author.format('a' * 500_000)}</item><item><title>B</title></item>"
        )
    )
    assert [entry.title for entry in found.entries] == ["A", "B"]
    assert "1 authors of over 1000 characters are cut" in found.problems
    assert time.process_time() - began < 4


def test_what_is_wrong_with_a_feed_is_said_in_words():
    broken = rss("<item><title>A & B</title></item><item><title>C")
    problems = parse(broken).problems
    assert any("SAXParseException" in each or "not well-formed" in each for each in problems)
    assert "2 of 2 entries have no date that can be read" in problems


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no feed",
        b"<html><body>404</body></html>",
        b"{}",
        b"[1]",
        b'{"items": 3}',
        b"\0\0\0",
        b"{" * 9999,
    ],
)
def test_what_is_no_feed_is_refused(content):
    with pytest.raises(Rejected) as caught:
        parse(content)
    assert caught.value.code == "not-a-feed"


def test_an_entity_bomb_stays_small():
    entities = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    bomb = (
        f'<!DOCTYPE r [<!ENTITY a0 "ha">{entities}]>'.encode()
        + rss("<item><title>&a9;</title></item>")[21:]
    )
    assert len(only(bomb).title) < 1000


def test_a_file_named_as_entity_is_not_read(tmp_path):
    (tmp_path / "secret").write_text("hush")
    outside = f'<!DOCTYPE r [<!ENTITY x SYSTEM "file://{tmp_path}/secret">]>'.encode()
    assert "hush" not in str(parse(outside + rss("<item><title>a &x;</title></item>")[21:]))
    assert "hush" not in str(parse(outside + SITEMAP.replace(b">A<", b">&x;<")))


def test_entries_beyond_the_limit_are_counted():
    found = parse(rss("<item><title>A</title></item>" * 1100))
    assert len(found.entries) == 1000
    assert "1100 entries, only the first 1000 are read" in found.problems


@settings(max_examples=30)
@given(st.integers(0, 40), st.integers(1, 12))
def test_parts_hold_every_entry_once_and_in_order(count, size):
    content = rss("".join(f"<item><title>t{n}</title></item>\n" for n in range(count)))
    found = [parse(part) for part in parts(content, size=size)]
    assert [each.title for part in found for each in part.entries] == [
        f"t{n}" for n in range(count)
    ]
    assert all(len(part.entries) <= size for part in found)
    assert {part.feed.title for part in found} == {"River news"}


@pytest.mark.parametrize("odd", ["", ', "odd": NaN', ', "odd": "\\ud800"'])
def test_parts_of_a_json_feed_hold_every_item_once_and_in_order(odd):
    items = ",".join(f'{{"id": "{n}", "title": "t{n}"{odd}}}' for n in range(25))
    content = f'{{"version": "https://jsonfeed.org/version/1.1", "title": "R", "items": [{items}]}}'
    found = [parse(part) for part in parts(content.encode(), size=10)]
    assert [len(each.entries) for each in found] == [10, 10, 5]
    assert [e.title for each in found for e in each.entries] == [f"t{n}" for n in range(25)]
    assert {each.feed.title for each in found} == {"R"}


def test_addresses_within_a_feed_are_none_of_its_entries():
    image = "<image><url>https://river.example/i.png</url><title>Image</title></image>"
    content = rss(
        image + "".join(f"<item><x><url>a</url></x><title>t{n}</title></item>" for n in range(9))
    )
    found = [parse(part) for part in parts(content, size=4)]
    assert [[e.title for e in each.entries] for each in found] == [
        ["t0", "t1", "t2", "t3"], ["t4", "t5", "t6", "t7"], ["t8"],
    ]  # fmt: skip


def test_items_of_a_json_feed_that_are_none_cost_themselves_alone():
    content = json.dumps(
        {
            "items": [
                7,
                {"id": 8, "title": "A", "tags": [1, "b"], "authors": "x", "date_published": 5},
            ]
        }
    )
    found = parse(content.encode())
    assert found.entries[0] == Entry()  # counted as one that says nothing
    assert (found.entries[1].guid, found.entries[1].tags) == ("8", ("b",))
    assert "1 of 2 items are no objects" in found.problems


def test_an_index_of_sitemaps_says_that_it_lists_no_articles():
    found = parse(
        b"<sitemapindex><sitemap><loc>https://a.example/s.xml</loc></sitemap></sitemapindex>"
    )
    assert found.entries == ()
    assert "index" in found.problems[0]


@settings(max_examples=60)
@given(st.text(alphabet="<>/&;!-[]'\" aitemlnkrs", max_size=200))
def test_any_rubbish_in_a_feed_is_read_or_refused(rubbish):
    with contextlib.suppress(Rejected):
        assert parse(rss(rubbish)).feed.title


def test_a_feed_that_forgets_namespaces_and_ends_is_mended():
    broken = b"""<rss version="2.0"><channel><title>River</titel><item><title>A</title>
      <atom:link rel="alternate" href="https://river.example/a"/><dc:creator>Awa Sy</dc:creator></item>
      <item><title>B</title><link>https://river.example/b</link>"""
    found = parse(broken)
    assert [(each.title, each.link) for each in found.entries] == [
        ("A", "https://river.example/a"),
        ("B", "https://river.example/b"),
    ]
    assert found.entries[0].authors == ("Awa Sy",)
    assert "mismatched tag" in found.problems[0] or "unbound prefix" in found.problems[0]


def test_a_link_is_an_address_on_the_web_where_there_is_one():
    item = (
        '<item><title>A</title><link uri="at://did:plc:x/y">https://river.example/a</link></item>'
    )
    assert only(rss(item)).link == "https://river.example/a"
    entry = '<entry><title>A</title><link href="gopher://river.example/a"/><link href="https://river.example/a"/></entry>'
    atom = f'<feed xmlns="http://www.w3.org/2005/Atom"><title>T</title>{entry}</feed>'
    assert only(atom.encode()).link == "https://river.example/a"


def test_the_charset_that_the_server_says_counts():
    content = "<rss><channel><title>Река</title><item><title>Мост</title></item></channel></rss>"
    found = parse(
        content.encode("koi8-r"), headers={"content-type": "application/rss+xml; charset=koi8-r"}
    )
    assert (found.feed.title, found.entries[0].title) == ("Река", "Мост")
    assert only(content.encode("koi8-r"), headers={"content-type": "text/xml; charset=x"}).title


def test_what_a_browser_would_run_is_taken_out_of_entries():
    item = '<item><title>A</title><description>&lt;p onclick="x()">b&lt;/p>&lt;script>x()&lt;/script></description></item>'
    assert only(rss(item)).summary == "<p>b</p>"


def test_what_a_parser_stumbles_over_is_left_out():
    found = parse(rss("<item><title>A&#x110000;</title></item><item><title>B</title></item>"))
    assert [each.title.rstrip("\ufffd") for each in found.entries] == ["A", "B"]
    assert "ValueError" in found.problems[0]


def test_a_tag_of_very_many_attributes_costs_neither_time_nor_the_entry():
    began = time.process_time()
    attributes = " ".join(f"a{number}='1'" for number in range(100_000))
    assert only(rss(f"<item {attributes}><title>A</title></item>")).title == "A"
    assert time.process_time() - began < 4


def test_very_many_comments_cost_no_time():
    began = time.process_time()
    item = f"<item><title>A</title><description>{'&lt;!--' * 50_000}</description></item>"
    assert only(rss(item)).title == "A"
    assert time.process_time() - began < 4


def test_a_hub_is_found_though_its_namespace_was_forgotten():
    head = '<title>T</title><link>https://river.example/</link><atom:link rel="hub" href="https://hub.example/"/>'
    assert parse(rss("<item><title>A</title></item>", head)).feed.hub == "https://hub.example/"


def test_an_element_over_which_the_parser_stumbles_costs_only_itself():
    chapters = '<psc:chapters xmlns:psc="http://podlove.org/simple-chapters"><psc:chapter title="x"/></psc:chapters>'
    found = parse(rss(f"<item><title>A</title>{chapters}</item><item><title>B</title></item>"))
    assert [each.title for each in found.entries] == ["A", "B"]
    assert "TypeError" in found.problems[0]


def test_mending_never_costs_what_was_read_before():
    chapters = '<psc:chapters xmlns:psc="http://podlove.org/simple-chapters" version="1"><psc:chapter title="x'
    whole = rss(f"<item><title>A</title></item><item><title>B</title>{chapters}")
    cut = whole[: whole.rindex(b'"x') + 2]
    assert [each.title for each in parse(cut).entries] == ["A", "B"]
