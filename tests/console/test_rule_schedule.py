import threading
from datetime import UTC, datetime

import pytest

from console.rule_schedule import AHEAD, Follower, RuleFiles, publish
from schemas import StoreLost, Subscription, freeze
from store.engine import open_engine, writing

NOON = datetime(2024, 1, 1, 12, tzinfo=UTC)


def rules(query):
    return freeze((), (Subscription(id="one", query=query),))


@pytest.fixture
def engine(tmp_path):
    opened = open_engine(f"sqlite:///{tmp_path / 'tocsin.db'}")
    yield opened
    opened.dispose()


def test_the_instant_is_ahead_however_long_the_store_was_waited_for(engine):
    publish(engine, rules("mali"), lambda: NOON)
    read, found = threading.Event(), []

    def clock():
        read.set()
        return NOON

    with writing(engine):
        waiting = threading.Thread(
            target=lambda: found.append(publish(engine, rules("niger"), clock))
        )
        waiting.start()
        assert not read.wait(0.3)
    waiting.join(30)
    assert found[0].since == NOON + AHEAD


def test_who_follows_the_files_notices_that_the_store_is_gone(engine, tmp_path):
    """The others get a new store, where no rules hold until they are published again."""
    stop = threading.Event()
    follower = Follower(
        engine,
        RuleFiles(entities=False),
        clock=lambda: NOON,
        stop=stop,
    )
    (tmp_path / "tocsin.db").unlink()
    watchdog = threading.Timer(30, stop.set)
    watchdog.start()
    with pytest.raises(StoreLost):
        follower.run()
    watchdog.cancel()
