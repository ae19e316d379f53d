"""What rang and what is delivered, read page by page in both databases."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine

from schemas import Alert, DeliveryState
from store.engine import open_engine, writing
from store.ledger import ring
from store.pages import Place, Sent, delivery_page, rung_page
from store.results import write
from tests.memories import START, an_alert, an_article
from tests.store.plans import plan_of, steps_of

ALERTS = [an_alert(an_article(f"a{n}", f"text of {n}", n)) for n in range(5)]


HOUR = timedelta(hours=1)
RANG = START + 9 * HOUR


def entered(connection: Connection, alerts: list[Alert], at: datetime = RANG) -> list[Alert]:
    new = ring(connection, alerts, lambda _: ("kafka", "desk"), at)
    write(connection, "alerts", new)
    return new


@pytest.fixture
def store(empty_store: Callable[[], Engine]) -> Engine:
    opened = empty_store()
    with writing(opened) as connection:
        for alert in ALERTS:
            entered(connection, [alert])
    return opened


def rung(store: Engine, after: Place | None = None, limit: int = 2) -> list[tuple[Place, Alert]]:
    with store.connect() as connection:
        found = rung_page(connection, subscription="niger", after=after, limit=limit)
    return [(place, each.alert) for place, each in found]


def sent(store: Engine, after: Place | None = None) -> list[tuple[Place, Sent]]:
    with store.connect() as connection:
        return delivery_page(connection, after=after, limit=3)


def test_pages_hold_each_alert_once_though_all_rang_at_one_instant(store: Engine) -> None:
    found, after = list[Alert](), None
    while page := rung(store, after):
        found += [alert for _, alert in page]
        after = page[-1][0]
    assert [each.id for each in found] == sorted((each.id for each in ALERTS), reverse=True)


def test_pages_hold_each_delivery_once(store: Engine) -> None:
    found, after = list[Sent](), None
    while page := sent(store, after):
        found += [each for _, each in page]
        after = page[-1][0]
    keys = [(each.message, each.channel) for each in found]
    assert sorted(keys) == sorted((a.id, name) for a in ALERTS for name in ("kafka", "desk"))
    assert keys == sorted(keys, reverse=True)


def test_what_is_asked_for_is_what_is_there(store: Engine) -> None:
    with store.connect() as connection:
        pending = delivery_page(
            connection, states=(DeliveryState.PENDING,), channel="desk", limit=9
        )
        assert len(pending) == len(ALERTS)
        assert delivery_page(connection, states=(DeliveryState.DEAD,), limit=9) == []
        assert delivery_page(connection, subscription="other", limit=9) == []
        later = START + timedelta(hours=9, seconds=1)
        assert rung_page(connection, since=later, limit=9) == []
        assert len(rung_page(connection, since=START, limit=9)) == len(ALERTS)


def test_what_has_no_record_takes_no_place_on_a_page(store: Engine) -> None:
    with writing(store) as connection:
        lost = an_alert(an_article("lost", "text of none", 6))
        ring(connection, [lost], lambda _: ("kafka",), RANG + HOUR)
        found = rung_page(connection, limit=2)
    assert [each.alert.id for _, each in found] == sorted((a.id for a in ALERTS), reverse=True)[:2]


@pytest.mark.parametrize("after", [None, Place(2**62, "m", "c")])
def test_pages_of_all_are_read_in_the_order_of_an_index(store: Engine, after: Place | None) -> None:
    with store.connect() as connection:
        for page in (rung_page, delivery_page):
            plan = plan_of(connection, lambda page=page: page(connection, after=after, limit=2))
            assert "delivery_newest" in plan
            assert "B-TREE" not in plan
            assert "Sort" not in plan
            connection.rollback()


def steps_for_pages(rung_before: int, folder: Path) -> int:
    """How many steps SQLite makes for the first pages, where so much rang before."""
    engine = open_engine(f"sqlite:///{folder / f'{rung_before}.db'}")
    with writing(engine) as connection:
        every = [an_alert(an_article(f"s{at}", "text", at)) for at in range(rung_before)]
        for hour, alerts in enumerate((every, ALERTS)):
            entered(connection, alerts, RANG + hour * HOUR)

        def pages() -> None:
            assert len(rung_page(connection, limit=3)) == 3
            assert len(rung_page(connection, since=START, limit=3)) == 3
            assert len(delivery_page(connection, limit=3)) == 3
            assert delivery_page(connection, states=(DeliveryState.DEAD,), limit=3) == []

        count = steps_of(connection, pages)
    engine.dispose()
    return count


def test_pages_cost_the_same_however_much_rang_before(tmp_path: Path) -> None:
    assert steps_for_pages(1000, tmp_path) < 2 * steps_for_pages(10, tmp_path)
