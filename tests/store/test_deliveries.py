"""What goes to Kafka as it is, and what waits for a decision."""

from sqlalchemy import Connection

from schemas import encode
from store.deliveries import delivered, due, enter, pending
from store.ledger import ring
from store.results import write
from tests.memories import START, an_alert, an_article
from tests.store.test_memory import WIRE


def test_alerts_wait_for_kafka_in_order_until_they_are_delivered(connection: Connection) -> None:
    alerts = [an_alert(an_article(f"s{hour}", WIRE, hour)) for hour in (3, 1, 2)]
    rings = ring(connection, alerts, lambda _: ("kafka", "post"), START)
    write(connection, "alerts", rings)
    assert pending(connection) == 6
    lines = [(alert.id, encode(alert)) for alert in rings]
    assert [alert.article for alert in rings] == [alerts[at].article for at in (1, 2, 0)]
    assert due(connection, 2) == lines[:2]
    delivered(connection, [lines[0][0], lines[1][0]])
    assert due(connection, 2) == lines[2:]
    delivered(connection, [lines[0][0], "unknown"])
    assert pending(connection) == 4


def test_nothing_is_entered_twice(connection: Connection) -> None:
    (rung,) = ring(connection, [an_alert(an_article("one", WIRE))], lambda _: ("kafka",), START)
    write(connection, "alerts", [rung])
    assert enter(connection, []) == 0
    delivered(connection, [rung.id])
    assert due(connection, 9) == []
