"""What became of alerts, read from the rows that the deliverer left."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import Engine

from schemas import Digest, Ended, MessageKind, Outcome
from store import deliveries
from store.engine import reading, writing
from store.leases import lease, mark
from store.whereabouts import of_alert
from tests.memories import START
from tests.store.test_leases import DELIVERED, MINUTE, NIGER, decided, rung
from tocsin.whereabouts import Delivery, told


@pytest.fixture
def store(empty_store: Callable[[], Engine]) -> Engine:
    return empty_store()


def found(store: Engine, alert: str) -> tuple[Delivery, ...]:
    with reading(store) as connection:
        return of_alert(connection, alert, NIGER.id)


def test_what_was_delivered_says_when_and_what_was_given_up_says_why(store: Engine) -> None:
    with writing(store) as connection:
        rung(connection, 2)
        decided(connection, START)
        one, other = lease(connection, START, {"hook": 9})
        refused = Outcome(ended=Ended.REFUSED, reason="no such place", status=404)
        mark(connection, [(one, DELIVERED), (other, refused)], START + MINUTE)
    (sent,), (dead,) = found(store, one.alert), found(store, other.alert)
    assert told(sent) == "hook: delivered on 2023-08-01 00:01, after 1 attempt"
    assert told(dead) == "hook: given up on 2023-08-01 00:01, after 1 attempt: 404: no such place"


def test_what_was_gathered_is_found_with_its_digest(store: Engine) -> None:
    daily = replace(NIGER, digest=Digest(cron="0 7 * * *"))
    with writing(store) as connection:
        (alert,) = rung(connection, 1)
        decided(connection, START, daily)
    (gathered,) = found(store, alert.id)
    assert gathered.digest is not None
    assert gathered.digest.kind is MessageKind.DIGEST
    assert "the digest that is due on 2023-08-01 07:00" in told(gathered)


def test_what_was_paused_was_sent_to_nobody(store: Engine) -> None:
    with writing(store) as connection:
        (alert,) = rung(connection, 1)
        decided(connection, START, replace(NIGER, paused=True))
    (suppressed,) = found(store, alert.id)
    assert told(suppressed) == "hook: sent to nobody: the subscription was paused"


def test_kafka_does_not_say_when(store: Engine) -> None:
    with writing(store) as connection:
        (alert,) = rung(connection, 1)
        new = deliveries.New(
            alert.id, deliveries.KAFKA, MessageKind.ALERT, NIGER.id, alert.id, 0, 0
        )
        deliveries.enter(connection, [new])
        deliveries.delivered(connection, [alert.id])
    to_kafka, to_hook = found(store, alert.id)
    assert told(to_kafka) == "kafka: delivered, after 1 attempt"
    assert told(to_hook) == "hook: waits to be decided"


def test_an_alert_of_another_subscription_is_not_told(store: Engine) -> None:
    with writing(store) as connection:
        (alert,) = rung(connection, 1)
    with reading(store) as connection:
        assert of_alert(connection, alert.id, "mali") == ()
