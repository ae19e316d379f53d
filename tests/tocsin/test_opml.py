import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import Rejected
from tocsin.feed_urls import clean_feed_url, same_feed_key
from tocsin.opml import FeedList, ListedFeed, read_feed_list, write_opml

A, B, C = (f"https://{name}.example.org/feed" for name in "abc")


def opml(
    body: str, head: str = '<?xml version="1.0" encoding="UTF-8"?><opml version="2.0">'
) -> bytes:
    return f"{head}\n<head><title>My feeds</title></head>\n<body>\n{body}\n</body></opml>".encode()


def feed(url: str, name: str = "") -> str:
    return f'<outline type="rss" text="{name}" xmlUrl="{url}"/>'


def tags(found: FeedList) -> dict[str, tuple[str, ...]]:
    return {each.url: each.tags for each in found.feeds}


def test_a_list_is_read_with_names_sites_and_folders() -> None:
    found = read_feed_list(
        opml(
            f'<outline text="News"><outline text="Africa">{feed(A, "Jeune")}</outline>'
            f'<outline type="rss" text="b" title="Le B" xmlUrl="{B}" htmlUrl="https://b.example.org"/>'
            f"</outline>{feed(C)}"
        )
    )
    assert found == FeedList(
        title="My feeds",
        feeds=(
            ListedFeed(url=A, title="Jeune", tags=("News/Africa",)),
            ListedFeed(url=B, title="Le B", site="https://b.example.org/", tags=("News",)),
            ListedFeed(url=C),
        ),
    )


@pytest.mark.parametrize(
    "outline",
    [
        f'<outline XMLURL="{A}" Text="A"/>',
        f'<outline xmlurl=" feed:{A} " TITLE="A" text="other"/>',
        f'<OUTLINE TYPE="RSS" text="A" URL="{A}"/>',
        f"<outline type='atom' text='A' url='{A}'></outline>",
        f'<o:outline xmlns:o="urn:x" o:xmlUrl="{A}" o:text="A"/>',
    ],
)
def test_attributes_are_read_however_they_are_written(outline: str) -> None:
    assert read_feed_list(opml(outline)).feeds == (ListedFeed(url=A, title="A"),)


def test_a_feed_without_a_name_has_none() -> None:
    nameless = f'<outline xmlUrl="{A}"/><outline text="{B}" xmlUrl="{B}"/>'
    assert read_feed_list(opml(nameless)).feeds == (ListedFeed(url=A), ListedFeed(url=B))


def test_a_feed_in_several_folders_is_one_with_several_tags() -> None:
    folders = "".join(f'<outline text="{name}">{feed(A)}</outline>' for name in ("x", "y", "x"))
    assert tags(read_feed_list(opml(folders))) == {A: ("x", "y")}
    twice = read_feed_list(opml(feed(A, "first") + feed(A.replace("https", "http"), "second")))
    assert twice.feeds == (ListedFeed(url=A, title="first"),)


def test_categories_are_tags() -> None:
    outline = f'<outline xmlUrl="{A}" category="/News/West Africa,sahel, ,/"/>'
    assert tags(read_feed_list(opml(outline))) == {A: ("News/West Africa", "sahel")}


def test_a_slash_in_a_folders_name_makes_no_folder() -> None:
    found = read_feed_list(opml(f'<outline text="AC/DC / live">{feed(A)}</outline>'))
    assert tags(found) == {A: ("AC DC live",)}


def test_what_is_no_address_is_said_with_its_line() -> None:
    found = read_feed_list(opml(f"{feed(A)}\n{feed('javascript:alert(1)')}\n{feed('feed')}"))
    assert tags(found) == {A: ()}
    assert [problem.split(":")[0] for problem in found.problems] == ["line 5", "line 6"]


def test_a_list_that_is_included_is_named() -> None:
    found = read_feed_list(
        opml('<outline type="include" text="x" url="https://x.example/o.opml"/>')
    )
    assert found.feeds == ()
    assert "https://x.example/o.opml" in found.problems[0]


def test_comments_hold_no_feeds() -> None:
    assert tags(read_feed_list(opml(f"<!-- {feed(A)} -->{feed(B)}"))) == {B: ()}
    assert tags(read_feed_list(opml(f"<!-- {feed(A)} -->{feed(B)}<"))) == {B: ()}


def test_ampersands_and_references_of_html_are_no_fault() -> None:
    found = read_feed_list(
        opml('<outline text="Caf&eacute; & co &#233;" xmlUrl="https://x.example/?a=1&b=2&copy=3"/>')
    )
    assert found.feeds == (
        ListedFeed(url="https://x.example/?a=1&b=2&copy=3", title="Café & co é"),
    )
    assert found.problems == ()


@pytest.mark.parametrize(
    ("outline", "title"),
    [
        (f'<outline text="Газета "Коммерсантъ". Главное" xmlUrl="{A}" type="rss" />', 'Газета "Коммерсантъ". Главное'),
        (f'<outline text="a < b" xmlUrl="{A}"/>', "a < b"),
        (f'<outline text="A" description="<a href="https://x.example/">x</a>." xmlUrl="{A}"/>', "A"),
        (f"<outline text='it's so' xmlUrl='{A}'/>", "it's so"),
        (f'<outline text="A\0\x08" xmlUrl="{A}"/>', "A"),
    ],
)  # fmt: skip
def test_broken_attributes_keep_name_and_folder(outline: str, title: str) -> None:
    found = read_feed_list(opml(f'<outline text="x">{outline}{feed(B)}</outline>{feed(C)}'))
    assert tags(found) == {A: ("x",), B: ("x",), C: ()}
    assert found.feeds[0].title == title


def test_of_a_list_that_ends_half_way_the_first_half_is_read() -> None:
    whole = opml(f'<outline text="x">{feed(A)}\n{feed(B)}</outline>{feed(C)}')
    cut = read_feed_list(whole[: whole.index(C.encode())])
    assert tags(cut) == {A: ("x",), B: ("x",)}
    assert "read as far as it goes" in cut.problems[0]


def test_nothing_that_was_an_address_is_lost_however_short_the_list() -> None:
    whole = opml(f'<outline text="x">{feed(A)}\n{feed(B)}</outline>{feed(C)}')
    for end in range(whole.index(b"<outline"), len(whole)):
        found = read_feed_list(whole[:end])
        complete = [url for url in (A, B, C) if f'{url}"'.encode() in whole[:end]]
        assert list(tags(found)) == complete


def test_an_outline_that_is_past_mending_gives_its_address() -> None:
    found = read_feed_list(opml(f'<outline text="x>{feed(A)}<outline text=x xmlUrl="{B}"/>'))
    assert set(tags(found)) == {A, B}
    assert any("broken outlines" in problem for problem in found.problems)


def test_encodings_are_recognised() -> None:
    text = f'<?xml version="1.0" encoding="windows-1251"?><opml><body>{feed(A, "Новости")}</body></opml>'
    for content in (text.encode("cp1251"), b"\xef\xbb\xbf" + text.encode(), text.encode("utf-16")):
        assert read_feed_list(content).feeds == (ListedFeed(url=A, title="Новости"),)


def test_entities_of_a_document_type_are_not_expanded() -> None:
    head = '<!DOCTYPE opml [<!ENTITY a "aaaa"><!ENTITY b SYSTEM "file:///etc/passwd">]><opml>'
    found = read_feed_list(opml(f'<outline text="&a;&b;" xmlUrl="{A}"/>', head))
    assert found.feeds[0].title == "&a;&b;"


def test_plain_lines_of_addresses_are_a_list_too() -> None:
    found = read_feed_list(f"# mine\n{A}\n\nb.example.org/feed  # good\nno address\n".encode())
    assert tags(found) == {A: (), B: ()}
    assert found.problems == ("line 5: 'no address' is no address of a feed",)


@pytest.mark.parametrize(
    "content", [b"", b"<html><body>x</body></html>", b"\0\1\2", b"hello there"]
)
def test_what_is_no_list_is_refused(content: bytes) -> None:
    with pytest.raises(Rejected) as refused:
        read_feed_list(content)
    assert refused.value.code == "not-a-feed-list"


@pytest.mark.parametrize(
    "body",
    [
        '<outline text="x">' * 50_000,
        '<outline a="' * 50_000,
        "<outline" + ' a="b"' * 50_000,
        "&" * 500_000,
        "<!--" * 100_000,
        'xmlUrl="' * 50_000,
        feed(A) * 20_000,
    ],
)
def test_a_hostile_list_takes_little_time(body: str) -> None:
    start = time.process_time()
    read_feed_list(opml(body + "<"))
    assert time.process_time() - start < 10  # linear, on a busy machine


TEXT = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cs", "Cc", "Zs", "Zl", "Zp")),
    min_size=1,
    max_size=12,
)
NAMES = TEXT.filter(lambda text: " ".join(text.split()) == text)
TAGS = st.lists(NAMES.filter(lambda name: "/" not in name), min_size=1, max_size=3).map("/".join)
URLS = st.from_regex(
    r"https?://[a-z]{1,8}\.example(/[a-zA-Z0-9&=?%'_.~-]{0,12})", fullmatch=True
).map(clean_feed_url)
FEEDS = st.builds(
    ListedFeed,
    url=URLS,
    title=st.just("") | NAMES,
    site=st.just("") | URLS,
    tags=st.lists(TAGS, max_size=3, unique=True).map(lambda found: tuple(sorted(found))),
)  # fmt: skip


@given(st.lists(FEEDS, max_size=6, unique_by=lambda each: same_feed_key(each.url)))
def test_what_is_written_is_read_again(feeds: list[ListedFeed]) -> None:
    written = write_opml(feeds, title="a < b & c")
    if not feeds:
        assert b"<body>" in written
        return
    found = read_feed_list(written)
    assert sorted(found.feeds, key=lambda each: each.url) == sorted(
        feeds, key=lambda each: each.url
    )
    assert (found.title, found.problems) == ("a < b & c", ())
    assert (
        write_opml(found.feeds, title="a < b & c")
        == written
        == write_opml(feeds[::-1], title="a < b & c")
    )
