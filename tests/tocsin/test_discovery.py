import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.discovery import MOST, Candidate, find_candidates

PAGE = "https://news.example.org/africa/mali.html"


def named(page: str, url: str = PAGE) -> list[str]:
    found = find_candidates(page.encode(), url)
    return [each.url for each in found if not each.is_guess]


def test_alternates_come_first_and_comments_last() -> None:
    page = """<html><head>
      <link rel="alternate" type="application/rss+xml" title="Site &raquo; Comments Feed" href="/comments/feed/">
      <link rel="alternate" type="application/atom+xml" title="Site &amp; News" href="atom.xml" />
      <link rel=alternate type=application/feed+json href=https://cdn.example.net/feed.json>
    </head><body><a href="/rss">RSS</a> <a href="/about">About</a></body></html>"""
    found = [each for each in find_candidates(page.encode(), PAGE) if not each.is_guess]
    assert found == [
        Candidate(url="https://news.example.org/africa/atom.xml", title="Site & News", kind="atom"),
        Candidate(url="https://cdn.example.net/feed.json", kind="json"),
        Candidate(url="https://news.example.org/rss", title="RSS"),
        Candidate(
            url="https://news.example.org/comments/feed/",
            title="Site » Comments Feed",
            kind="rss",
            is_comments=True,
        ),
    ]


@pytest.mark.parametrize(
    ("link", "url"),
    [
        ('<LINK REL="Alternate" TYPE="Application/RSS+XML" HREF="a.xml">', "https://news.example.org/africa/a.xml"),
        ("<link type='text/xml' rel='home alternate' href='//x.example/a'>", "https://x.example/a"),
        ('<link rel="feed" href="/a">', "https://news.example.org/a"),
        ('<link rel="alternate" type="application/rss+xml; charset=utf-8" href="?feed=rss2&amp;x=1">', "https://news.example.org/africa/mali.html?feed=rss2&x=1"),
        ('<link rel="alternate" type="application/json" href="/feed.json">', "https://news.example.org/feed.json"),
        ('<link rel="alternate" type="application/rss+xml" href="feed:https://x.example/a">', "https://x.example/a"),
        ('<link rel="alternate" type="application/rss+xml" href=" /a\n b ">', "https://news.example.org/ab"),
        ('<a href="https://feeds.example.net/mali">x</a>', "https://feeds.example.net/mali"),
        ('<a class=x href="/index.rdf">x</a>', "https://news.example.org/index.rdf"),
        ('<a href="/de/rss-mali">x</a>', "https://news.example.org/de/rss-mali"),
    ],
)  # fmt: skip
def test_a_feed_is_found_however_it_is_named(link: str, url: str) -> None:
    assert named(f"<head>{link}</head>") == [url]


@pytest.mark.parametrize(
    "link",
    [
        '<link rel="stylesheet" href="/feed.css">',
        '<link rel="alternate" hreflang="fr" href="/fr/">',
        '<link rel="alternate" type="application/json" href="/wp-json/wp/v2/posts/1">',
        '<link rel="alternate" type="application/json+oembed" href="/oembed?url=feed">',
        '<link rel="alternate" type="application/rss+xml" href="">',
        '<link rel="alternate" type="application/rss+xml" href="javascript:alert(1)">',
        '<link rel="alternate" type="application/rss+xml" href="http://[::1/">',
        f'<link rel="alternate" type="application/rss+xml" href="{PAGE}#x">',
        '<!-- <link rel="alternate" type="application/rss+xml" href="/feed"> -->',
        '<script>\'<link rel="alternate" type="application/rss+xml" href="/feed">\'</script>',
        '<a href="/feedback">x</a><a href="/feed-the-hungry.html">x</a>',
        '<a href="mailto:rss@example.org">x</a>',
    ],
)
def test_what_is_no_feed_is_not_taken_for_one(link: str) -> None:
    assert named(f"<head>{link}</head>") == []


def test_the_first_base_counts_and_may_be_relative() -> None:
    link = '<link rel="alternate" type="application/rss+xml" href="feed.xml">'
    base = '<base target="_blank"><base href="/fr/"><base href="/de/">'
    assert named(base + link) == ["https://news.example.org/fr/feed.xml"]


def test_a_feed_that_is_named_twice_is_one() -> None:
    link = '<link rel="alternate" type="application/rss+xml" href="/feed">'
    assert named(link + link.replace("/feed", "http://news.example.org/feed")) == [
        "https://news.example.org/feed"
    ]


def test_the_usual_places_are_guessed_last() -> None:
    found = find_candidates(b"<p>Nothing</p>", "https://example.org/blog?x=1")
    assert all(each.is_guess for each in found)
    assert [each.url for each in found[:3]] == [
        "https://example.org/blog/feed/",
        "https://example.org/feed/",
        "https://example.org/feed",
    ]


def test_a_page_may_be_in_any_encoding() -> None:
    link = '<meta charset="windows-1251"><link rel="alternate" type="application/rss+xml" title="Новости" href="/a">'
    assert find_candidates(link.encode("cp1251"), PAGE)[0].title == "Новости"


def test_no_page_names_more_than_one_would_read() -> None:
    links = "".join(f'<a href="/rss/{number}">x</a>' for number in range(1000))
    assert len(find_candidates(links.encode(), PAGE)) == MOST


@pytest.mark.parametrize(
    "piece", ["<link ", '<link a="', "<!--", "<script>", "<a href='", "<link rel=alternate ", "<"]
)
def test_a_hostile_page_takes_little_time(piece: str) -> None:
    began = time.process_time()
    find_candidates(piece.encode() * (2_000_000 // len(piece)), PAGE)
    assert time.process_time() - began < 3


@given(st.text("<>\"'/=linkrefatbshyp: &;-!?", max_size=120), st.sampled_from([PAGE, "x", ""]))
def test_finding_is_total(page: str, url: str) -> None:
    for each in find_candidates(page.encode(), url):
        assert each.url.startswith(("http://", "https://"))
