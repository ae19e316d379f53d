import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tocsin.query.sieve import ALWAYS, Conditions, Sieve, prices

FACTS = 6
ASKED = st.integers(1, FACTS - 1)
LITERALS = st.one_of(ASKED, ASKED.map(lambda fact: ~fact))
CLAUSES = st.lists(LITERALS, min_size=1, max_size=3)
CONDITIONS = st.tuples(st.lists(ASKED, min_size=1, max_size=2), st.lists(CLAUSES, max_size=3))


def sieve(*conditions: list[list[int]], sure: bool = True) -> Sieve:
    given_ones = Conditions()
    for owner, clauses in enumerate(conditions):
        given_ones.add(owner, clauses)
    return Sieve(given_ones, [1.0] * FACTS, np.full(FACTS, sure))


def found(asked: Sieve, *facts: int) -> list[int]:
    truth = np.array([False] * FACTS + [True] * FACTS)
    held = np.array(sorted({ALWAYS, *facts}))
    truth[held], truth[~held] = True, False
    return asked.owners(asked.find(held, truth)).tolist()


@given(st.lists(CONDITIONS, max_size=8), st.sets(ASKED), st.booleans())
def test_exactly_those_conditions_are_found_whose_clauses_all_hold(parts, facts, sure) -> None:
    conditions = [[first, *others] for first, others in parts]
    expected = [
        number
        for number, clauses in enumerate(conditions)
        if all(
            any((it in facts) if it >= 0 else (~it not in facts) for it in each) for each in clauses
        )
    ]
    assert found(sieve(*conditions, sure=sure), *facts) == expected


def test_a_condition_is_found_once_however_many_facts_lead_to_it() -> None:
    assert found(sieve([[1, 2, 3]]), 1, 2, 3) == [0]


def test_a_condition_is_filed_under_what_is_rare() -> None:
    conditions = Conditions()
    conditions.add(0, [[1], [2]])
    costs = [0, 100.0, 1.0]
    filed = Sieve(conditions, costs, np.full(3, True))
    assert prices(conditions, costs) == [1.0]
    both_hold = np.full(6, True)
    assert [filed.find(np.array([fact]), both_hold).tolist() for fact in (1, 2)] == [[], [0]]


def test_what_conditions_ask_about_is_told_beside_the_sure_facts_they_are_found_by() -> None:
    asked = sieve([[1], [~2], [3, 4]])
    assert sorted(asked.facts(np.array([0])).tolist()) == [2, 3, 4]
    unsure = sieve([[1], [~2], [3, 4]], sure=False)
    assert sorted(unsure.facts(np.array([0])).tolist()) == [1, 2, 3, 4]
