import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tocsin.query.article_versions import an_article_version
from tocsin.query.nearness import near
from tocsin.query.nodes import Near
from tocsin.query.parse import parse
from tocsin.query.view import View
from tocsin.query.windows import are_close, words_apart

WORDS = st.lists(st.sampled_from("abcdefx"), max_size=12).map(" ".join)
PARTS = st.permutations(["a", "b", "(c OR d)", "e"]).flatmap(
    lambda parts: st.integers(2, 4).map(lambda count: parts[:count])
)


def a_near(query: str) -> Near:
    node = parse(query)
    assert isinstance(node, Near)
    return node


@given(PARTS, st.integers(0, 6), st.sampled_from(["NEAR", "ONEAR"]), WORDS, WORDS)
def test_a_window_is_found_where_places_are_found(parts, distance, sign, title, text) -> None:
    node = a_near(f" {sign}/{distance} ".join(parts))
    words = words_apart(node)
    view = View(an_article_version(text, title=title))
    assert words is not None
    assert are_close(words, node, view) is (near(node, view) is not None)


@pytest.mark.parametrize(
    "query",
    [
        "a NEAR/2 a",
        "a NEAR/2 (b OR a)",
        '"a b" NEAR/2 c',
        "title:a NEAR/2 b",
        "ab* NEAR/2 c",
        "=a NEAR/2 b",
    ],
)
def test_places_that_are_more_than_words_or_might_be_shared_have_no_windows(query) -> None:
    assert words_apart(a_near(query)) is None
