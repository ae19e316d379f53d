import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.feed_urls import clean_feed_url, same_feed_key, without_secrets


@pytest.mark.parametrize(
    ("given_url", "cleaned"),
    [
        ("https://example.org/feed", "https://example.org/feed"),
        ("  HTTPS://Example.ORG/Feed/?a=B#top\n", "https://example.org/Feed/?a=B"),
        ("feed://example.org/feed", "https://example.org/feed"),
        ("feed:https://example.org/feed", "https://example.org/feed"),
        ("feed:http://example.org/feed", "http://example.org/feed"),
        ("//example.org/feed", "https://example.org/feed"),
        ("example.org", "https://example.org/"),
        ("example.org:8080/feed", "https://example.org:8080/feed"),
        ("<https://example.org/feed>", "https://example.org/feed"),
        ("https://example.org/fe\u200bed", "https://example.org/feed"),
        ("http://127.0.0.1:8000/a.xml", "http://127.0.0.1:8000/a.xml"),
        ("https://новости.example/лента", "https://новости.example/лента"),
        ("ftp://example.org/feed", ""),
        ("javascript:alert(1)", ""),
        ("file:///etc/passwd", ""),
        ("mailto:a@example.org", ""),
        ("https://", ""),
        ("https://example.org:port/", ""),
        ("http://[::1/", ""),
        ("feed", ""),
        ("", ""),
        ("https://example.org/" + "a" * 3000, ""),
    ],
)
def test_an_address_is_read_as_it_was_meant(given_url: str, cleaned: str) -> None:
    assert clean_feed_url(given_url) == cleaned


def test_what_is_surely_one_feed_has_one_key() -> None:
    same = (
        "http://example.org/feed",
        "https://EXAMPLE.org:443/feed#x",
        "http://example.org:80/feed",
    )
    assert len({same_feed_key(url) for url in same}) == 1
    others = (
        "https://example.org/feed/",
        "https://www.example.org/feed",
        "https://example.org/Feed",
    )
    assert len({same_feed_key(url) for url in (*others, same[0])}) == 4


@given(st.text(max_size=60) | st.from_regex(r"(https?://|feed:)[a-z.\[\]@:0-9]{0,20}/\S{0,20}"))
def test_cleaning_is_total_and_settles(text: str) -> None:
    once = clean_feed_url(text)
    assert clean_feed_url(once) == once
    assert same_feed_key(once) == same_feed_key(same_feed_key(once)) or not once
    assert not once or once.startswith(("http://", "https://"))


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://example.org/feed", "https://example.org/feed"),
        ("https://example.org/feed?token=hush#top", "https://example.org/feed"),
        ("https://me:hush@example.org/feed", "https://example.org/feed"),
        ("https://me:hu@sh@example.org:8443/@desk/feed", "https://example.org:8443/@desk/feed"),
        ("http://example.org", "http://example.org"),
        ("", ""),
    ],
)
def test_an_address_is_shown_without_what_may_be_secret(url: str, shown: str) -> None:
    assert without_secrets(url) == shown
