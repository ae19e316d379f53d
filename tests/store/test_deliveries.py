from sqlalchemy import Connection

from schemas import encode
from store.deliveries import delivered, due, pending
from store.ledger import ring
from store.results import write
from tests.memories import an_alert, an_article
from tests.store.test_memory import WIRE


def test_alerts_wait_for_each_channel_in_order_until_they_are_delivered(
    connection: Connection,
) -> None:
    alerts = [an_alert(an_article(f"s{hour}", WIRE, hour)) for hour in (3, 1, 2)]
    rings = ring(connection, alerts, ("kafka", "post"))
    write(connection, "alerts", rings)
    assert pending(connection) == 6
    lines = [(alert.id, encode(alert)) for alert in rings]
    assert [alert.article for alert in rings] == [alerts[at].article for at in (1, 2, 0)]
    assert due(connection, "kafka", 2) == lines[:2]
    delivered(connection, "kafka", [lines[0][0], lines[1][0]])
    assert due(connection, "kafka", 2) == lines[2:]
    assert due(connection, "post", 9) == lines
    delivered(connection, "kafka", [lines[0][0], "unknown"])
    assert pending(connection) == 4
    assert due(connection, "pigeon", 9) == []
