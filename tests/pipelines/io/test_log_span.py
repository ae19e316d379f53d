"""Spans of the log are cut where they stand, and nothing falls between the pieces."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.io.log_span import LogSpan, LogTracker, span_to

claims = st.lists(st.sampled_from([(0, 5), (0, 6), (1, 0), (1, 1), (2, 9)]), unique=True).map(
    sorted  # each partition in its order
)
START = {0: 5, 1: 0}


@given(claims, claims)
def test_a_cut_leaves_what_is_not_claimed_to_the_rest(
    before: list[tuple[int, int]], after: list[tuple[int, int]]
) -> None:
    tracker = LogTracker(span_to(START))
    assert all(map(tracker.try_claim, before))
    split = tracker.try_split(0)
    assert split is not None
    ours, rest = split
    assert ours == tracker.current_restriction()
    assert rest.stop is None
    assert ours.stop == rest.start == span_to(START | {p: o + 1 for p, o in before}).start
    assert not any(map(tracker.try_claim, after))
    assert tracker.try_split(0) is None
    assert tracker.check_done()
    assert tracker.is_bounded()
    assert all(map(LogTracker(rest).try_claim, (it for it in after if it not in before)))


def test_a_share_is_never_cut_ahead_of_where_it_stands() -> None:
    assert LogTracker(span_to(START)).try_split(0.5) is None


def test_what_has_an_end_is_done_when_every_partition_is_claimed_to_its_end() -> None:
    tracker = LogTracker(span_to(START, {0: 7, 1: 0}))
    assert tracker.is_bounded()
    with pytest.raises(ValueError, match="partition 0"):
        tracker.check_done()
    assert tracker.try_claim((0, 5))
    assert not tracker.try_claim((0, 7))
    assert tracker.check_done()


def test_what_came_behind_the_end_is_refused() -> None:
    tracker = LogTracker(span_to(START, {0: 6, 1: 0}))
    assert not tracker.try_claim((0, 6))
    assert not tracker.try_claim((3, 0))  # a partition that was not there


def test_what_has_no_end_is_never_done() -> None:
    tracker = LogTracker(LogSpan(start=()))
    assert not tracker.is_bounded()
    with pytest.raises(ValueError, match="never done"):
        tracker.check_done()
