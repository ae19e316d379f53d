from datetime import timedelta

import pytest
from sqlalchemy import Connection

from schemas import InvalidSetting, freeze
from schemas.watchlist import WatchList
from store.rules import publish, read, schedule
from tests.memories import START

ONE, TWO = freeze((WatchList(name="one"),), ()), freeze((WatchList(name="two"),), (), ("model 1",))


def later(minutes: int):
    return START + timedelta(minutes=minutes, microseconds=1)


def test_a_rule_set_holds_from_an_instant_on_and_stays_readable(connection: Connection) -> None:
    assert schedule(connection) == []
    assert publish(connection, ONE, later(0))
    assert not publish(connection, ONE, later(1))
    assert publish(connection, TWO, later(2))
    assert publish(connection, ONE, later(3))
    assert schedule(connection) == [(later(0), ONE.id), (later(2), TWO.id), (later(3), ONE.id)]
    assert (read(connection, ONE.id), read(connection, TWO.id)) == (ONE, TWO)


@pytest.mark.parametrize("minutes", [4, 5])
def test_history_is_not_rewritten(connection: Connection, minutes: int) -> None:
    publish(connection, ONE, later(5))
    with pytest.raises(InvalidSetting, match="in force"):
        publish(connection, TWO, later(minutes))
    assert schedule(connection) == [(later(5), ONE.id)]


def test_a_rule_set_that_there_is_none_of_is_said_with_a_hint(connection: Connection) -> None:
    with pytest.raises(InvalidSetting, match="no rule set 'xyz'") as refused:
        read(connection, "xyz")
    assert "tocsin rules list" in refused.value.hint
