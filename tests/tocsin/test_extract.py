import contextlib
import json

import pytest

from schemas import Rejected
from tocsin.extract import extract

PARAGRAPHS = [
    "The bridge across the river was opened on Wednesday by two ministers of transport, after eleven years of work.",
    "Lorries had queued since the early morning, and the first of them to cross carried onions to the coast.",
    "Neither government said who would pay for the road that is to lead there, which does not exist as yet.",
]
BODY = "".join(f"<p>{each}</p>" for each in PARAGRAPHS)


def a_page(
    body: str = BODY, head: str = "", title: str = "Bridge opens", attributes: str = ""
) -> str:
    return (
        f"<!doctype html><html {attributes}><head><title>{title}</title>{head}</head><body>"
        f"<nav><a href=/>Home</a> <a href=/w>World</a></nav><article>{body}</article>"
        "<footer>All rights reserved by nobody in particular</footer></body></html>"
    )


def linked_data(**said: object) -> str:
    return f'<script type="application/ld+json">{json.dumps({"@type": "NewsArticle", **said})}</script>'


def test_the_article_is_taken_out_of_the_page():
    found = extract(a_page())
    assert found.text == "\n".join(PARAGRAPHS)
    assert (found.title, found.extractor) == ("Bridge opens", "trafilatura")


def test_the_headline_is_not_said_again_in_the_text():
    assert extract(a_page(f"<h1>Bridge opens</h1>{BODY}")).text == "\n".join(PARAGRAPHS)


def test_bytes_are_decoded_as_the_page_declares():
    page = a_page(
        "".join(f"<p>{'Мост через реку открыли в среду. ' * 9}</p>"), head='<meta charset="koi8-r">'
    )
    assert "Мост через реку" in extract(page.encode("koi8-r")).text


@pytest.mark.parametrize(
    "head",
    [
        '<meta property="article:published_time" content="2024-05-01T12:30:00+02:00">',
        '<meta name="DC.date.issued" content="2024-05-01T10:30:00Z">',
        linked_data(datePublished="2024-05-01T10:30:00Z"),
        f'<script type="application/ld+json">{json.dumps({"@graph": [{"@type": ["WebPage"]}, {"@type": "ReportageNewsArticle", "datePublished": "2024-05-01T10:30Z"}]})}</script>',
        '<script type="application/ld+json">{broken</script><meta itemprop="datePublished" content="2024-05-01 10:30">',
    ],
)
def test_a_page_says_when_it_was_published(head):
    assert extract(a_page(head=head)).published.isoformat() == "2024-05-01T10:30:00+00:00"


@pytest.mark.parametrize(
    "head",
    ["", '<meta name="date" content="yesterday">', '<meta name="date" content="0001-01-01">'],
)
def test_a_date_that_is_none_is_none(head):
    assert extract(a_page(head=head)).published is None


def test_a_page_says_who_wrote_it_where_and_in_what_language():
    head = (
        linked_data(
            author=[{"name": "Awa Sy"}, {"name": "Kofi Mensah"}], publisher={"name": "River News"}
        )
        + '<link rel="canonical" href="/2024/bridge">'
    )
    found = extract(a_page(head=head, attributes='lang="en-GB"'), url="https://river.example/x?y=1")
    assert found.authors == ("Awa Sy", "Kofi Mensah")
    assert (found.site, found.language) == ("River News", "en-GB")
    assert found.canonical_url == "https://river.example/2024/bridge"


@pytest.mark.parametrize(
    ("said", "authors"),
    [
        ("By Awa Sy and Kofi Mensah", ("Awa Sy", "Kofi Mensah")),
        ("Awa Sy, Kofi Mensah, CNN", ("Awa Sy", "Kofi Mensah")),
        ("Sy, Awa", ("Sy, Awa",)),
        ("https://www.facebook.com/river", ()),
    ],
)
def test_authors_are_named_one_by_one(said, authors):
    assert extract(a_page(head=f'<meta name="author" content="{said}">')).authors == authors


def test_the_name_under_the_headline_is_that_of_the_author():
    page = a_page(f'<p>By <a rel="author" href="/sy">Awa Sy</a></p>{BODY}')
    assert extract(page).authors == ("Awa Sy",)


def test_a_time_in_the_article_is_its_date_and_one_beside_it_is_not():
    inside = '<time datetime="2024-05-01T10:30:00Z">Wednesday</time>'
    assert extract(a_page(inside + BODY)).published.isoformat() == "2024-05-01T10:30:00+00:00"
    page = a_page(inside + BODY).replace(
        "<nav>", '<nav><time datetime="2020-01-01T00:00:00Z">old</time>'
    )
    assert extract(page).published.isoformat() == "2024-05-01T10:30:00+00:00"


def test_the_name_of_the_site_is_no_part_of_the_title():
    page = a_page(
        head='<meta property="og:site_name" content="River News">',
        title="Bridge opens | River News",
    )
    assert extract(page).title == "Bridge opens"


def test_the_text_in_linked_data_is_taken_where_the_page_shows_little():
    found = extract(a_page("<p>Loading</p>", head=linked_data(articleBody=" ".join(PARAGRAPHS))))
    assert found.text == " ".join(PARAGRAPHS)


def test_a_page_too_deep_for_a_tree_loses_no_word():
    found = extract(a_page("<div>" * 5000 + PARAGRAPHS[0]))
    assert PARAGRAPHS[0] in found.text
    assert found.flags == ("repaired",)


@pytest.mark.parametrize(
    ("page", "code"),
    [
        (
            '<html><head><meta http-equiv="refresh" content="0; url=https://a.example/b"></head></html>',
            "stub",
        ),
        (
            "<noscript><META http-equiv='refresh' content=\"0;URL='https://a.example/'\"></noscript>",
            "stub",
        ),
        ("<html><body><h1>Before you continue</h1><p>Accept all cookies</p></body></html>", "stub"),
        ("<html><body><p>Please enable JavaScript to go on.</p></body></html>", "stub"),
        ("<html><head></head><body></body></html>", "no-text"),
        ("", "no-text"),
    ],
)
def test_a_page_that_is_no_article_is_refused(page, code):
    with pytest.raises(Rejected) as caught:
        extract(page)
    assert caught.value.code == code


def test_a_page_that_reloads_itself_is_an_article():
    assert extract(a_page(head='<meta http-equiv="refresh" content="600">')).text


def test_an_article_about_cookies_is_an_article():
    long = "Visitors are asked to accept all cookies before they may read a line of news. " * 12
    assert extract(a_page(f"<p>{long}</p>")).text


@pytest.mark.parametrize(
    "page",
    [
        "\0\0<p>a word or two\0</p>",
        "<" * 1000 + "x",
        "]]>",
        "<?php ?>text",
        '<html lang="a\'b">text here</html>',
    ],
)
def test_odd_pages_are_read_or_refused(page):
    with contextlib.suppress(Rejected):
        assert extract(page).text


def test_extracting_twice_gives_the_same():
    page = a_page(head='<meta name="pubdate" content="2024-05-01">')
    assert extract(page) == extract(page)
