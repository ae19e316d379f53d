"""From the decision to the mark: nobody has what another one has, and every attempt sends the same bytes."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event, select

from schemas import (
    Alert,
    DeliveryState,
    Digest,
    Ended,
    Message,
    MessageKind,
    Outcome,
    Subscription,
)
from store.deciding import settle, traffic, undecided
from store.deliveries import New, enter
from store.engine import open_engine, writing
from store.leases import (
    LEASE,
    Aside,
    Leased,
    due_channels,
    freeze,
    lease,
    mark,
    members,
    set_aside,
)
from store.ledger import ring
from store.ordinals import microseconds
from store.results import write
from store.tables import delivery
from tests.memories import START, an_alert, an_article
from tocsin.delivery import EXPIRY, RETRIES, Ringing, decide
from tocsin.holds import Holds

NIGER = Subscription(id="niger", query="niger", channels=("hook",))
MINUTE = timedelta(minutes=1)
DELIVERED = Outcome(ended=Ended.DELIVERED)
LATER = Outcome(ended=Ended.RETRY, reason="no answer", status=503)


@pytest.fixture
def store(empty_store: Callable[[], Engine]) -> Engine:
    return empty_store()


def rung(connection: Connection, number: int, at: datetime = START) -> list[Alert]:
    """Ring so many times, for different stories."""
    words = ["one", "two", "three", "four", "five", "six", "seven"]
    alerts = [an_alert(an_article(word, word * 9)) for word in words[:number]]
    found = ring(connection, alerts, lambda _: ("hook",), at)
    write(connection, "alerts", found)
    return found


def decided(connection: Connection, now: datetime, subscription: Subscription = NIGER) -> None:
    """Decide whatever waits, as the deliverer does."""
    for each in undecided(connection, 99):
        lately = traffic(connection, subscription.id, each.channel, microseconds(now))
        ringing = Ringing(channel=each.channel, story=each.alert.story)
        intent = decide(now, subscription, Holds(), ringing, lately)
        settle(connection, [(each, intent)], microseconds(now))


def states(connection: Connection) -> list[str]:
    return sorted(connection.scalars(select(delivery.c.state)))


def a_message(of: Leased, text: str = "rang") -> Message:
    return Message(
        id=of.message,
        kind=of.kind,
        subscription="niger",
        subject="s",
        text=text,
        html="",
        json="{}",
    )


def test_what_was_decided_is_leased_once_until_the_lease_runs_out(store: Engine) -> None:
    with writing(store) as connection:
        rung(connection, 2)
        assert lease(connection, START, {"hook": 9}) == []  # not decided yet
        decided(connection, START)
        assert len(first := lease(connection, START, {"hook": 1})) == 1
        assert len(second := lease(connection, START, {"hook": 9})) == 1
        assert first != second
        assert lease(connection, START + LEASE - MINUTE / 9, {"hook": 9}) == []
        again = lease(connection, START + LEASE, {"hook": 9})
    assert {each.message for each in again} == {each.message for each in (*first, *second)}
    assert {each.attempts for each in again} == {2}


def test_what_is_sent_is_kept_from_the_first_attempt_on(store: Engine) -> None:
    with writing(store) as connection:
        rung(connection, 1)
        decided(connection, START)
        (first,) = lease(connection, START, {"hook": 9})
        assert first.body is None
        freeze(connection, [(first, a_message(first))])
        (again,) = lease(connection, START + LEASE, {"hook": 9})
    assert again.body == a_message(first)


def test_a_message_that_cannot_be_read_is_dead_and_holds_up_no_other(store: Engine) -> None:
    with writing(store) as connection:
        rung(connection, 2)
        decided(connection, START)
        spoilt, other = lease(connection, START, {"hook": 9})
        freeze(connection, [(spoilt, a_message(spoilt)), (other, a_message(other))])
        at_it = delivery.c.message == spoilt.message
        connection.execute(delivery.update().where(at_it).values(body=b"{"))
        found = lease(connection, START + LEASE, {"hook": 9})
        assert [each.message for each in found] == [other.message]
        state, reason = connection.execute(
            select(delivery.c.state, delivery.c.reason).where(at_it)
        ).one()
    assert state == DeliveryState.DEAD
    assert "cannot be read" in reason


def test_what_is_delivered_is_never_leased_again(store: Engine) -> None:
    with writing(store) as connection:
        rung(connection, 1)
        decided(connection, START)
        mark(
            connection, [(each, DELIVERED) for each in lease(connection, START, {"hook": 9})], START
        )
        assert states(connection) == [DeliveryState.DELIVERED]
        assert lease(connection, START + LEASE, {"hook": 9}) == []


def test_what_fails_is_tried_as_often_as_there_is_sense_in_it(store: Engine) -> None:
    now = START
    with writing(store) as connection:
        rung(connection, 1)
        decided(connection, now)
        for pause in (timedelta(), *RETRIES):
            now += pause * 1.2  # as much as any jitter adds
            (each,) = lease(connection, now, {"hook": 9})
            mark(connection, [(each, LATER)], now)
            assert lease(connection, now, {"hook": 9}) == []
        (found,) = connection.execute(select(delivery.c.state, delivery.c.reason))
    assert tuple(found) == (DeliveryState.DEAD, "503: no answer")


@pytest.mark.parametrize("ended", [Ended.REFUSED, Ended.GONE])
def test_what_is_refused_is_not_tried_again(store: Engine, ended: Ended) -> None:
    with writing(store) as connection:
        rung(connection, 1)
        decided(connection, START)
        (each,) = lease(connection, START, {"hook": 9})
        mark(connection, [(each, Outcome(ended=ended, status=410))], START)
        assert states(connection) == [DeliveryState.DEAD]


def test_who_lost_his_lease_cannot_end_what_another_one_sends(store: Engine) -> None:
    refused = Outcome(ended=Ended.REFUSED, reason="no")
    with writing(store) as connection:
        rung(connection, 1)
        decided(connection, START)
        (lost,) = lease(connection, START, {"hook": 9})
        (held,) = lease(connection, START + LEASE, {"hook": 9})
        for late in (refused, LATER):
            mark(connection, [(lost, late)], START + LEASE)
            assert lease(connection, START + LEASE + MINUTE / 2, {"hook": 9}) == []
        mark(connection, [(held, DELIVERED)], START + LEASE)
        assert states(connection) == [DeliveryState.DELIVERED]


def test_what_was_taken_is_delivered_though_the_lease_had_run_out(store: Engine) -> None:
    with writing(store) as connection:
        rung(connection, 1)
        decided(connection, START)
        (lost,) = lease(connection, START, {"hook": 9})
        (held,) = lease(connection, START + LEASE, {"hook": 9})
        mark(connection, [(lost, DELIVERED)], START + LEASE)
        mark(connection, [(held, LATER)], START + LEASE)
        assert states(connection) == [DeliveryState.DELIVERED]


def test_what_is_no_news_any_more_expires(store: Engine) -> None:
    with writing(store) as connection:
        rung(connection, 1)
        decided(connection, START)
        assert lease(connection, START + EXPIRY + MINUTE, {"hook": 9}) == []
        assert states(connection) == [DeliveryState.EXPIRED]


def test_only_the_channels_that_are_named_are_looked_at(store: Engine) -> None:
    with writing(store) as connection:
        rung(connection, 3)
        decided(connection, START)
        assert lease(connection, START, {}) == []
        assert lease(connection, START, {"another": 9}) == []
        assert len(lease(connection, START, {"another": 9, "hook": 2})) == 2


def test_channels_are_found_with_what_is_due_first(store: Engine) -> None:
    with writing(store) as connection:
        rung(connection, 2)
        assert due_channels(connection, START) == {}  # not decided yet
        decided(connection, START)
        late = [(each, LATER) for each in lease(connection, START, {"hook": 1})]
        enter(
            connection,
            [New("n", "mail", MessageKind.NOTICE, "niger", "", microseconds(START + MINUTE), 0)],
            DeliveryState.READY,
        )
        assert due_channels(connection, START) == {"hook": START, "mail": START + MINUTE}
        lease(connection, START, {"hook": 1})
        assert due_channels(connection, START) == {"mail": START + MINUTE}  # the others are taken
        mark(connection, late, START)
        assert due_channels(connection, START)["hook"] > START


def test_what_is_set_aside_counts_no_attempt(store: Engine) -> None:
    with writing(store) as connection:
        rung(connection, 2)
        decided(connection, START)
        one, other = lease(connection, START, {"hook": 9})
        set_aside(
            connection,
            [
                Aside(one, DeliveryState.SUPPRESSED, "paused", START),
                Aside(other, DeliveryState.READY, "snoozed", START + MINUTE),
            ],
        )
        assert states(connection) == [DeliveryState.READY, DeliveryState.SUPPRESSED]
        assert lease(connection, START, {"hook": 9}) == []
        (again,) = lease(connection, START + MINUTE, {"hook": 9})
    assert (again.message, again.attempts) == (other.message, 1)


def test_a_digest_is_leased_when_it_is_due_with_all_that_went_into_it(store: Engine) -> None:
    daily = replace(NIGER, digest=Digest(cron="0 * * * *"))
    with writing(store) as connection:
        alerts = rung(connection, 3)
        decided(connection, START + MINUTE, daily)
        due = START + timedelta(hours=1)
        assert lease(connection, due - MINUTE, {"hook": 9}) == []
        (digest,) = lease(connection, due, {"hook": 9})
        assert digest.kind is MessageKind.DIGEST
        found = members(connection, digest.message, "hook")
    assert sorted(each.alert for each in found) == sorted(alert.id for alert in alerts)
    assert {(each.rung, each.why) for each in found} == {(START, "gathered for the digest")}


def test_more_than_the_throttle_waits_for_one_summary(store: Engine) -> None:
    two = replace(NIGER, throttle=2)
    with writing(store) as connection:
        rung(connection, 5)
        decided(connection, START, two)
        assert states(connection) == ["gathered"] * 3 + ["ready"] * 3
        sent = lease(connection, START, {"hook": 9})
        assert [each.kind for each in sent] == [MessageKind.ALERT] * 2
        mark(connection, [(each, DELIVERED) for each in sent], START)
        (summary,) = lease(connection, START + timedelta(hours=1), {"hook": 9})
        assert summary.kind is MessageKind.SUMMARY
        assert len(members(connection, summary.message, "hook")) == 3


def test_what_waits_for_other_channels_is_not_gone_through(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'store.db'}")
    seen: list[tuple[str, Any]] = []
    event.listen(engine, "before_cursor_execute", lambda *given: seen.append(given[2:4]))
    with writing(engine) as connection:
        due_channels(connection, START)
        lease(connection, START, {"hook": 2})
        for statement, parameters in seen[-2:]:
            found = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
            steps = [step for *_, step in found if "INDEX" in step or "SCAN" in step]
            looks = [step for step in steps if step not in ("SCAN w", "SCAN waiting")]
            assert looks
            assert all("USING INDEX delivery_ready" in step for step in looks), steps
    engine.dispose()
