from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas import EntityType, QueryError
from tests.tocsin.query.article_versions import a_mention, an_article_version, an_entity
from tocsin.query.evaluate import match
from tocsin.query.filing import Filed, Filing
from tocsin.query.index import Queries
from tocsin.query.nodes import And, Comparison, Copies, Leaf, holds_without_leaves
from tocsin.query.parse import parse
from tocsin.query.printer import print_query
from tocsin.query.resolve import resolve
from tocsin.query.view import View

ACTORS = {"wagner": "wagner-group", "wagner-group": "wagner-group", "russia": "russia"}
VOCABULARY = ["mali", "Mali", "niger", "wagner", "group", "gold", "mercenaries", "瓦格纳", "chad"]
LEAVES = st.one_of(
    st.sampled_from(VOCABULARY),
    st.sampled_from(
        ['"wagner group"', "merc*", '"wagner gr*"', "title:mali", "text:niger", '"mali niger chad"']
    ),
    st.sampled_from(
        ["actor:wagner", "actor:russia", "place:niger", "language:fr", "copies>1", "via:rss"]
    ),
    st.sampled_from(
        [
            "(mali NEAR/1 niger)",
            '("wagner group" ONEAR/2 (gold OR merc*))',
            "(actor:wagner NEAR/3 niger)",
            "(title:mali NEAR/9 gold)",
            "=Mali",
            "=case:WAGNER",
            '="wagner gr"*',
            "country:ne",
            "published>=2026",
            "seen:2023-08",
        ]
    ),
)


def join(parts: list[str], operator: str) -> str:
    return f"({f' {operator} '.join(parts)})"


QUERIES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        inner.map(lambda each: f"NOT {each}"),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: join(parts, "AND")),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: join(parts, "OR")),
    ),
    max_leaves=8,
)


def is_positive(query: str) -> bool:
    try:
        return not holds_without_leaves(parse(query))
    except QueryError:
        return False


@st.composite
def article_versions(draw: st.DrawFn):
    words = st.lists(st.sampled_from([*VOCABULARY, "and", "the"]), max_size=8).map(" ".join)
    text = draw(words) + " Wagner. Niger."
    language, via = draw(st.sampled_from(["fr", "en"])), draw(st.sampled_from(["rss", "seed"]))
    article_version = an_article_version(text, title=draw(words), language=language, via=via)
    article = article_version.article
    if draw(st.booleans()):
        article_version = replace(
            article_version, mentions=(a_mention(article, "Wagner.", actor="wagner-group"),)
        )
    if draw(st.booleans()):
        article_version = replace(
            article_version, entities=(an_entity(article, "Niger", type=EntityType.PLACE),)
        )
    return replace(article_version, copies=draw(st.integers(0, 3)))


@settings(max_examples=150)
@given(st.lists(QUERIES.filter(is_positive), min_size=1, max_size=12), article_versions())
def test_the_index_finds_exactly_what_asking_every_query_finds(queries, article_version) -> None:
    named = {f"q{number}": query for number, query in enumerate(queries)}
    one_by_one = {
        name: match(resolve(parse(query), ACTORS, query), article_version)
        for name, query in named.items()
    }
    compiled = Queries(named, ACTORS)
    expected = [(name, one_by_one[name]) for name in sorted(named) if one_by_one[name] is not None]
    assert compiled.match(article_version) == expected
    assert compiled.match_ids(article_version) == [name for name, _ in expected]


PHRASE_WORDS = st.sampled_from(["red", "reds", "sea", "the", "瓦", "格", "ёж"])
PHRASES = st.lists(PHRASE_WORDS, min_size=1, max_size=7).map(lambda words: f'"{" ".join(words)}"')
WRITTEN_QUERIES = st.one_of(
    PHRASES,
    PHRASES.map(lambda phrase: f'{phrase[:-1]} re"*'),
    st.tuples(PHRASES, PHRASES, st.integers(0, 3)).map(lambda it: f"{it[0]} NEAR/{it[2]} {it[1]}"),
    st.tuples(PHRASES, PHRASES, st.integers(0, 3)).map(lambda it: f"{it[0]} ONEAR/{it[2]} {it[1]}"),
    st.tuples(PHRASES, PHRASES).map(lambda it: f"{it[0]} NOT {it[1]}"),
    st.lists(st.tuples(PHRASES, PHRASES, PHRASES), min_size=1, max_size=4).map(
        lambda parts: '"sea" (' + " OR ".join(f"({a} {b} {c})" for a, b, c in parts) + ")"
    ),
)


@settings(max_examples=150)
@given(
    st.lists(WRITTEN_QUERIES, min_size=1, max_size=30),
    st.lists(PHRASE_WORDS, max_size=5).map(" ".join),
    st.lists(PHRASE_WORDS, max_size=25).map(" ".join),
)
def test_phrases_and_nearness_of_shared_words_are_told_apart(queries, title, text) -> None:
    named = {f"q{number}": query for number, query in enumerate(queries)}
    article_version = an_article_version(text, title=title)
    expected = [name for name in sorted(named) if match(parse(named[name]), article_version)]
    assert Queries(named, {}).match_ids(article_version) == expected


def test_the_order_in_which_queries_come_changes_nothing() -> None:
    named = {"b": "mali OR niger", "c": '"wagner group" NEAR/3 mali', "a": "mali NOT niger"}
    article_version = an_article_version("The Wagner Group left Mali.")
    one, other = Queries(named, {}), Queries(dict(reversed(named.items())), {})
    assert one.match(article_version) == other.match(article_version)
    assert one.match_ids(article_version) == ["a", "b", "c"]
    assert one.ids == ("a", "b", "c")


def test_a_term_is_looked_at_only_where_a_query_depends_on_it() -> None:
    looked: list[str] = []

    class Watched(Copies):
        def includes(self, copies: int) -> bool:
            looked.append("copies")
            return Copies.includes(self, copies)

    filing = Filing()
    filing.add(0, And((Leaf(text="mali"), Watched(comparison=Comparison.MORE, number=1))))
    filed = Filed(filing)
    filed.find(View(an_article_version("Niger.")))
    assert looked == []
    filed.find(View(an_article_version("Mali.")))
    assert looked == ["copies"]


def test_queries_of_no_words_at_all_are_found() -> None:
    article_version = an_article_version("Mali.")
    assert Queries({"a": "copies>=0", "b": "copies>0"}, {}).match_ids(article_version) == ["a"]
    assert Queries({}, {}).match_ids(article_version) == []


def test_the_parsed_form_of_a_query_is_given_by_its_id() -> None:
    compiled = Queries({"a": "mali", "b": "niger"}, {})
    assert compiled.node("b") == Leaf(text="niger")
    for unknown in ("", "aa", "c"):
        with pytest.raises(KeyError):
            compiled.node(unknown)


def test_an_actor_that_nobody_watches_is_an_error_that_names_the_nearest() -> None:
    with pytest.raises(QueryError, match="wagnr") as caught:
        Queries({"a": "mali AND actor:wagnr"}, ACTORS)
    assert caught.value.column == 16
    assert "actor:wagner" in caught.value.hint


def test_the_id_of_an_actor_may_be_written_as_its_name() -> None:
    article_version = an_article_version("The Wagner Group left.")
    article_version = replace(
        article_version,
        mentions=(a_mention(article_version.article, "Wagner Group", actor="wagner-group"),),
    )
    assert Queries({"a": 'actor:"Wagner Group"'}, ACTORS).match_ids(article_version) == ["a"]


def test_printing_keeps_what_an_index_finds() -> None:
    query = '(mali OR "wagner group") NOT title:opera'
    article_version = an_article_version("The Wagner Group left.")
    assert Queries({"a": print_query(parse(query))}, {}).match_ids(article_version) == ["a"]
