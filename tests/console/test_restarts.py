from hypothesis import given
from hypothesis import strategies as st

from console.restarts import LONGEST_WAIT, SETTLED, failures_after, time_left, wait_after


def test_waits_double_up_to_half_a_minute():
    assert [wait_after(failures) for failures in range(1, 8)] == [1, 2, 4, 8, 16, 30, 30]


@given(st.integers(min_value=1, max_value=10**9))
def test_no_wait_is_longer_however_often_it_failed(failures):
    assert 0 < wait_after(failures) <= LONGEST_WAIT


def test_ends_in_a_row_are_counted_until_one_has_lived_for_a_minute():
    assert failures_after(0, lived=0.5) == 1
    assert failures_after(4, lived=SETTLED - 1) == 5
    assert failures_after(4, lived=SETTLED) == 1


def test_the_next_start_is_the_earliest_that_is_due():
    assert time_left(100.0, [130.0, 101.5]) == 1.5
    assert time_left(100.0, [99.0]) == 0.0
    assert time_left(100.0, []) is None
