import socket
from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import Rejected
from tests.ssrf import ADDRESSES, PUBLIC, URLS
from tocsin.addresses import check_url, is_public, why_not_public


@pytest.mark.parametrize("address", ADDRESSES)
def test_an_address_that_is_not_everybodys_is_refused_with_a_reason(address: str) -> None:
    assert not is_public(address)
    assert why_not_public(address).startswith("is ")
    assert not is_public(ip_address(address))


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_is_let_through(address: str) -> None:
    assert why_not_public(address) == ""


@pytest.mark.parametrize("text", ["", "localhost", "1.2.3", "127.1", "1.2.3.4 ", "::1::", "\0"])
def test_what_is_no_address_is_not_public(text: str) -> None:
    assert not is_public(text)


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("::", "unspecified"),
        ("::1", "loopback"),
        ("::8.8.8.8", "an IPv4 address in IPv6 form"),
        ("64:ff9b::808:808", "translated to IPv4"),
        ("64:ff9b:1::808:808", "translated to IPv4"),
        ("100::1", "discarded"),
        ("2001:0:808:808::f7f7:f7f7", "a Teredo tunnel"),
        ("2001:20::1", "kept for protocols"),
        ("2001:db8::1", "for documentation"),
        ("2002:808:808::1", "a 6to4 tunnel"),
        ("2620:4f:8000::1", "kept for protocols"),
        ("3fff::1", "for documentation"),
        ("4000::1", "not assigned to anybody"),
        ("5f00::1", "for segment routing"),
        ("fd00::1", "private"),
        ("fe80::1", "link-local"),
        ("fec0::1", "site-local"),
        ("ff02::1", "multicast"),
    ],
)
def test_each_kind_of_address_has_its_reason(address: str, why: str) -> None:
    assert why_not_public(address) == f"is {why}"


def test_the_reason_names_what_is_embedded() -> None:
    assert why_not_public("64:ff9b::7f00:1") == ("is 127.0.0.1 in IPv6 form, which is loopback")


@given(st.ip_addresses())
def test_nothing_that_python_calls_private_is_public(address: object) -> None:
    if not getattr(address, "is_global"):  # noqa: B009 - the two kinds share no base class
        mapped = getattr(address, "ipv4_mapped", None)
        assert not is_public(str(address)) or is_public(str(mapped))


@given(st.ip_addresses(v=4))
def test_an_ipv4_address_is_no_more_public_for_being_embedded(address: object) -> None:
    number = int(ip_address(str(address)))
    for embedded in (0xFFFF << 32 | number, number, 0x64FF9B << 96 | number):
        assert is_public(str(address)) or not is_public(ip_address(embedded.to_bytes(16, "big")))


@pytest.mark.parametrize("url", URLS, ids=ascii)
def test_a_url_that_leads_elsewhere_is_refused(url: str) -> None:
    with pytest.raises(Rejected):
        check_url(url)


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("ftp://river.example/", "scheme"),
        ("http://user@river.example/", "credentials"),
        ("http://river.example/\x00", "characters"),
        ("http://river.example\\@lake.example/", "characters"),
        ("http://river.example/a\\b", "characters"),
        ("http://river.example/" + "a" * 8000 + "\x00", "too-long"),
        ("http://river.example/" + "é" * 2000, "too-long"),
        ("http://river.example:0/", "port"),
        ("http://river.example:65536/", "port"),
        ("http://river.example:https/", "port"),
        ("http://river/", "local-name"),
        ("http://10.0.0.1/", "address"),
        ("http://ri ver.example/", "host"),
    ],
    ids=ascii,
)
def test_what_is_refused_is_told_by_a_code(url: str, code: str) -> None:
    with pytest.raises(Rejected) as caught:
        check_url(url, ports=frozenset())
    assert caught.value.code == code


def test_there_are_more_than_a_hundred_and_twenty_forms() -> None:
    assert len(set(URLS)) >= 200


@pytest.mark.parametrize(
    ("url", "asked"),
    [
        ("http://river.example", "http://river.example/"),
        ("HTTPS://River.Example:443/Feed#top", "https://river.example/Feed"),
        ("http://river.example.:080/a?b=c", "http://river.example/a?b=c"),
        ("https://river.example:8443?x", "https://river.example:8443/?x"),
        ("http://bücher.example/ä ö", "http://xn--bcher-kva.example/%C3%A4%20%C3%B6"),
        ("  http://river.example/a%2Fb%zz\n", "http://river.example/a%2Fb%zz"),
        ("http://river.example/?q=\\d", "http://river.example/?q=\\d"),
        ("http://a_b.river.example/", "http://a_b.river.example/"),
        ("http://1.river.example/", "http://1.river.example/"),
        (
            "http://river.example/خبر\u200cها",
            "http://river.example/%D8%AE%D8%A8%D8%B1%E2%80%8C%D9%87%D8%A7",
        ),
    ],
)
def test_an_ordinary_url_is_asked_for_as_it_is_meant(url: str, asked: str) -> None:
    assert check_url(url).url == asked
    assert check_url(asked).url == asked


def test_a_redirect_is_read_from_where_it_was_sent() -> None:
    base = "http://river.example/news/feed?x=1"
    read = [check_url(each, base=base).url for each in ("rss", "/rss", "//lake.example/a", "?y")]
    assert read == [
        "http://river.example/news/rss",
        "http://river.example/rss",
        "http://lake.example/a",
        "http://river.example/news/feed?y",
    ]


@pytest.mark.parametrize("location", ["http:///x", "http:x", "HTTPS:", "file:x", "mailto:a@b"])
def test_a_redirect_that_names_a_scheme_is_read_as_a_whole_url(location: str) -> None:
    with pytest.raises(Rejected):
        check_url(location, base="http://river.example/")


def test_addresses_pass_where_they_are_allowed_but_only_in_their_usual_spelling() -> None:
    allowed = check_url("http://127.0.0.1:9000/", ports=frozenset(), public_names=False)
    assert (allowed.host, allowed.port, allowed.is_literal) == ("127.0.0.1", 9000, True)
    assert check_url("http://[0:0::1]/", public_names=False).url == "http://[::1]/"
    assert check_url("http://localhost/", public_names=False).host == "localhost"
    for odd in ("http://127.1/", "http://0x7f.0.0.1/", "http://[fe80::1%25lo]/", "http://①.1.1.1/"):
        with pytest.raises(Rejected, match="odd spelling"):
            check_url(odd, public_names=False)


@given(st.text(max_size=60))
def test_every_text_is_read_or_refused(text: str) -> None:
    for url in (text, f"http://{text}", f"http://river.example{text}"):
        try:
            target = check_url(url)
        except Rejected:
            continue
        assert target.url.isascii()
        assert check_url(target.url) == target


@given(st.text(alphabet="0123456789abcdefxX.:[]%①０。", max_size=30))
def test_no_host_that_the_system_reads_as_an_address_is_taken_for_a_name(host: str) -> None:
    try:
        target = check_url(f"http://{host}/")
    except Rejected:
        return
    with pytest.raises((OSError, UnicodeError)):
        socket.getaddrinfo(target.host, 80, flags=socket.AI_NUMERICHOST)
