"""What failed is found again, and sent again with what was kept of it; what was delivered never is."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import Connection, Engine

from schemas import DeliveryState, Ended, Message, MessageKind, Outcome, encode
from store.deliveries import New, by_state, enter
from store.engine import writing
from store.leases import lease, mark
from store.ordinals import microseconds
from store.redriving import FAILED, REDRIVABLE, Wanted, body, entries, redrive
from tests.memories import START
from tocsin.delivery import EXPIRY

SOON = START + timedelta(minutes=1)
LATER = START + EXPIRY + timedelta(days=9)
BODY = Message(
    id="m", kind=MessageKind.ALERT, subscription="niger", subject="s", text="t", html="", json="{}"
)


@pytest.fixture
def store(empty_store: Callable[[], Engine]) -> Engine:
    return empty_store()


def one_of_each(connection: Connection, channel: str = "hook", subscription: str = "niger") -> None:
    """Enter a delivery in every state, each named after it."""
    for number, state in enumerate(DeliveryState):
        at = microseconds(START) + number
        name = f"{state}-{subscription}"
        new = New(name, channel, MessageKind.ALERT, subscription, name, at, at)
        enter(connection, [new], state, encode(BODY))


def states(connection: Connection) -> dict[str, DeliveryState]:
    return {each.message: each.state for each in entries(connection, Wanted(), 99)}


def test_what_failed_is_sent_again_with_its_bytes_as_if_for_the_first_time(store: Engine) -> None:
    with writing(store) as connection:
        one_of_each(connection)
        assert redrive(connection, Wanted(), LATER) == len(REDRIVABLE)
        again = lease(connection, LATER, {"hook": 9})
    assert {each.message for each in again} == {f"{state}-niger" for state in REDRIVABLE}
    assert {(each.body, each.attempts) for each in again} == {(BODY, 1)}


def test_what_was_tried_in_vain_has_all_attempts_before_it_again(store: Engine) -> None:
    with writing(store) as connection:
        one_of_each(connection)
        (tried,) = lease(connection, SOON, {"hook": 9})
        mark(connection, [(tried, Outcome(ended=Ended.REFUSED, reason="no"))], SOON)
        redrive(connection, Wanted(message=tried.message), SOON)
        (again,) = lease(connection, SOON, {"hook": 9})
    assert (again.message, again.body, again.attempts) == (tried.message, BODY, 1)


def test_nothing_else_is_touched(store: Engine) -> None:
    with writing(store) as connection:
        one_of_each(connection)
        before = states(connection)
        assert redrive(connection, Wanted(states=tuple(DeliveryState)), LATER) == len(REDRIVABLE)
        assert redrive(connection, Wanted(), LATER) == 0
        after = states(connection)
    assert {name for name in before if before[name] != after[name]} == {
        f"{state}-niger" for state in REDRIVABLE
    }


def test_what_goes_to_kafka_is_no_affair_of_people(store: Engine) -> None:
    with writing(store) as connection:
        one_of_each(connection, "kafka")
        assert entries(connection, Wanted(), 99) == []
        assert redrive(connection, Wanted(), LATER) == 0


@pytest.mark.parametrize(
    ("wanted", "number"),
    [
        (Wanted(), 14),
        (Wanted(states=FAILED), 4),
        (Wanted(states=(DeliveryState.READY,)), 2),
        (Wanted(states=FAILED, channel="hook"), 2),
        (Wanted(states=FAILED, subscription="chad"), 2),
        (Wanted(message="dead-"), 2),
        (Wanted(message="dead-n", channel="hook"), 1),
        (Wanted(message="dead-%"), 0),
        (Wanted(channel="unknown"), 0),
    ],
)
def test_deliveries_are_found_by_what_is_asked_for(
    store: Engine, wanted: Wanted, number: int
) -> None:
    with writing(store) as connection:
        one_of_each(connection)
        one_of_each(connection, "mail", "chad")
        assert len(entries(connection, wanted, 99)) == number


def test_of_too_many_those_that_were_due_last_are_shown_in_order(store: Engine) -> None:
    with writing(store) as connection:
        one_of_each(connection)
        found = [each.state for each in entries(connection, Wanted(), 2)]
        assert found == list(DeliveryState)[-2:]
        assert body(connection, "dead-niger", "hook") == BODY
        assert body(connection, "unknown", "hook") is None


def test_what_waits_and_what_failed_is_counted(store: Engine) -> None:
    with writing(store) as connection:
        one_of_each(connection)
        enter(connection, [New("k", "kafka", MessageKind.ALERT, "niger", "k", 0, 0)])
        assert by_state(connection) == {
            DeliveryState.PENDING: 1,
            DeliveryState.READY: 1,
            DeliveryState.DEAD: 1,
            DeliveryState.EXPIRED: 1,
        }
