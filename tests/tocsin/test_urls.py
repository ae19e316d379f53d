import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin import urls
from tocsin.urls import canonicalise, publisher_of, registered_domain, same_site

STORY = "https://example.com/news/story"


@pytest.mark.parametrize(
    "variant",
    [
        "http://example.com/news/story",
        "https://www.example.com/news/story/",
        "HTTPS://WWW.Example.COM:443/news/story",
        "http://example.com:80/news/story#comments",
        "//example.com/news/story",
        "https:\\\\example.com\\news\\story",
        "  https://example.com/news/\n\tstory  ",
        "https://user:secret@example.com/news/story",
        "https://example.com./news/story",
        "https://m.example.com/news/story",
        "https://mobile.example.com/news/story",
        "https://amp.example.com/news/story",
        "https://www.m.example.com/news/story",
        "https://example.com/news/story/amp/",
        "https://example.com/news/story.amp",
        "https://example.com/amp/news/story",
        "https://example.com/news/story?amp=1",
        "https://example.com/news/story?outputType=amp",
        "https://example-com.cdn.ampproject.org/c/s/example.com/news/story?amp",
        "https://www.google.com/amp/s/example.com/news/story",
        "https://www.google.com/url?rct=j&url=http://example.com/news/story%3Futm_source%3Dalert",
        "https://example.com/news/story?utm_source=rss&utm_medium=feed&UTM_campaign=7",
        "https://example.com/news/story?fbclid=abc&gclid=def&at_medium=RSS&xtor=RSS-1",
        "https://example.com/news/story?&amp;utm_source=x&amp;mc_cid=y",
        "https://example.com/news/./other/../story",
        "https://example.com/%6eews/story",
        "https://example.com/news/story;jsessionid=0F3A",
        "https://example.com/news/story/index.html",
        "https://example.com/news/story/index.php",
        "https://example.com/news/story?source=rss",
        "https://ex%61mple.com/news/story",
    ],
)
def test_all_spellings_of_one_address_are_one(variant: str) -> None:
    assert canonicalise(variant) == STORY


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("https://example.com/?p=123", "https://example.com/?p=124"),
        ("https://example.com/story?id=5", "https://example.com/story"),
        ("https://example.com/story?page=2", "https://example.com/story"),
        ("https://example.com/Story", "https://example.com/story"),
        ("https://example.com/a%2Fb", "https://example.com/a/b"),
        ("https://example.com/champ", "https://example.com/ch"),
        ("https://example.com:8080/story", "https://example.com/story"),
        ("https://news.example.com/story", "https://example.com/story"),
        ("https://example.com/story?source=agency", "https://example.com/story"),
        ("https://m.com/story", "https://com/story"),
        ("https://one.github.io/story", "https://two.github.io/story"),
    ],
)
def test_different_pages_stay_apart(first: str, second: str) -> None:
    assert canonicalise(first) != canonicalise(second)


def test_parameters_that_name_a_page_are_kept_and_sorted() -> None:
    address = "https://example.com/index.php?utm_source=x&p=123&lang=fr&a="
    assert canonicalise(address) == "https://example.com/?a=&lang=fr&p=123"


def test_percent_encoding_is_written_one_way() -> None:
    written = {
        canonicalise(address)
        for address in (
            "https://example.com/é",
            "https://example.com/%c3%a9",
            "https://example.com/%C3%A9",
        )
    }
    assert written == {"https://example.com/%C3%A9"}


def test_international_hosts_are_written_in_ascii() -> None:
    assert canonicalise("http://пример.рф/") == "https://xn--e1afmkfd.xn--p1ai/"
    assert canonicalise("http://пример.рф/") == canonicalise("https://XN--E1AFMKFD.xn--p1ai")


@pytest.mark.parametrize(
    "useless",
    ["", " ", "story", "mailto:desk@example.com", "javascript:void(0)", "ftp://example.com/a",
     "https://", "https:///", "http://[::1", "http://exa mple.com/", "http://example.com:99999/",
     "https://" + "a" * 300 + ".com/", "https://example.com/" + "a" * 5000, "http://a..b/", "urn:uuid:1"],
)  # fmt: skip
def test_what_is_no_web_address_is_empty(useless: str) -> None:
    assert canonicalise(useless) == ""


PARTS = st.sampled_from(
    ["http://", "https:", "//", "/", "\\", "?", "#", "&", "=", ";", ":", "@", "%", "%2e", "%2F", "..", ".",
     "amp", "/amp/", "m.", "www.", "index.html", "utm_source=", "a", "é", "\ud800", "\u200b", " ", "[::1]",
     "google.com/url?url=", "x.cdn.ampproject.org/c/s/", ":80", "&amp;", "ß", "。", "xn--", "\n"]
)  # fmt: skip


@given(st.one_of(st.text(), st.lists(PARTS, max_size=14).map("".join).map("http://ab.co/".__add__),
                 st.lists(PARTS, max_size=12).map("".join).map("https://".__add__)))  # fmt: skip
def test_the_canonical_form_is_total_and_idempotent(url: str) -> None:
    canonical = canonicalise(url)
    assert canonicalise(canonical) == canonical
    assert canonical == "" or re.fullmatch(r"https://[^/?#\s]+/[^#\s]*", canonical)


@pytest.mark.parametrize(
    "odd",
    ["http:\\\\press.example\\a\\..\\b", "http://press.example:0443/%zz", "https://[::ffff:192.0.2.1]/a",
     "http://0x7f.1/", "http://press%2eexample/", "https://user:pa@ss@press.example//a//", "http://xn--a/",
     "https://press.example/?&&a&=b&c=%00", "http://ＰＲＥＳＳ。example/", "http://a\u00ad.example/",
     "https://press.example/a;b=c;jsessionid=1/d", "http://press.example/%E0%A4", "https://press.example/#?a",
     "http://%D0%BF.example/", "HTTPS://PRESS.EXAMPLE:443", "http://press.example/\U0001f600?\U0001f600"],
)  # fmt: skip
def test_odd_addresses_settle_at_once(odd: str) -> None:
    canonical = canonicalise(odd)
    assert canonicalise(canonical) == canonical


@given(st.lists(st.sampled_from(["story", "a-b", "2023", "x.y", "~me", "é"]), max_size=4))
def test_the_short_way_for_plain_paths_gives_what_the_long_way_gives(parts: list[str]) -> None:
    address = "https://example.com/" + "/".join(parts)
    short = canonicalise(address)
    longer = canonicalise(address + "?utm_source=forces-the-long-way")
    assert short == longer


def test_the_registrable_domain_knows_public_suffixes() -> None:
    assert registered_domain("https://www.news.bbc.co.uk/1") == "bbc.co.uk"
    assert registered_domain("https://someone.github.io/") == "someone.github.io"
    assert registered_domain("http://127.0.0.1:8000/") == "127.0.0.1"
    assert registered_domain("http://localhost/") == "localhost"
    assert registered_domain("nonsense") == ""
    assert publisher_of("https://edition.example.com/a") == "example.com"


def test_a_site_is_its_registrable_domain() -> None:
    assert same_site("https://www.example.com/a", "http://news.example.com/b")
    assert not same_site("https://one.github.io/a", "https://two.github.io/a")
    assert not same_site("", "")


def test_nothing_is_downloaded_for_public_suffixes() -> None:
    assert urls._suffixes().suffix_list_urls == ()


def test_a_top_level_domain_that_the_list_does_not_know_has_domains_of_two_labels() -> None:
    assert registered_domain("https://www.news.press.example/a") == "press.example"
    assert canonicalise("https://www.press.example/a") == canonicalise("https://press.example/a")
    assert registered_domain("https://192.0.2.7/a") == "192.0.2.7"
