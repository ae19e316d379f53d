import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tocsin.query.article_versions import an_article_version
from tocsin.query.evaluate import compiled
from tocsin.query.nodes import And, Field, Leaf, Node, Not, Or, leaves
from tocsin.query.parse import parse
from tocsin.query.printer import print_query
from tocsin.query.relaxed import relaxed
from tocsin.query.view import View


@pytest.mark.parametrize(
    ("query", "left"),
    [
        ("mali language:fr", "mali"),
        ("mali NOT language:fr", "mali"),
        ("mali AND (chad OR language:fr)", "mali"),
        ("mali NOT (chad AND language:fr)", "mali"),
        ("mali NOT (chad OR language:fr)", "mali AND NOT chad"),
        ("mali OR (language:fr chad)", "mali OR chad"),
        ("mali", "mali"),
    ],
)
def test_what_is_asked_beside_the_field_is_left(query: str, left: str) -> None:
    found = relaxed(parse(query), Field.LANGUAGE)
    assert found is not None
    assert print_query(found) == left


def test_nothing_is_left_of_what_asks_for_the_field_alone() -> None:
    assert relaxed(parse("language:fr OR language:en"), Field.LANGUAGE) is None
    assert relaxed(parse("mali OR language:fr"), Field.LANGUAGE) is None


terms = st.sampled_from(
    [Leaf(text="mali"), Leaf(text="chad"), Leaf(text="fr", field=Field.LANGUAGE)]
)
nodes: st.SearchStrategy[Node] = st.recursive(
    terms,
    lambda inner: st.one_of(
        inner.map(Not),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: And(tuple(parts))),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: Or(tuple(parts))),
    ),
    max_leaves=6,
)


@given(nodes, st.sampled_from(["mali", "chad", "mali chad", "togo"]), st.sampled_from(["fr", "en"]))
def test_whatever_matches_matches_what_is_left(node: Node, text: str, language: str) -> None:
    left = relaxed(node, Field.LANGUAGE)
    if left is None:
        return
    assert not any(
        isinstance(leaf, Leaf) and leaf.field is Field.LANGUAGE for leaf, _ in leaves(left)
    )
    view = View(an_article_version(text, language=language))
    if compiled(node)(view):
        assert compiled(left)(view)
