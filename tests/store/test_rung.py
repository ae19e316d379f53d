"""What rang for a subscription is read back, the last first."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine

from schemas import Alert
from store.engine import writing
from store.ledger import ring
from store.results import write
from store.rung import Rung, rung_for, stories_named
from tests.memories import START, an_alert, an_article
from tests.schemas.records import a_story

FIRST, SECOND, THIRD = (
    an_alert(an_article(name, f"text of {name}", hour))
    for hour, name in enumerate(("one", "two", "three"))
)


@pytest.fixture
def store(empty_store: Callable[[], Engine]) -> Engine:
    return empty_store()


def rang(store: Engine, alert: Alert, hours: float, *channels: str) -> None:
    with writing(store) as connection:
        new = ring(connection, [alert], lambda _: channels, START + timedelta(hours=hours))
        write(connection, "alerts", new)


def read(store: Engine, subscription: str = "niger", limit: int = 100) -> list[Rung]:
    with store.connect() as connection:
        return rung_for(connection, subscription, limit)


def test_what_rang_last_comes_first_whatever_was_seen_first(store: Engine) -> None:
    rang(store, SECOND, 5, "kafka", "desk")
    rang(store, FIRST, 6, "desk")
    assert [(each.alert, each.rung) for each in read(store)] == [
        (FIRST, START + timedelta(hours=6)),
        (SECOND, START + timedelta(hours=5)),
    ]
    assert [each.alert for each in read(store, limit=1)] == [FIRST]


def test_what_rang_without_any_channel_is_there_too(store: Engine) -> None:
    rang(store, FIRST, 9)
    rang(store, SECOND, 5, "desk")
    assert [each.alert for each in read(store)] == [SECOND, FIRST]
    assert read(store)[1].rung == FIRST.first_seen


def test_what_rang_for_others_and_backfill_is_not(store: Engine) -> None:
    rang(store, FIRST, 1, "desk")
    with writing(store) as connection:
        write(connection, "alerts", [replace(THIRD, backfill=True)])
    assert read(store, "mali") == []
    assert [each.alert for each in read(store)] == [FIRST]


def test_a_story_tells_how_far_it_has_spread(store: Engine) -> None:
    rang(store, FIRST, 1, "desk")
    assert (read(store)[0].copies, read(store)[0].publishers) == (0, 1)
    with writing(store) as connection:
        write(connection, "stories", [replace(a_story(), id=FIRST.story)])
    assert (read(store)[0].copies, read(store)[0].publishers) == (1, 2)


def test_a_story_is_found_by_the_beginning_of_its_id_or_of_its_alert(store: Engine) -> None:
    rang(store, FIRST, 1)
    rang(store, SECOND, 1)
    with store.connect() as connection:
        for beginning in (FIRST.story[:12], FIRST.id[:12]):
            assert stories_named(connection, "niger", beginning) == [FIRST.story]
        assert set(stories_named(connection, "niger", "")) == {FIRST.story, SECOND.story}
        assert stories_named(connection, "niger", "%") == []
        assert stories_named(connection, "mali", FIRST.story) == []
