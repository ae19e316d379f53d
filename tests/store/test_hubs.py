from dataclasses import replace
from datetime import UTC, datetime

from sqlalchemy import Connection

from schemas import HubState, HubSubscription
from store import hubs

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
A, B = (
    HubSubscription(
        feed=f"https://{name}.example/feed", hub="https://hub.example/", topic="t", path=name * 64
    )
    for name in "ab"
)


def test_a_subscription_is_read_as_it_was_saved(connection: Connection) -> None:
    whole = replace(
        A, state=HubState.VERIFIED, reason="no", next_try=NOON, tries=3, until=NOON, notified=NOON
    )
    hubs.save(connection, whole)
    assert hubs.at(connection, A.path) == whole
    assert hubs.at(connection, B.path) is None


def test_a_feed_has_one_subscription(connection: Connection) -> None:
    hubs.save(connection, A)
    hubs.save(connection, replace(A, path="c" * 64))
    hubs.save(connection, B)
    assert [each.path for each in hubs.all(connection)] == ["c" * 64, B.path]
    assert hubs.at(connection, A.path) is None


def test_what_is_not_wanted_is_forgotten(connection: Connection) -> None:
    hubs.save(connection, A)
    hubs.save(connection, B)
    hubs.forget(connection, [A.feed])
    hubs.forget(connection, [])
    assert hubs.all(connection) == [B]
