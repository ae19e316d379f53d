"""What rang and what is delivered, read page by page in both databases."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import Engine

from schemas import Alert, DeliveryState
from store.engine import writing
from store.ledger import ring
from store.pages import Place, Sent, delivery_page, rung_page
from store.results import write
from tests.memories import START, an_alert, an_article

ALERTS = [an_alert(an_article(f"a{n}", f"text of {n}", n)) for n in range(5)]


@pytest.fixture
def store(empty_store: Callable[[], Engine]) -> Engine:
    opened = empty_store()
    with writing(opened) as connection:
        for alert in ALERTS:
            rang = START + timedelta(hours=9)
            new = ring(connection, [alert], lambda _: ("kafka", "desk"), rang)
            write(connection, "alerts", new)
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
