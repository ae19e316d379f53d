"""The history of subscriptions: numbered, in order, and nothing of it is lost."""

from collections.abc import Callable
from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine

from schemas import Action, Change, Digest, QuietHours, Subscription, encode
from store.changes import add, all_holds, history, kept, last_number, rule_changes
from store.engine import writing
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
    names = ("niger", "mali", "chad")
    assert [last_number(connection, each) for each in names] == [2, 1, 0]


def test_what_is_held_is_known_by_subscription(connection: Connection) -> None:
    add(connection, a_change("niger", Action.PAUSE))
    add(connection, a_change("mali", Action.MUTE, subject="russia"))
    found = all_holds(connection)
    assert found["niger"].paused
    assert found["mali"].is_muted("russia", START)
    assert set(found) == {"niger", "mali"}


def saved(subscription: Subscription) -> Change:
    return a_change(subscription.id, Action.SAVE, record=encode(subscription).decode())


WORDS = st.lists(st.text(), max_size=3).map(tuple)
SUBSCRIPTIONS = st.builds(
    Subscription,
    id=st.from_regex(r"[a-z0-9]+(-[a-z0-9]+){0,2}", fullmatch=True),
    query=st.text(),
    name=st.text(),
    owner=st.text(),
    languages=WORDS,
    publishers=WORDS,
    min_confidence=st.floats(0, 1),
    include_old=st.booleans(),
    channels=WORDS,
    digest=st.none() | st.builds(Digest, cron=st.text(), even_empty=st.booleans()),
    throttle=st.integers(0, 100_000),
    quiet=st.none() | st.builds(QuietHours, start=st.text(), end=st.text()),
    grows_past=st.lists(st.integers(1, 100_000), max_size=3).map(tuple),
    edits=st.booleans(),
    paused=st.booleans(),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(wanted=st.lists(SUBSCRIPTIONS, max_size=4, unique_by=lambda each: each.id))
def test_any_subscription_that_is_kept_comes_back_as_it_was(
    empty_store: Callable[[], Engine], wanted: list[Subscription]
) -> None:
    with writing(empty_store()) as connection:
        for each in wanted:
            add(connection, saved(each))
        assert kept(connection) == {each.id: each for each in wanted}


def test_the_last_one_saved_is_kept_until_it_is_removed(connection: Connection) -> None:
    first = Subscription(id="niger", query="mali")
    second = Subscription(id="niger", query="niger")
    other = Subscription(id="mali", query="mali")
    for each in (saved(first), saved(other), saved(second), a_change("niger", Action.PAUSE)):
        add(connection, each)
    assert kept(connection) == {"niger": second, "mali": other}
    add(connection, a_change("niger", Action.REMOVE))
    assert kept(connection) == {"mali": other}
    add(connection, saved(first))
    assert kept(connection) == {"niger": first, "mali": other}


def test_the_count_of_rule_changes_moves_with_what_is_kept_and_with_nothing_else(
    connection: Connection,
) -> None:
    assert rule_changes(connection) == 0
    add(connection, saved(Subscription(id="niger", query="mali")))
    assert rule_changes(connection) == 1
    for action in (Action.PAUSE, Action.RESUME, Action.SNOOZE, Action.MUTE, Action.DISABLE):
        add(connection, a_change("niger", action))
    assert rule_changes(connection) == 1
    add(connection, a_change("niger", Action.REMOVE))
    assert rule_changes(connection) == 2
