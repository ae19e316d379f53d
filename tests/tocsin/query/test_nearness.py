from dataclasses import replace
from itertools import pairwise, permutations, product

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from schemas import TextField
from tests.tocsin.query.article_versions import a_mention, an_article_version
from tocsin.query.evaluate import match
from tocsin.query.index import Queries
from tocsin.query.nearness import near
from tocsin.query.nodes import Leaf, Near, any_of
from tocsin.query.parse import parse
from tocsin.query.places import Place, choices, places
from tocsin.query.resolve import resolve
from tocsin.query.view import View


@pytest.mark.parametrize(
    ("query", "text", "expected"),
    [
        ("gold NEAR/2 mali", "gold from northern Mali", True),
        ("gold NEAR/2 mali", "Mali's vast gold", True),
        ("gold NEAR/2 mali", "gold mined in northern Mali", False),
        ("gold NEAR/0 mali", "Mali gold", True),
        ("gold NEAR/0 mali", "gold in Mali", False),
        ("gold ONEAR/2 mali", "gold from northern Mali", True),
        ("gold ONEAR/2 mali", "Mali's vast gold", False),
        ("burkina ONEAR/0 faso", "Burkina-Faso", True),
        ('"burkina faso" NEAR/1 army', "the army of Burkina Faso", True),
        ('"burkina faso" NEAR/0 army', "the army of Burkina Faso", False),
        ('"burkina faso" NEAR/9 "faso army"', "the Burkina Faso army", False),
        ("mali NEAR/3 mali", "Mali", False),
        ("mali NEAR/3 mali", "Mali is Mali", True),
        ("(gold OR uranium) NEAR/2 (mali OR niger)", "uranium of the Niger", True),
        ("(gold OR uranium) NEAR/2 (mali OR niger)", "gold and uranium for Mali", True),
        ("merc* NEAR/1 mali", "mercenaries in Mali", True),
        ("mali NEAR/2 niger NEAR/2 chad", "Chad, and Mali, then Niger", True),
        ("mali NEAR/1 niger NEAR/1 chad", "Chad, and Mali, then Niger", False),
        ("瓦格纳 NEAR/4 尼日尔", "瓦格纳集团在尼日尔", True),
        ("瓦格纳 NEAR/2 尼日尔", "瓦格纳集团在尼日尔", False),
    ],
)
def test_the_words_between_are_counted(query: str, text: str, expected: bool) -> None:
    assert (match(parse(query), an_article_version(text)) is not None) is expected
    assert Queries({"a": query}, {}).match_ids(an_article_version(text)) == ["a"] * expected


def test_a_nearness_does_not_reach_out_of_the_title_into_the_text() -> None:
    article_version = an_article_version("Mali", title="Gold")
    assert match(parse("gold NEAR/9 mali"), article_version) is None
    assert match(parse("title:gold NEAR/9 text:mali"), article_version) is None


def test_both_parts_are_proved_by_the_places_that_are_near() -> None:
    text = "Gold rose. In Mali the army took a gold mine."
    found = match(parse("gold NEAR/5 mali"), an_article_version(text))
    assert found is not None
    assert [(each.leaf, each.text, each.start) for each in found] == [
        ("gold", "Gold", 0),
        ("mali", "Mali", 14),
    ]
    assert all(each.field == TextField.TEXT for each in found)
    assert found[1].sentence == "In Mali the army took a gold mine."


def test_an_actor_is_near_where_it_is_mentioned() -> None:
    article_version = an_article_version("Wagner, the composer. The Wagner Group mines gold.")
    mention = a_mention(article_version.article, "Wagner Group", actor="wagner-group")
    article_version = replace(article_version, mentions=(mention,))
    query = "actor:wagner NEAR/1 gold"
    actors = {"wagner": "wagner-group"}
    found = match(resolve(parse(query), actors, query), article_version)
    assert found is not None
    assert [each.text for each in found] == ["Wagner Group", "gold"]
    assert match(parse("actor:wagner-group NEAR/0 composer"), article_version) is None
    assert Queries({"a": query}, actors).match_ids(article_version) == ["a"]


WORDS = st.sampled_from(["a1", "b1", "c1", "a1 b1", "b1 a1"])
PARTS = st.lists(WORDS, min_size=1, max_size=2).map(
    lambda texts: any_of([Leaf(text=text) for text in texts])
)
NEARS = st.builds(
    lambda parts, distance, is_ordered: Near(
        parts=tuple(parts), distance=distance, is_ordered=is_ordered
    ),
    st.lists(PARTS, min_size=2, max_size=3),
    st.integers(0, 4),
    st.booleans(),
)
TEXTS = st.lists(st.sampled_from(["a1", "b1", "c1", "x", "y"]), max_size=12).map(" ".join)


def is_near(node: Near, view: View) -> bool:
    """Try every choice of places in every order."""
    every = [
        [place for leaf in choices(part) for place in places(leaf, view, view.text)]
        for part in node.parts
    ]
    return any(
        _gaps(ordered) <= node.distance
        for chosen in product(*every)
        for ordered in ([chosen] if node.is_ordered else permutations(chosen))
        if all(one.last < two.first for one, two in pairwise(ordered))
    )


def _gaps(ordered: tuple[Place, ...]) -> int:
    return sum(two.first - one.last - 1 for one, two in pairwise(ordered))


@settings(max_examples=500)
@given(NEARS, TEXTS)
@example(Near(parts=(Leaf(text="a1"), Leaf(text="a1 b1")), distance=1), "a1 a1 b1")
def test_chains_find_what_trying_every_choice_finds(node: Near, text: str) -> None:
    view = View(an_article_version(text))
    found = near(node, view)
    assert (found is not None) == is_near(node, view)
    if found:
        places_found = sorted(each.place for each in found[1])
        assert _gaps(tuple(places_found)) <= node.distance
        assert [each.part for each in found[1]] == list(range(len(node.parts)))
