"""Every case of the files: what a query is and matches, or what is said of it, and that it survives printing."""

import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from schemas import ArticleVersion, EntityType, QueryError
from tests.tocsin.query.article_versions import a_mention, an_article_version, an_entity
from tests.tocsin.query.cases import DOCUMENTED, HERE, Case, cases_of, documented, shape
from tocsin.query.evaluate import compiled, match
from tocsin.query.index import Queries
from tocsin.query.parse import parse
from tocsin.query.printer import print_query
from tocsin.query.resolve import resolve
from tocsin.query.view import View

ACTORS = {"wagner": "wagner-group", "wagner-group": "wagner-group", "russia": "russia"}
NAMED = {"person": EntityType.PERSON, "org": EntityType.ORGANISATION, "place": EntityType.PLACE}


OWN = cases_of(HERE / "cases.txt")
FROM_OTHERS = [case for tool in DOCUMENTED for case in documented(tool)]
ALL = [*OWN, *FROM_OTHERS]
MATCHES = [case for case in ALL if case.expected in ("yes", "no")]
TREES = [case for case in ALL if case.expected == "tree"]
ERRORS = [case for case in ALL if case.expected.isdecimal()]


def article_of(written: str) -> ArticleVersion:
    """Build the article version of a row."""
    known, text = re.fullmatch(r"(?:\[([^\]]*)\] )?(.*)", written, re.DOTALL).groups()  # type: ignore[union-attr]
    title, _, body = text.rpartition(" // ")
    version = an_article_version(body, title=title)
    for each in (known or "").split():
        version = knowing(version, *each.split("=", 1))
    return version


def knowing(version: ArticleVersion, key: str, value: str) -> ArticleVersion:
    """Add one thing that is known: metadata, a mention (`actor@surface`), an entity (`surface/id/name`)."""
    article = version.article
    if key == "copies":
        return replace(version, copies=int(value))
    if key == "actor":
        actor, _, surface = value.partition("@")
        return replace(version, mentions=(a_mention(article, plain(surface), actor=actor),))
    if key in NAMED:
        surface, id, name, *_ = [*map(plain, value.split("/")), "", ""]
        entity = an_entity(article, surface, type=NAMED[key], id=id, name=name)
        return replace(version, entities=(*version.entities, entity))
    if key == "published":
        moment = datetime.fromisoformat(value).replace(tzinfo=UTC)
        return replace(version, article=replace(article, published=moment))
    changed = {key: (value,) if key == "flags" else value}
    return replace(version, article=replace(article, **changed))  # type: ignore[arg-type]


def plain(written: str) -> str:
    return written.replace("_", " ")


def test_there_are_enough_cases_of_each_kind_and_none_is_told_twice() -> None:
    assert len(ALL) == len(MATCHES) + len(TREES) + len(ERRORS)
    assert len(MATCHES) >= 300
    assert len(ERRORS) >= 100
    assert len({(case.query, case.expected, case.rest) for case in ALL}) == len(ALL)


def test_three_hundred_cases_are_from_the_documentation_of_other_tools() -> None:
    assert len(FROM_OTHERS) >= 300
    assert len({case.query for case in FROM_OTHERS}) >= 300


@pytest.mark.parametrize("case", TREES, ids=str)
def test_a_query_is_the_nodes_that_it_says(case: Case) -> None:
    node = parse(case.query)
    assert shape(node) == case.rest
    assert parse(print_query(node)) == node


@pytest.mark.parametrize("case", MATCHES, ids=str)
def test_a_query_matches_what_it_says(case: Case) -> None:
    version = article_of(case.rest)
    node = resolve(parse(case.query), ACTORS, case.query)
    assert (match(node, version) is not None) is (case.expected == "yes")
    assert compiled(node)(View(version)) is (case.expected == "yes")
    found = Queries({"query": case.query}, ACTORS).match_ids(version)
    assert found == ["query"] * (case.expected == "yes")


@pytest.mark.parametrize("case", MATCHES, ids=str)
def test_what_is_found_is_proved_by_its_place(case: Case) -> None:
    version = article_of(case.rest)
    texts = {"title": version.article.title, "text": version.article.text}
    node = resolve(parse(case.query), ACTORS, case.query)
    for each in match(node, version) or ():
        if each.field is not None:
            assert texts[each.field][each.start : each.end] == each.text != ""
            assert each.text in each.sentence


@pytest.mark.parametrize("case", MATCHES, ids=str)
def test_a_printed_query_is_the_same_query_and_prints_the_same(case: Case) -> None:
    node = parse(case.query)
    written = print_query(node)
    assert parse(written) == node
    assert print_query(parse(written)) == written


@pytest.mark.parametrize("case", ERRORS, ids=str)
def test_a_fault_is_named_with_its_column_and_the_way_out(case: Case) -> None:
    with pytest.raises(QueryError) as caught:
        parse(case.query)
    assert case.rest in f"{caught.value} {caught.value.hint}"
    assert caught.value.column == int(case.expected)
    assert caught.value.hint
