"""The history of subscriptions: numbered, in order, and nothing of it is lost."""

from datetime import timedelta

from sqlalchemy import Connection

from schemas import Action, Change
from store.changes import add, all_holds, history
from tests.memories import START


def a_change(subscription: str, action: Action, **given: object) -> Change:
    made = {"subscription": subscription, "action": action, "at": START, "by": "ada"}
    return Change(**(made | given))  # type: ignore[arg-type]  # a test may say anything


def test_changes_are_numbered_and_read_as_they_were_written(connection: Connection) -> None:
    until = START + timedelta(hours=1)
    first = a_change("niger", Action.SAVE, record="{}", why="new desk")
    second = a_change("niger", Action.SNOOZE, until=until)
    other = a_change("mali", Action.MUTE, subject="russia")
    assert [add(connection, each) for each in (first, second, other)] == [1, 2, 1]
    assert history(connection, "niger") == [first, second]
    assert history(connection) == [other, first, second]


def test_what_is_held_is_known_by_subscription(connection: Connection) -> None:
    add(connection, a_change("niger", Action.PAUSE))
    add(connection, a_change("mali", Action.MUTE, subject="russia"))
    found = all_holds(connection)
    assert found["niger"].paused
    assert found["mali"].is_muted("russia", START)
    assert set(found) == {"niger", "mali"}
