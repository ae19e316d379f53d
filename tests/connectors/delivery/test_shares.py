"""Whose turn it is: nobody is left out for long, and nobody gets more than there is room for."""

from collections import Counter
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from connectors.delivery.gate import MOST_AT_ONCE
from connectors.delivery.shares import RESERVED, Waiting, shared_out

NOON = datetime(2024, 7, 29, 12, tzinfo=UTC)


def waiting(channel: str, target: str = "", *, minutes: float = 0, failures: int = 0) -> Waiting:
    due = NOON - timedelta(minutes=minutes)
    return Waiting(channel, target or channel, due, failures)


def test_a_channel_alone_at_its_target_gets_all_of_its_room() -> None:
    assert shared_out([waiting("a")], lambda _: 2, 64) == {"a": 2}


def test_two_at_one_target_get_one_each() -> None:
    assert shared_out([waiting("a", "t"), waiting("b", "t")], lambda _: 2, 64) == {"a": 1, "b": 1}


def test_who_waits_longest_is_first_and_who_failed_is_last() -> None:
    those = [
        waiting("failed", "t", minutes=9, failures=1),
        waiting("late", "t"),
        waiting("early", "t", minutes=5),
    ]
    assert shared_out(those, lambda _: 1, 64) == {"early": 1}
    assert shared_out(those[:2], lambda _: 1, 64) == {"late": 1}


def test_the_last_places_are_not_for_those_that_failed() -> None:
    failed = [waiting(f"f{n}", failures=1) for n in range(99)]
    shares = shared_out([*failed, waiting("well")], lambda _: 1, 64)
    assert sum(shares.values()) == 64 - RESERVED
    assert shared_out([*failed, waiting("well")], lambda _: 1, RESERVED) == {"well": 1}


@given(
    st.lists(
        st.builds(
            waiting,
            st.integers(0, 40).map(str),
            st.sampled_from("xyz"),
            minutes=st.integers(0, 3),
            failures=st.integers(0, 2),
        ),
        unique_by=lambda it: it.channel,
    ),
    st.dictionaries(st.sampled_from("xyz"), st.integers(0, MOST_AT_ONCE)),
    st.integers(0, 64),
)
def test_there_are_never_more_than_there_is_room_for(those, rooms, left) -> None:
    shares = shared_out(those, lambda target: rooms.get(target, 0), left)
    by_target = Counter[str]()
    for each in those:
        by_target[each.target] += shares.get(each.channel, 0)
    assert sum(shares.values()) <= left
    assert all(by_target[target] <= rooms.get(target, 0) for target in by_target)
