import time
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import QueryError
from tocsin.query.nearby import MOST_PARTS
from tocsin.query.nodes import (
    NAMED,
    And,
    Clock,
    Comparison,
    Copies,
    Dated,
    Exact,
    Field,
    Leaf,
    Near,
    Node,
    Not,
    Or,
    Spelling,
    all_of,
    any_of,
    holds_without_leaves,
)
from tocsin.query.parse import DEEPEST, LONGEST, parse
from tocsin.query.printer import print_query


def word(text: str, field: Field | None = None, *, is_prefix: bool = False) -> Leaf:
    return Leaf(text=text, field=field, is_prefix=is_prefix)


WORDS = st.sampled_from(
    [
        "wagner",
        "Côte d'Ivoire",
        "AND",
        "not",
        "NEAR",
        "12:30",
        "瓦格纳",
        "Moscow-backed",
        "a b c",
        "Вагнер",
    ]
)
WRITTEN_FIELDS = st.sampled_from([None, Field.TITLE, Field.TEXT])
EXACT = st.builds(
    Exact,
    st.builds(word, WORDS, WRITTEN_FIELDS, is_prefix=st.just(False)),
    st.sampled_from(Spelling),
)
PLACED = st.one_of(
    EXACT,
    st.builds(word, WORDS, WRITTEN_FIELDS),
    st.builds(word, st.sampled_from(["wagner", "Niger"]), st.sampled_from([Field.ACTOR, *NAMED])),
).filter(lambda node: not (isinstance(node, Leaf) and node.field == Field.COUNTRY))


@st.composite
def dates(draw: st.DrawFn) -> Dated:
    """A range of whole minutes, often as coarse as people write it."""
    minutes = st.datetimes(datetime(1900, 1, 1), datetime(9998, 12, 31), timezones=st.just(UTC))
    days = st.sampled_from(
        [(2026, 1, 1), (2026, 11, 1), (2027, 1, 1), (2026, 11, 7), (2026, 11, 8)]
    )
    instants = st.one_of(
        minutes.map(lambda it: it.replace(second=0, microsecond=0)),
        days.map(lambda it: datetime(*it, tzinfo=UTC)),
    )
    first, last = sorted(draw(st.lists(instants, min_size=2, max_size=2, unique=True)))
    kept = draw(st.sampled_from([(first, last), (first, None), (None, last)]))
    return Dated(clock=draw(st.sampled_from(Clock)), since=kept[0], before=kept[1])


LEAVES = st.one_of(
    st.builds(
        word,
        WORDS,
        st.sampled_from([None, Field.TITLE, Field.TEXT, Field.PERSON, Field.PLACE, Field.ENTITY]),
    ),
    st.builds(word, st.sampled_from(["merc", "wagner gr"]), is_prefix=st.just(True)),
    st.builds(word, st.sampled_from(["wagner", "Wagner Group"]), st.just(Field.ACTOR)),
    st.builds(word, st.sampled_from(["fr", "pt-BR"]), st.just(Field.LANGUAGE)),
    st.builds(word, st.sampled_from(["https://a.example/feed?x=1", "=x"]), st.just(Field.FEED)),
    st.builds(Copies, comparison=st.sampled_from(Comparison), number=st.integers(0, 99)),
    st.just(Leaf(text="Côte d’Ivoire", field=Field.COUNTRY, target="CI")),
    dates(),
    EXACT,
    st.builds(
        Near,
        parts=st.lists(
            st.one_of(PLACED, st.lists(PLACED, min_size=2, max_size=3).map(any_of)),
            min_size=2,
            max_size=MOST_PARTS,
        ).map(tuple),
        distance=st.integers(0, 999),
        is_ordered=st.booleans(),
    ),
)
NODES: st.SearchStrategy[Node] = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.builds(Not, inner),
        st.lists(inner, min_size=2, max_size=4).map(all_of),
        st.lists(inner, min_size=2, max_size=4).map(any_of),
    ),
    max_leaves=12,
)


@given(NODES.filter(lambda node: not holds_without_leaves(node)))
def test_a_printed_query_parses_to_itself(node: Node) -> None:
    assert parse(print_query(node)) == node


@given(
    st.one_of(
        st.text(alphabet='abAND ORNOT"()«»„“:*!&|>3-=/≥[]{}\u200e״צＡ–', max_size=40),
        st.lists(
            st.sampled_from(
                [
                    "mali",
                    "AND",
                    "NOT",
                    "NEAR/3",
                    "ONEAR/3",
                    "(",
                    ")",
                    "=",
                    "title:",
                    "actor:",
                    "*",
                    "published:",
                    "2026",
                    "..",
                    "seen>",
                    '"',
                    "country:",
                    "NE",
                    "/",
                    "~5",
                    "copies<0",
                ]
            ),
            max_size=12,
        ).map(" ".join),
        st.lists(st.sampled_from(["=case:", "a1", " ", "title:", '"', "*", "-11", "2026"])).map(
            "".join
        ),
    )
)
def test_any_text_parses_or_names_a_column_inside_itself(text: str) -> None:
    fault = None
    try:
        node = parse(text)
    except QueryError as error:
        fault = error
    if fault:
        assert 1 <= fault.column <= len(text) + 1
        assert str(fault)
        assert fault.hint
    else:
        assert parse(print_query(node)) == node


def test_not_binds_closer_than_and_and_and_closer_than_or() -> None:
    assert parse("a1 OR NOT b1 AND c1") == Or((word("a1"), And((Not(word("b1")), word("c1")))))


def test_terms_side_by_side_are_joined_by_and() -> None:
    assert parse("mali niger OR chad") == parse("(mali AND niger) OR chad")


def test_the_signs_of_other_tools_mean_the_same_operators() -> None:
    assert parse("a1 && (b1 || c1) && !d1") == parse("a1 AND (b1 OR c1) AND NOT d1")


@pytest.mark.parametrize(
    "phrase",
    [
        '"Gruppe Wagner"',
        "„Gruppe Wagner“",
        "“Gruppe Wagner”",
        "« Gruppe Wagner »",
        "「Gruppe Wagner」",
    ],
)
def test_any_quotation_marks_make_a_phrase(phrase: str) -> None:
    assert parse(phrase) == word("Gruppe Wagner")


def test_a_field_in_front_of_brackets_holds_for_all_inside() -> None:
    assert parse("title:(mali OR niger)") == parse("title:mali OR title:niger")


@pytest.mark.parametrize(
    ("query", "column", "said", "hint"),
    [
        ("", 1, "empty", "Write"),
        ("   ", 1, "empty", "Write"),
        ("(mali OR niger", 1, "never closed", ")"),
        ("mali) OR niger", 5, "closes nothing", "Take it out"),
        ("()", 1, "nothing inside", "Write"),
        ('mali "niger delta', 6, "never closed", '"niger delta"'),
        ("mali „niger", 6, "never closed", "niger"),
        ("mali AND", 6, "nothing behind", "Write a term"),
        ("OR mali", 1, "nothing before", "Write a term"),
        ("mali AND OR niger", 6, "nothing behind", "Write a term"),
        ("autor:wagner", 1, "no field autor:", "actor:"),
        ("mali organisation:ecowas", 6, "no field", "org:"),
        ("title:", 1, "no value", "title:word"),
        ("war and peace", 5, "small letters", "Write AND"),
        ("war or peace", 5, "small letters", "Write OR"),
        ("mali not niger", 6, "small letters", "Write NOT"),
        ("mali NEAR niger", 6, "nearness", "NEAR/5"),
        ("mali ONEAR niger", 6, "nearness", "ONEAR/5"),
        ("NOT mali", 1, "every article", "niger AND NOT wagner"),
        ("mali OR NOT niger", 9, "every article", "narrow"),
        ("mali -niger", 6, "means nothing", "NOT"),
        ("*ali", 1, "only at the end", "merc*"),
        ("m*", 1, "nearly everything", "at least two"),
        ('"!!"', 1, "no letter", "Write a word"),
        ("language:french", 10, "no language code", "language:fr"),
        ("flag:od", 6, "no flag:od", "flag:old"),
        ("via:rs", 5, "no via:rs", "via:rss"),
        ("copies:3", 1, "no field", "copies>3"),
        ("title:(actor:wagner)", 8, "inside", "Close"),
        ("https://example.org", 1, "no field https:", "publisher:"),
        ("mali ‘burkina faso’", 6, "Single quotation marks", '"burkina faso"'),
        ("('burkina faso')", 2, "Single quotation marks", '"burkina faso"'),
        ("title:‹burkina faso›", 7, "Single quotation marks", '"burkina faso"'),
        ("mali /nig.*r/", 6, "Regular expressions", "phrase"),
        ("mali copies>many", 6, "whole number", "copies>3"),
        ("copies>=1234567890", 1, "whole number", "copies>3"),
        ("(" * (DEEPEST + 1) + "a1" + ")" * (DEEPEST + 1), DEEPEST + 1, "deeper", "Split"),
        ("NOT " * 3000 + "a1", 1, "deeper", "Split"),
    ],
)
def test_a_fault_is_named_with_its_column_and_the_way_out(
    query: str, column: int, said: str, hint: str
) -> None:
    with pytest.raises(QueryError) as caught:
        parse(query)
    assert caught.value.column == column
    assert said in str(caught.value)
    assert hint in caught.value.hint


HUGE = (
    *("(" * 10_000 + "mali" + ")" * 10_000, "（" * 10_000, ")" * 10_000, "title:(" * 10_000),
    *("NOT " * 10_000 + "mali", "!" * 10_000 + "mali", "!(" * 10_000, "-" * LONGEST, "[" * LONGEST),
    *("a" * LONGEST + "a", "mali OR " * 12_500, '"' * (LONGEST - 1), "*" * LONGEST, "~" * LONGEST),
    *("/" * LONGEST, "' " * 50_000, "=" * LONGEST, "title:" * 16_000, "x>" * 50_000, "/^" * 50_000),
    *("near/5" + "x" * 90_000, "published:" + "2" * 90_000, "5n(" * 30_000, "t" * 90_000 + ":x"),
    *(
        "via:" + "r" * 90_000,
        "language:" + "f" * 90_000,
        "country:" + "n" * 90_000,
        "seen>" + "x" * 90_000,
    ),
    *(
        "flag:" + "o" * 90_000,
        "publisher:" + "/" * 90_000,
        "actor:" + "*" * 90_000,
        "\u00ad" * LONGEST,
    ),
)


@pytest.mark.parametrize("query", HUGE, ids=lambda query: query[:12])
def test_the_fault_of_a_huge_query_is_named_soon_and_in_few_words(query: str) -> None:
    parse("warm")
    started = time.process_time()
    with pytest.raises(QueryError) as caught:
        parse(query)
    assert time.process_time() - started < 5
    assert 1 <= caught.value.column <= len(query)
    assert 0 < len(caught.value.hint) < 300
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize("word", ["mali", "瓦", "e\u0301", "'yan ", "mali ", "9"])
def test_a_query_of_the_greatest_length_parses_to_what_it_says(word: str) -> None:
    query = f'"{word * ((LONGEST - 2) // len(word))}"'
    assert parse(query) == Leaf(text=query.strip('" '))


def test_words_that_only_begin_like_operators_are_words() -> None:
    assert parse("andy ORDER NOTHING near") == parse('"andy" AND "ORDER" AND "NOTHING" AND "near"')


def test_a_line_break_separates_like_a_space() -> None:
    assert parse("mali\nOR\tniger") == parse("mali OR niger")


def test_apostrophes_are_parts_of_words() -> None:
    assert parse("'yan bindiga") == parse('"\'yan" AND bindiga')
    assert parse("O’Brien OR l’Afrique OR states’") == parse(
        '"O’Brien" OR "l’Afrique" OR "states’"'
    )


def test_a_wide_colon_and_capitals_name_a_field_too() -> None:
    assert parse("title：瓦格纳 Copies>3") == parse("title:瓦格纳 copies>3")


def test_a_printed_query_shows_what_binds_closer() -> None:
    assert print_query(parse("mali OR niger NOT opera")) == "mali OR (niger AND NOT opera)"


def test_ten_thousand_queries_parse_in_five_seconds() -> None:
    parse("warm")
    started = time.process_time()
    for number in range(10_000):
        parse(f'actor:wagner AND (niger{number} OR "burkina faso" OR mali) NOT opera')
    assert time.process_time() - started < 5
