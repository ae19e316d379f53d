import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from store.bloom import BITS, filter_of, may_hold

HASHES = st.integers(-(2**63), 2**63 - 1)


def held(filter: bytes, hashes: list[int]) -> list[bool]:
    found = may_hold(np.frombuffer(filter, dtype=np.uint8), np.array(hashes, dtype=np.int64))
    return [bool(each) for each in found]


@given(st.lists(HASHES, max_size=200))
def test_what_is_in_a_set_is_always_found(hashes: list[int]) -> None:
    filter = filter_of(np.array(hashes, dtype=np.int64))
    assert all(held(filter, hashes))


@given(st.lists(HASHES, min_size=1, max_size=50))
def test_the_order_of_a_set_and_repeats_do_not_matter(hashes: list[int]) -> None:
    again = np.array([*hashes[::-1], *hashes], dtype=np.int64)
    assert filter_of(again) == filter_of(np.array(hashes, dtype=np.int64))


def test_of_what_is_not_in_a_set_one_in_830_is_found() -> None:
    chance = np.random.default_rng(1)
    inside, outside = chance.integers(-(2**63), 2**63 - 1, size=(2, 400_000))
    filter = filter_of(inside)
    assert len(filter) <= 400_000 * BITS / 8 + 1
    wrong = may_hold(np.frombuffer(filter, dtype=np.uint8), outside).sum()
    assert 380 < wrong < 590  # 482 are expected


def test_an_empty_set_holds_nothing() -> None:
    assert held(filter_of(np.array([], dtype=np.int64)), [0, 1, -1]) == [False] * 3
