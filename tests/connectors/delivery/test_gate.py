"""At most two at once to one target, whatever the order in which attempts end; and rests that are bounded."""

from collections import Counter
from datetime import UTC, datetime, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from connectors.delivery.gate import FIRST_REST, LONGEST_REST, MOST_AT_ONCE, MOST_FAILURES, Gate

NOON = datetime(2024, 7, 29, 12, tzinfo=UTC)
TARGETS = ("a:443", "b:443", "c:80")


def failing(gate: Gate, times: int, now: datetime = NOON) -> None:
    for _ in range(times):
        gate.enter("a:443")
        gate.leave("a:443", now, is_well=False)


def test_two_go_at_once_and_one_after_a_failure_until_a_success() -> None:
    gate = Gate()
    assert gate.room("a:443", NOON) == 2
    gate.enter("a:443")
    assert gate.room("a:443", NOON) == 1
    gate.leave("a:443", NOON, is_well=False)
    assert gate.room("a:443", NOON) == 1
    gate.enter("a:443")
    assert gate.room("a:443", NOON) == 0
    assert gate.room("b:443", NOON) == 2
    gate.leave("a:443", NOON, is_well=True)
    assert gate.room("a:443", NOON) == 2


def test_a_target_that_keeps_failing_rests_ever_longer_within_bounds() -> None:
    gate = Gate()
    failing(gate, MOST_FAILURES - 1)
    assert not gate.is_resting("a:443", NOON)
    failing(gate, 1)
    assert gate.room("a:443", NOON) == 0
    assert not gate.is_resting("a:443", NOON + FIRST_REST)
    assert gate.room("a:443", NOON + FIRST_REST) == 1
    failing(gate, 1)
    assert gate.is_resting("a:443", NOON + FIRST_REST)
    assert not gate.is_resting("a:443", NOON + 2 * FIRST_REST)
    failing(gate, 1000)
    assert not gate.is_resting("a:443", NOON + LONGEST_REST)


def test_one_success_and_it_is_as_if_nothing_had_been() -> None:
    gate = Gate()
    failing(gate, 9)
    gate.enter("a:443")
    gate.leave("a:443", NOON, is_well=True)
    assert gate.room("a:443", NOON) == MOST_AT_ONCE


class GateMachine(RuleBasedStateMachine):
    """Attempts begin wherever there is room, and end in any order, well or not."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = Gate()
        self.now = NOON
        self.flying = Counter[str]()
        self.failures = Counter[str]()

    @rule(to=st.sampled_from(TARGETS))
    def send(self, to: str) -> None:
        if self.gate.room(to, self.now):
            self.gate.enter(to)
            self.flying[to] += 1

    @precondition(lambda self: self.flying.total())
    @rule(choice=st.data(), is_well=st.booleans())
    def end(self, choice: st.DataObject, is_well: bool) -> None:
        target = choice.draw(st.sampled_from(sorted(self.flying.elements())))
        self.gate.leave(target, self.now, is_well=is_well)
        self.flying[target] -= 1
        self.failures[target] = 0 if is_well else self.failures[target] + 1

    @rule(seconds=st.integers(0, 400))
    def pass_time(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)

    @invariant()
    def never_more_than_two_and_never_less_than_there_may_be(self) -> None:
        for target in TARGETS:
            room = self.gate.room(target, self.now)
            assert 0 <= room <= MOST_AT_ONCE
            assert self.flying[target] <= MOST_AT_ONCE
            if room:
                most = 1 if self.failures[target] else MOST_AT_ONCE
                assert self.flying[target] + room == most
            later = self.now + LONGEST_REST
            assert self.flying[target] or self.gate.room(target, later)


GateMachine.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
TestGate = GateMachine.TestCase
