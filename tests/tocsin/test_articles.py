import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import EPOCH, Article, Flag, Rejected, Via, encode
from tocsin.articles import LONGEST_LINE, complete, read, stamped
from tocsin.extract import Extracted

NOON = datetime(2023, 8, 1, 12, tzinfo=UTC)


def record(**fields: object) -> bytes:
    return json.dumps({"title": "A headline", **fields}).encode()


def test_a_title_alone_or_a_text_alone_is_an_article() -> None:
    assert read(b'{"title": "A headline"}').title == "A headline"
    assert read(b'{"text": "Some words."}').text == "Some words."


def test_ids_come_from_content_and_never_from_the_record() -> None:
    given = read(record(url="https://example.com/a", id="f" * 32, version="0" * 32))
    assert given.id == read(record(url="http://www.example.com/a?utm_source=x")).id
    assert given.id != "f" * 32


def test_an_edited_text_is_a_new_version_and_white_space_is_none() -> None:
    first = read(record(url="https://example.com/a", text="Some words here."))
    spaced = read(record(url="https://example.com/a", text="  Some words\n\there. "))
    edited = read(record(url="https://example.com/a", text="Some other words here."))
    assert first.id == spaced.id == edited.id
    assert first.version == spaced.version != edited.version


def test_without_a_link_the_guid_of_a_publisher_names_an_article_else_its_text() -> None:
    assert (
        read(record(guid="7", publisher="x")).id
        == read(record(guid="7", publisher="x", text="b")).id
    )
    assert read(record(guid="7", publisher="x")).id != read(record(guid="7", publisher="y")).id
    assert read(record(text="a")).id != read(record(text="b")).id


def test_what_a_page_calls_itself_links_but_never_names_it() -> None:
    plain = read(record(url="https://example.com/a?x=1"))
    told = read(record(url="https://example.com/a?x=1", canonical_url="https://example.com/a"))
    foreign = read(record(url="https://example.com/a?x=1", canonical_url="https://thief.example/a"))
    assert plain.id == told.id == foreign.id
    assert told.canonical_url == "https://example.com/a"
    assert foreign.canonical_url == plain.canonical_url == "https://example.com/a?x=1"


def test_a_record_with_nothing_but_a_canonical_address_is_named_by_it() -> None:
    alone = read(record(canonical_url="https://www.example.com/a"))
    assert alone.canonical_url == "https://example.com/a"
    assert alone.id == read(record(url="https://example.com/a")).id


def test_first_seen_falls_back_to_published_and_then_to_the_epoch() -> None:
    assert read(record(first_seen="2023-08-01T12:00:00Z")).first_seen == NOON
    published = read(record(published="2023-08-01T14:00:00+02:00"))
    assert (published.first_seen, published.flags) == (NOON, ())
    assert (read(record()).first_seen, read(record()).flags) == (EPOCH, (Flag.NO_DATE,))


def test_dates_that_lie_are_flagged() -> None:
    seen = "2023-08-01T12:00:00Z"
    assert read(record(first_seen=seen, published="2023-08-01T14:00:00Z")).flags == (
        Flag.FUTURE_DATE,
    )
    assert read(record(first_seen=seen, published="2023-07-01T14:00:00Z")).flags == (Flag.OLD,)
    assert read(record(first_seen=seen, published="2023-08-01T12:30:00Z")).flags == ()


def test_the_publisher_is_the_domain_where_none_is_named() -> None:
    assert read(record(url="https://edition.example.co.uk/a")).publisher == "example.co.uk"
    assert read(record(feed="https://example.org/rss")).publisher == "example.org"
    assert (
        read(record(url="https://example.com/", publisher="The Agency")).publisher == "The Agency"
    )


def test_what_feeds_call_the_same_things_stands_in() -> None:
    article = read(
        record(
            link="https://example.com/a", description="Teaser.", date_published="2023-08-01 12:00"
        )
    )
    assert (article.url, article.text, article.published) == (
        "https://example.com/a",
        "Teaser.",
        NOON,
    )
    assert read(record(text="Text.", description="Teaser.")).text == "Text."


def test_optional_fields_of_a_wrong_type_are_dropped_and_the_article_is_kept() -> None:
    article = read(
        record(text="Text.", authors=5, language=["fr"], published={}, flags="x", via="fax")
    )
    assert (article.authors, article.language, article.published) == ((), "", None)
    assert (article.via, article.flags) == (Via.SEED, (Flag.NO_DATE, Flag.REPAIRED))
    assert article.text == "Text."


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b"{", "invalid-json"),
        (b"[]", "invalid-record"),
        (b'{"title": 5}', "invalid-record"),
        (b'{"text": ["a"], "title": "b"}', "invalid-record"),
        (b"{}", "empty"),
        (b'{"title": " ", "text": "\\u200b\\u0000"}', "empty"),
        (b'{"title": "a", "schema": 2}', "schema-ahead"),
        (b'{"title": "a", "schema": "2.1"}', "schema-ahead"),
        (b'{"title": "a", "type": "tocsin.article.v2"}', "schema-ahead"),
        (b'{"title": "' + b"a" * LONGEST_LINE + b'"}', "too-long"),
        (b'{"title": "a", "x": ' + b"[" * 100_000, "invalid-json"),
    ],
)
def test_bad_records_are_refused_by_code(line: bytes, code: str) -> None:
    with pytest.raises(Rejected) as refused:
        read(line)
    assert refused.value.code == code


@pytest.mark.parametrize(
    "marks",
    [
        {"schema": 1},
        {"schema": "1.9"},
        {"type": "tocsin.article.v1"},
        {"type": 7},
        {"schema": None},
    ],
)
def test_records_of_this_schema_and_strange_marks_are_read(marks: dict) -> None:
    assert read(record(**marks)).title == "A headline"


def test_what_no_text_has_is_taken_out_and_offsets_stay_with_the_stored_text() -> None:
    article = read(b'{"title": "Wag\\u0000ner\\u000bGroup \\ud83d", "text": "a\\r\\nb\\tc"}')
    assert article.title == "Wagner Group \ufffd"
    assert article.text == "a\r\nb\tc"
    assert Flag.REPAIRED in article.flags


def test_text_keeps_the_normal_form_that_its_producer_chose() -> None:
    decomposed = "Ce\u0301de\u0301ao"
    assert read(record(text=decomposed)).text == decomposed


def test_strange_bytes_do_not_lose_an_article() -> None:
    line = (
        b'\xef\xbb\xbf{"title": "caf\xe9", "n": NaN, "big": '
        + b"9" * 5000
        + b', "title": "last \xe9"}'
    )
    assert read(line).title == "last é"


def test_pages_are_extracted_by_whoever_can() -> None:
    page = Extracted(title="From the page", text="Its text.", authors=("B. Writer",))
    article = read(
        b'{"html": "<p>Its text.</p>", "url": "https://example.com/a"}',
        extract_html=lambda html, url: page if html == "<p>Its text.</p>" and url else Extracted(),
    )
    assert (article.title, article.text, article.authors) == (
        "From the page",
        "Its text.",
        ("B. Writer",),
    )
    assert read(record(html="<p>x</p>")).text == ""


def test_authors_are_kept_once_each_in_their_order() -> None:
    assert read(record(authors=[" B.  Writer", "A. Writer", "B. Writer", ""])).authors == (
        "B. Writer",
        "A. Writer",
    )
    assert read(record(authors="One Author")).authors == ("One Author",)


def test_declared_languages_are_written_one_way() -> None:
    assert [
        read(record(language=each)).language for each in ("EN_us", "fr", "not a language", "")
    ] == [
        "en-us",
        "fr",
        "",
        "",
    ]


def test_naive_instants_are_utc() -> None:
    article = complete(title="a", first_seen=NOON.replace(tzinfo=None))
    assert article.first_seen == NOON


WORDS = st.text(st.characters(), max_size=30)
INSTANTS = st.one_of(st.none(), st.datetimes().map(str), st.integers(), WORDS)
RECORDS = st.fixed_dictionaries(
    {"title": WORDS},
    optional={
        "text": WORDS,
        "url": st.one_of(
            WORDS, st.sampled_from(["https://www.a.example/x?utm_source=1", "http://b.co"])
        ),
        "canonical_url": st.sampled_from(["https://a.example/y", "https://c.example/", "", "x"]),
        "language": st.sampled_from(["en_US", "zh-Hant", "?", ""]),
        "authors": st.one_of(st.none(), WORDS, st.lists(WORDS, max_size=3)),
        "published": INSTANTS,
        "first_seen": INSTANTS,
        "publisher": WORDS,
        "feed": WORDS,
        "via": st.sampled_from(["rss", "warc", "fax", ""]),
        "guid": st.one_of(WORDS, st.integers()),
        "flags": st.one_of(st.none(), st.lists(WORDS, max_size=3), st.just(["backfill"])),
        "unknown": st.one_of(st.floats(), st.none(), st.lists(st.integers(), max_size=2)),
    },
)


def outcome(line: bytes) -> Article | str:
    """The article of a line, or the code with which it is refused."""
    try:
        return read(line)
    except Rejected as refused:
        return refused.code


@given(RECORDS)
def test_reading_our_own_output_again_gives_the_same_bytes(given_record: dict) -> None:
    article = outcome(json.dumps(given_record).encode("utf-8", "surrogatepass"))
    if isinstance(article, str):
        assert article == "empty"
        return
    assert encode(read(encode(article))) == encode(article)
    assert article.first_seen.utcoffset() == timedelta(0)


@given(st.binary(max_size=300))
def test_any_bytes_are_an_article_or_are_refused(line: bytes) -> None:
    found = outcome(line)
    assert found in ("invalid-json", "invalid-record", "empty") or encode(found)


def test_a_description_is_read_as_the_html_that_feeds_put_there() -> None:
    line = b'{"title": "T", "description": "<p><img alt=\\"Rosja\\" src=\\"/rosja.jpg\\"/>Putin &amp; Co.</p>"}'
    assert read(line).text == "Putin & Co."


def test_stamping_sets_when_an_article_was_first_seen_and_flags_its_dates_anew():
    seen = datetime(2024, 5, 2, tzinfo=UTC)
    undated = stamped(complete(title="A"), seen, flags=["backfill"])
    assert (undated.first_seen, undated.flags) == (seen, ("backfill",))
    early = complete(title="A", published=datetime(2020, 1, 1, tzinfo=UTC))
    late = complete(title="A", published=datetime(2025, 1, 1, tzinfo=UTC))
    assert stamped(early, seen).flags == ("old",)
    assert stamped(late, seen).flags == ("future-date",)
    assert stamped(stamped(early, seen), early.first_seen).flags == ()


def test_a_stamped_article_is_read_back_byte_for_byte():
    article = complete(title="A", flags=["late"], published=datetime(2020, 1, 1, tzinfo=UTC))
    line = encode(stamped(article, datetime(2024, 5, 2, tzinfo=UTC), flags=["backfill"]))
    assert encode(read(line)) == line


def test_half_of_a_character_where_no_text_belongs_is_passed_over():
    article = read(b'{"title": "T", "flags": "\\ud800"}')
    assert article.title == "T"
    assert Flag.REPAIRED in article.flags
