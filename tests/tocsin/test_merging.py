from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from schemas import Entry, Feed, Rejected
from tocsin.extract import Extracted
from tocsin.merging import entry_fingerprint, entry_key, merge, with_lead, without_signature

FEED = Feed(
    url="https://river.example/feed", title="River News", link="https://river.example/", language="fr", kind="rss"
)  # fmt: skip
ENTRY = Entry(
    title="Bridge across the river opens", link="https://river.example/bridge?utm_source=rss", guid="b1", language="fr"
)  # fmt: skip
LEAD = "Two ministers opened the bridge on Wednesday."
BODY = (
    "Two ministers opened the bridge on Wednesday, after eleven years of work.\n"
    "Lorries had queued since the early morning, and the first to cross carried onions.\n"
    "Neither government said who would pay for the road that is to lead across the river."
)
PAGE = Extracted(title="Bridge opens at last", text=BODY, language="en", extractor="trafilatura",
                 canonical_url="https://river.example/2024/bridge", authors=("Awa Sy",), site="River News")  # fmt: skip
WEDNESDAY = datetime(2024, 5, 1, 10, tzinfo=UTC)

lines = st.lists(st.text("abcdé узor.…,- 河桥", max_size=30), max_size=8).map("\n".join)


def squeezed(text):
    return "".join(letter for letter in text.casefold() if letter.isalnum())


def test_the_text_of_the_page_is_taken_where_it_goes_on_from_the_lead():
    found = merge(FEED, ENTRY, LEAD, PAGE)
    assert found.text == BODY
    assert (found.extractor, found.flags) == ("trafilatura", ("no-date",))


def test_a_lead_that_the_page_does_not_repeat_stands_before_its_text():
    lead = "After eleven years, onions cross the river"
    assert merge(FEED, ENTRY, lead, PAGE).text == f"{lead}\n{BODY}"


@pytest.mark.parametrize(
    "page",
    [
        None,
        replace(PAGE, text=""),
        replace(PAGE, text=LEAD[:20]),
        replace(PAGE, text="Wir verwenden Erzeugnisse, die auf Ihrem Gerät abgelegt werden. " * 9),
        replace(PAGE, canonical_url="https://river.example/"),
    ],
    ids=["refused", "empty", "thinner", "about something else", "the front page"],
)
def test_the_text_of_the_feed_is_taken_where_the_page_does_not_serve(page):
    found = merge(FEED, ENTRY, LEAD, page)
    assert (found.text, found.extractor) == (LEAD, "feed")
    assert "feed-text-only" in found.flags


def test_a_full_text_in_the_feed_is_kept_unless_the_page_has_it_too():
    full = BODY * 5
    edited = full.replace("onions", "shallots") + "\nThe road was not mentioned again."
    assert merge(FEED, ENTRY, full, replace(PAGE, text=edited)).text == edited
    other = "\n".join(f"The river rose by {n} metres at the old bridge." for n in range(99))
    assert merge(FEED, ENTRY, full, replace(PAGE, text=other)).text == full


def test_the_title_is_that_of_the_feed_unless_it_is_missing_or_cut_off():
    assert merge(FEED, ENTRY, LEAD, PAGE).title == ENTRY.title
    for title in ("", "Bridge opens…", "Bridge [...]"):
        assert merge(FEED, replace(ENTRY, title=title), LEAD, PAGE).title == PAGE.title


@pytest.mark.parametrize(
    ("named", "authors"),
    [
        ((), ("Awa Sy",)),
        (("Kofi Mensah",), ("Kofi Mensah",)),
        (("River News", "admin", "desk@river.example"), ("Awa Sy",)),
    ],
)
def test_authors_are_the_persons_that_the_feed_names_else_those_of_the_page(named, authors):
    assert merge(FEED, replace(ENTRY, authors=named), LEAD, PAGE).authors == authors


def test_what_is_all_that_a_feed_has_for_an_author_is_kept_without_a_page():
    assert merge(FEED, replace(ENTRY, authors=("River News",)), LEAD).authors == ("River News",)


def test_the_language_is_that_of_entry_page_feed_in_this_order():
    assert merge(FEED, ENTRY, LEAD, PAGE).language == "en"
    assert merge(FEED, replace(ENTRY, language="ha"), LEAD, PAGE).language == "ha"
    assert merge(FEED, ENTRY, LEAD).language == "fr"


def test_the_date_is_that_of_feed_page_update_in_this_order():
    updated = replace(ENTRY, updated=WEDNESDAY.replace(hour=12))
    assert merge(FEED, updated, LEAD).published.hour == 12
    assert merge(FEED, updated, LEAD, replace(PAGE, published=WEDNESDAY)).published == WEDNESDAY
    dated = replace(updated, published=WEDNESDAY.replace(hour=9))
    assert merge(FEED, dated, LEAD, replace(PAGE, published=WEDNESDAY)).published.hour == 9


def test_the_page_links_the_article_and_never_names_it():
    without, found = merge(FEED, ENTRY, LEAD), merge(FEED, ENTRY, LEAD, PAGE)
    assert found.id == without.id
    assert found.canonical_url == "https://river.example/2024/bridge"
    assert merge(FEED, ENTRY, LEAD, replace(PAGE, canonical_url="https://other.example/x")).canonical_url == "https://river.example/bridge"  # fmt: skip


@pytest.mark.parametrize("link", ["https://river.example/bridge", ""])
def test_a_saved_feed_and_a_polled_one_give_one_article(link):
    entry = replace(ENTRY, link=link)
    saved = merge(replace(FEED, url=""), entry, LEAD)
    polled = merge(
        replace(FEED, url="https://feeds.example/river"),
        entry,
        LEAD,
        feed_url="https://feeds.example/river",
    )
    assert (saved.id, saved.version) == (polled.id, polled.version)


def test_flags_and_first_seen_of_the_poll_are_taken_over():
    found = merge(FEED, ENTRY, LEAD, PAGE, first_seen=WEDNESDAY, flags=("backfill",))
    assert (found.first_seen, found.flags) == (WEDNESDAY, ("backfill",))


def test_an_entry_that_says_nothing_is_refused_unless_its_page_speaks():
    silent = Entry(link="https://river.example/bridge")
    with pytest.raises(Rejected, match="neither title nor text"):
        merge(FEED, silent, "")
    assert merge(FEED, silent, "", PAGE).text == BODY


@pytest.mark.parametrize(
    "signature",
    [
        "The post Bridge across the river opens appeared first on River News.",
        "Bridge across the river opens yazısı ilk önce River News üzerinde ortaya çıktı.",
    ],
)
def test_what_blogs_sign_their_entries_with_is_no_text(signature):
    assert without_signature(f"{LEAD}\n{signature}", ENTRY.title, FEED.title) == LEAD
    assert without_signature(signature, ENTRY.title, FEED.title) == signature


@given(lead=lines, title=lines, body=lines)
def test_no_line_of_the_lead_and_no_word_of_the_title_is_lost(lead, title, body):
    assume(squeezed(lead + title) and len(lead) <= 200)
    found = merge(FEED, replace(ENTRY, title=title), lead, replace(PAGE, text=body, title=""))
    assert squeezed(title) in squeezed(found.title)
    for line in lead.splitlines():
        assert squeezed(line) in squeezed(found.text)


@given(lead=lines, body=lines)
def test_a_page_never_makes_a_text_shorter(lead, body):
    found = merge(FEED, ENTRY, lead, replace(PAGE, text=body))
    assert len(squeezed(found.text)) >= len(squeezed(lead))


@given(lead=lines, body=lines)
def test_a_lead_is_put_in_front_once(lead, body):
    once = with_lead(lead, body)
    assert with_lead(lead, once) == once


@given(st.builds(Entry, title=lines, link=lines, guid=lines, summary=lines, content=lines))
def test_keys_and_fingerprints_are_made_of_any_entry(entry):
    assert entry_key(FEED.url, entry) == entry_key(FEED.url, entry)
    assert entry_fingerprint(entry) == entry_fingerprint(replace(entry, guid="other"))


def test_a_key_says_which_entry_and_a_fingerprint_what_it_says():
    edited = replace(ENTRY, title="Bridge opens", updated=WEDNESDAY)
    assert entry_key(FEED.url, edited) == entry_key(FEED.url, ENTRY)
    assert entry_fingerprint(edited) != entry_fingerprint(ENTRY)
    tracked = replace(ENTRY, link="https://www.river.example/bridge?utm_source=x", published=WEDNESDAY)  # fmt: skip
    assert entry_key(FEED.url, tracked) == entry_key("https://moved.example/feed", ENTRY)
    assert entry_fingerprint(tracked) == entry_fingerprint(ENTRY)
    other = replace(ENTRY, link="https://river.example/other")
    assert entry_key(FEED.url, other) != entry_key(FEED.url, ENTRY)


def test_pictures_and_white_space_are_no_edit():
    before = replace(ENTRY, content="<p>Two  ministers</p>")
    after = replace(ENTRY, content="<p>Two\nministers<img src='https://count.example/7'></p>")
    assert entry_fingerprint(before) == entry_fingerprint(after)


@pytest.mark.parametrize("summary", ["a\n" * 100_000, "<" * 100_000, "河" * 100_000])
def test_long_texts_are_merged_in_time_linear_in_them(summary):
    merge(FEED, ENTRY, summary, replace(PAGE, text=summary * 5))
