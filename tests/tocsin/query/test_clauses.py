from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from tocsin.query.clauses import MOST_CLAUSES, Condition, conditions
from tocsin.query.nodes import And, Leaf, Node, Not, Or, holds_without_leaves
from tocsin.query.parse import parse

LEAVES = [Leaf(text=text) for text in "abcd"]
NODES = st.recursive(
    st.sampled_from(LEAVES),
    lambda inner: st.one_of(
        inner.map(Not),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: And(tuple(parts))),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: Or(tuple(parts))),
    ),
    max_leaves=12,
)


def holds(node: Node, there: set[Leaf]) -> bool:
    if isinstance(node, Not):
        return not holds(node.part, there)
    if isinstance(node, And):
        return all(holds(part, there) for part in node.parts)
    if isinstance(node, Or):
        return any(holds(part, there) for part in node.parts)
    return node in there


def is_met(condition: Condition, there: set[Leaf]) -> bool:
    return all(
        any((literal.term in there) is not literal.is_negated for literal in clause)
        for clause in condition.clauses
    )


@given(NODES)
def test_a_query_matches_where_one_of_its_conditions_holds(node) -> None:
    found = conditions(node)
    for chosen in product([False, True], repeat=len(LEAVES)):
        there = {leaf for leaf, is_there in zip(LEAVES, chosen, strict=True) if is_there}
        sure = any(is_met(each, there) for each in found if each.is_whole)
        possible = any(is_met(each, there) for each in found)
        assert holds(node, there) or not sure
        assert possible or not holds(node, there)
        if all(each.is_whole for each in found):
            assert sure is holds(node, there)


@given(NODES.filter(lambda node: not holds_without_leaves(node)))
def test_every_condition_of_a_query_that_says_what_to_look_for_can_be_filed(node) -> None:
    for condition in conditions(node):
        assert any(not any(it.is_negated for it in clause) for clause in condition.clauses)


def test_words_joined_by_or_are_one_condition() -> None:
    (found,) = conditions(parse("mali OR niger OR chad"))
    assert [[literal.term.text for literal in clause] for clause in found.clauses] == [
        ["mali", "niger", "chad"]
    ]


def test_what_would_grow_beyond_measure_is_cut_and_says_so() -> None:
    pairs = " OR ".join(f"(a{number} b{number} c{number})" for number in range(3))
    (found,) = conditions(parse(f"mali ({pairs})"))
    assert not found.is_whole
    assert len(found.clauses) == 2 < MOST_CLAUSES


def test_ten_thousand_alternatives_take_no_time() -> None:
    (found,) = conditions(Or(tuple(Leaf(text=f"w{number}") for number in range(10_000))))
    assert len(found.clauses[0]) == 10_000
