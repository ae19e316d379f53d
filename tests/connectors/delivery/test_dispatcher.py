"""Messages reach the channels of people, few at once to any one target, and none is lost on the way."""

import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from prometheus_client import REGISTRY
from sqlalchemy import Engine
from structlog.testing import capture_logs

from connectors.delivery import dispatcher
from connectors.delivery.gate import FIRST_REST, LONGEST_REST
from connectors.delivery.shares import RESERVED
from schemas import ChannelKind, Ended, MessageKind, Outcome, Unavailable
from store.engine import open_engine
from store.leases import LEASE
from store.ordinals import instant
from tests.connectors.delivery.hook import a_channel
from tests.connectors.delivery.stand import AGAIN, BRIDGES, Stand, an_alert, wait_until
from tocsin.delivery import RETRIES


@pytest.fixture
def engine(tmp_path) -> Iterator[Engine]:
    opened = open_engine(f"sqlite:///{tmp_path / 'store.db'}")
    yield opened
    opened.dispose()


@pytest.fixture
def stand(engine) -> Stand:
    return Stand(engine)


@pytest.fixture
def running(stand: Stand) -> Iterator[threading.Thread]:
    thread = threading.Thread(target=stand.dispatcher.run)
    thread.start()
    yield thread
    stand.stop.set()
    thread.join(20)
    assert not thread.is_alive()


def test_what_rings_is_sent_once_to_each_channel_of_its_subscription(engine) -> None:
    two = replace(BRIDGES, channels=("hook", "other"))
    stand = Stand(engine, [two], [a_channel("hook"), a_channel("other")])
    (alert,) = stand.ring(an_alert(1))
    assert stand.drain() == 2
    assert stand.drain(days=1) == 0
    assert sorted(stand.post.channels) == ["hook", "other"]
    _, message = stand.post.sent[0]
    assert (message.id, message.kind, message.story) == (alert.id, MessageKind.ALERT, alert.story)
    assert f"https://tocsin.example.org/{alert.id}" in message.text
    assert stand.rows("state", "attempts") == [("delivered", 1)] * 2


def test_what_goes_to_kafka_alone_is_not_touched(stand) -> None:
    stand.subscriptions["bridges"] = replace(BRIDGES, channels=("kafka",))
    stand.ring(an_alert(1))
    assert stand.drain() == 0
    assert stand.rows("state", "attempts") == [("ready", 0)]


def test_what_fails_is_sent_again_when_it_is_due_with_the_same_bytes(stand) -> None:
    stand.ring(an_alert(1))
    stand.post.answers["hook"] = AGAIN
    stand.drain()
    assert stand.rows("state", "reason") == [("ready", "500: no")]
    stand.drain(seconds=4)
    assert len(stand.post.sent) == 1
    del stand.post.answers["hook"]
    stand.publish(replace(BRIDGES, name="Renamed meanwhile"))
    assert stand.drain(seconds=3) == 1
    (_, first), (_, second) = stand.post.sent
    assert first == second
    assert stand.rows("state", "attempts") == [("delivered", 2)]


def test_what_was_leased_by_one_that_was_killed_is_sent_with_the_same_bytes(stand) -> None:
    stand.ring(an_alert(1))
    taken = stand.dispatcher._outgoing.turn(stand.clock, [], lambda due: dict.fromkeys(due, 9))
    stand.dispatcher = stand.anew()
    assert stand.drain(seconds=59) == 0
    assert stand.drain(seconds=1) == 1
    assert [message for _, message in stand.post.sent] == [each.message for each in taken.sendings]
    assert stand.rows("attempts") == [(2,)]


def test_no_more_than_two_go_to_one_target_at_once(engine) -> None:
    names = [f"c{n}" for n in range(6)]
    many = [replace(BRIDGES, id=name, channels=(name,)) for name in names]
    stand = Stand(engine, many, map(a_channel, names))
    stand.post.one_target = "the:443"
    stand.dispatcher = stand.anew()
    stand.ring(*(an_alert(n, name) for name in names for n in range(5)))
    assert stand.drain() == 30
    assert stand.post.most_at_once == {"the:443": 2}


def test_a_dead_target_with_thousands_waiting_keeps_no_other_back(engine, monkeypatch) -> None:
    monkeypatch.setattr(dispatcher, "STOP_SECONDS", 0.2)
    dead = replace(BRIDGES, id="dead", channels=("dead",))
    stand = Stand(engine, [BRIDGES, dead], [a_channel("hook"), a_channel("dead")])
    stand.post.hangs.add("dead")
    stand.ring(*(an_alert(n, "dead") for n in range(3000)))
    stand.ring(*(an_alert(n) for n in range(4000, 4005)))
    run = threading.Thread(target=stand.dispatcher.run)
    run.start()
    wait_until(lambda: Counter(stand.post.channels)["hook"] == 5)
    assert Counter(stand.post.channels)["dead"] == 2
    stand.stop.set()
    run.join(20)
    states = Counter(stand.rows("channel", "state"))
    assert states["hook", "delivered"] == 5
    assert states["dead", "ready"] == 3000


def test_a_target_that_fails_is_left_alone_and_what_waits_is_not_counted_as_tried(stand) -> None:
    stand.ring(*(an_alert(n) for n in range(20)))
    stand.post.answers["hook"] = AGAIN
    stand.drain()
    assert len(stand.post.sent) in (3, 4)  # two were on their way when the first came back
    tried = len(stand.post.sent)
    assert Counter(stand.rows("attempts"))[(0,)] == 20 - tried
    assert REGISTRY.get_sample_value("tocsin_channels_resting") == 1
    stand.clock.now += FIRST_REST * 2
    stand.drain()
    assert len(stand.post.sent) == tried + 1  # one, to see how it is
    del stand.post.answers["hook"]
    stand.clock.now += LONGEST_REST * 2
    assert stand.drain() == 20
    assert REGISTRY.get_sample_value("tocsin_channels_resting") == 0


def test_a_channel_that_fails_does_not_hide_those_that_work_at_its_target(engine) -> None:
    names = ["a-broken", "b-well"]
    stand = Stand(
        engine,
        [replace(BRIDGES, id=name, channels=(name,)) for name in names],
        map(a_channel, names),
    )
    stand.post.one_target = "shared:443"
    stand.dispatcher = stand.anew()
    stand.post.answers["a-broken"] = AGAIN
    stand.ring(*(an_alert(n, "a-broken") for n in range(50)))
    stand.drain()
    stand.ring(an_alert(99, "b-well"))
    stand.clock.now += FIRST_REST * 2
    assert stand.drain() == 1


def test_however_many_targets_hang_there_is_room_for_one_that_works(engine, monkeypatch) -> None:
    monkeypatch.setattr(dispatcher, "LONGEST_ATTEMPT", 0.5)
    monkeypatch.setattr(dispatcher, "STOP_SECONDS", 0.1)
    hung = [f"hung{n:03d}" for n in range(100)]
    names = [*hung, "well"]
    stand = Stand(
        engine,
        [replace(BRIDGES, id=name, channels=(name,)) for name in names],
        map(a_channel, names),
    )
    stand.post.hangs.update(hung)
    stand.ring(*(an_alert(n, name) for name in hung for n in range(2)))
    stand.drain()
    assert {attempts for (attempts,) in stand.rows("attempts")} == {1}
    monkeypatch.setattr(dispatcher, "LONGEST_ATTEMPT", 30)
    stand.clock.pass_(seconds=20)  # all are due again, and hang again
    run = threading.Thread(target=stand.dispatcher.run)
    run.start()
    wait_until(lambda: len(stand.post.sent) == 200 + dispatcher.MOST_SENDINGS - RESERVED)
    stand.ring(an_alert(1, "well"))
    wait_until(lambda: "well" in stand.post.channels)
    stand.stop.set()
    run.join(20)


@pytest.mark.parametrize("status", [401, 404])
def test_a_refusal_of_one_channel_says_nothing_of_its_target(stand, status) -> None:
    stand.ring(*(an_alert(n) for n in range(10)))
    stand.post.answers["hook"] = Outcome(ended=Ended.RETRY, status=status, reason="no")
    stand.drain()
    assert len(stand.post.sent) == 10


def test_what_never_works_is_dead_after_all_attempts(stand) -> None:
    stand.ring(an_alert(1))
    stand.post.answers["hook"] = AGAIN
    stand.drain()
    for pause in RETRIES:
        stand.drain(seconds=pause.total_seconds() * 1.2 + LONGEST_REST.total_seconds())
    assert stand.rows("state", "attempts") == [("dead", 1 + len(RETRIES))]
    stand.drain(days=1)
    assert len(stand.post.sent) == 1 + len(RETRIES)


def test_a_fault_of_a_sender_is_told_without_what_it_says_and_stops_nobody(engine) -> None:
    both = replace(BRIDGES, channels=("hook", "other"))
    stand = Stand(engine, [both], [a_channel("hook"), a_channel("other")])
    stand.post.answers["hook"] = KeyError("https://s3cret.example/t0k3n")
    stand.ring(an_alert(1))
    with capture_logs() as said:
        assert stand.drain() == 1
    assert stand.rows("channel", "reason") == [
        ("hook", "a fault of ours: KeyError"),
        ("other", ""),
    ]
    assert "t0k3n" not in str(said)


def test_an_attempt_that_never_ends_is_ended_within_its_lease(stand, monkeypatch) -> None:
    monkeypatch.setattr(dispatcher, "LONGEST_ATTEMPT", 0.1)
    stand.post.hangs.add("hook")
    stand.ring(an_alert(1))
    stand.drain()
    assert stand.rows("state", "reason") == [("ready", "it took longer than 0.1 s")]


def test_what_is_on_its_way_is_not_sent_again_though_its_lease_runs_out(
    engine, monkeypatch
) -> None:
    monkeypatch.setattr(dispatcher, "STOP_SECONDS", 0.2)
    both = replace(BRIDGES, channels=("hook", "slow"))
    stand = Stand(engine, [both], [a_channel("hook"), a_channel("slow")])
    stand.post.hangs.add("slow")
    stand.ring(an_alert(1))
    run = threading.Thread(target=stand.dispatcher.run)
    run.start()
    wait_until(lambda: len(stand.post.sent) == 2)
    stand.clock.pass_(seconds=61)
    wait_until(lambda: ("slow", 2) in stand.rows("channel", "attempts"))
    stand.ring(an_alert(2))
    wait_until(lambda: stand.post.channels.count("hook") == 2)
    stand.stop.set()
    run.join(20)
    sent = [(channel, message.id) for channel, message in stand.post.sent]
    assert len(sent) == len(set(sent)) == 4


def test_a_lease_begins_when_other_writers_are_done(stand) -> None:
    stand.ring(an_alert(1))
    seen: list[object] = []

    def clock() -> datetime:
        # The first look finds something to do; then another writer is waited for.
        seen.append(None)
        return stand.clock.now + timedelta(seconds=50 * (len(seen) - 1))

    stand.dispatcher._outgoing.turn(clock, [], lambda due: dict.fromkeys(due, 9))
    ((leased,),) = stand.rows("leased")
    assert instant(leased) == stand.clock.now + timedelta(seconds=50) + LEASE


def test_it_sends_what_rings_while_it_runs(stand, running) -> None:
    for number in range(3):
        stand.ring(an_alert(number))
        wait_until(lambda number=number: len(stand.post.sent) == number + 1)
    wait_until(lambda: stand.rows("state") == [("delivered",)] * 3)


def test_while_the_store_is_away_it_waits_and_forgets_nothing(stand, monkeypatch) -> None:
    monkeypatch.setattr(dispatcher, "FIRST_PAUSE", 0.05)
    monkeypatch.setattr(dispatcher, "LONGEST_PAUSE", 0.05)
    turn, calls = stand.dispatcher._outgoing.turn, []

    def failing(*given):
        calls.append(given)
        if given[1] and len(calls) < 9:  # what ended cannot be written for a while
            raise Unavailable("the store is away")
        return turn(*given)

    monkeypatch.setattr(stand.dispatcher._outgoing, "turn", failing)
    stand.ring(an_alert(1))
    run = threading.Thread(target=stand.dispatcher.run)
    run.start()
    wait_until(lambda: stand.rows("state") == [("delivered",)])
    stand.stop.set()
    run.join(10)
    assert len(stand.post.sent) == 1


def test_told_to_stop_it_writes_what_ended_and_abandons_what_does_not(engine, monkeypatch) -> None:
    monkeypatch.setattr(dispatcher, "STOP_SECONDS", 0.3)
    both = replace(BRIDGES, channels=("hook", "slow"))
    stand = Stand(engine, [both], [a_channel("hook"), a_channel("slow")])
    stand.post.hangs.add("slow")
    stand.ring(an_alert(1))
    run = threading.Thread(target=stand.dispatcher.run)
    run.start()
    wait_until(lambda: len(stand.post.sent) == 2)
    began = time.monotonic()
    stand.stop.set()
    run.join(10)
    assert time.monotonic() - began < 3
    assert stand.rows("channel", "state") == [("hook", "delivered"), ("slow", "ready")]
    stand.post.hangs.clear()
    stand.stop.clear()
    stand.dispatcher = stand.anew()
    assert stand.drain(seconds=60) == 1


def test_where_nothing_is_due_nothing_is_written(stand, monkeypatch) -> None:
    stand.drain()
    monkeypatch.setattr("connectors.delivery.outgoing.writing", None)
    assert stand.drain() == 0


def test_attempts_and_how_long_they_took_are_counted(stand) -> None:
    def read(name: str, **labels: str) -> float:
        return REGISTRY.get_sample_value(name, labels) or 0

    attempts = {"kind": ChannelKind.WEBHOOK, "outcome": Ended.DELIVERED}
    before = read("tocsin_delivery_attempts_total", **attempts)
    seconds = read("tocsin_people_delivery_seconds_sum")
    stand.ring(an_alert(1))
    stand.drain(seconds=7)
    assert read("tocsin_delivery_attempts_total", **attempts) - before == 1
    assert read("tocsin_people_delivery_seconds_sum") - seconds == pytest.approx(7)
    stand.dispatcher = stand.anew()
    stand.drain()
    assert read("tocsin_people_deliveries", state="ready") == 0


def test_a_lease_outlives_the_longest_attempt() -> None:
    assert timedelta(seconds=dispatcher.LONGEST_ATTEMPT) < timedelta(seconds=60)
