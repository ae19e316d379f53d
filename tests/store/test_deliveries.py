"""What goes to Kafka as it is, and what waits for a decision."""

from pathlib import Path

from sqlalchemy import Connection, bindparam, text

from schemas import encode
from store.deciding import undecided
from store.deliveries import delivered, due, enter, pending
from store.engine import open_engine, writing
from store.ledger import ring
from store.results import write
from tests.memories import START, an_alert, an_article
from tests.store.plans import steps_of
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


def test_what_has_no_record_hides_nothing_that_waits(connection: Connection) -> None:
    lost, kept = (an_alert(an_article(f"s{hour}", WIRE, hour)) for hour in (1, 2))
    ring(connection, [lost, kept], lambda _: ("kafka", "post"), START)
    assert (due(connection, 1), undecided(connection, 1)) == ([], [])
    write(connection, "alerts", [kept])
    assert due(connection, 1) == [(kept.id, encode(kept))]
    assert [each.message for each in undecided(connection, 1)] == [kept.id]


def steps_to_find(rung_before: int, folder: Path) -> int:
    """How many steps SQLite makes to find what is due and undecided, where so many were done before."""
    engine = open_engine(f"sqlite:///{folder / f'{rung_before}.db'}")
    with writing(engine) as connection:
        alerts = [an_alert(an_article(f"s{at}", WIRE, at)) for at in range(rung_before + 2)]
        rings = ring(connection, alerts, lambda _: ("kafka", "desk"), START)
        write(connection, "alerts", rings)
        delivered(connection, [each.id for each in rings[:-2]])
        connection.execute(DONE, {"done": [each.id for each in rings[:-2]]})
        found: list[object] = []
        count = steps_of(
            connection, lambda: found.extend((*due(connection, 9), *undecided(connection, 9)))
        )
        assert len(found) == 4
    engine.dispose()
    return count


DONE = text("UPDATE delivery SET state = 'delivered' WHERE message IN :done").bindparams(
    bindparam("done", expanding=True)
)


def test_looking_for_what_waits_costs_the_same_however_many_rang_before(tmp_path: Path) -> None:
    assert steps_to_find(1000, tmp_path) < 2 * steps_to_find(10, tmp_path)
