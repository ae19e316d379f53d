import threading
import time
from datetime import UTC, datetime

import pytest
import structlog
from structlog.testing import capture_logs

from console import rule_schedule
from console.rule_schedule import AHEAD, Follower, RuleFiles, publish
from schemas import Action, Change, StoreLost, Subscription, encode, freeze
from store import changes
from store import rules as rule_store
from store.engine import open_engine, reading, writing

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


def keep(engine, id, query, action=Action.SAVE):
    record = encode(Subscription(id=id, query=query)).decode() if query else ""
    with writing(engine) as connection:
        change = Change(subscription=id, action=action, at=NOON, by="ada", record=record)
        changes.add(connection, change)


def in_force(engine):
    """Give the ids of the subscriptions of the last rule set, and the number of sets so far."""
    with reading(engine) as connection:
        schedule = rule_store.schedule(connection)
        if not schedule:
            return [], 0
        last = rule_store.read(connection, schedule[-1][1])
    return [each.id for each in last.subscriptions], len(schedule)


def until(check):
    deadline = time.monotonic() + 30
    while not check():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.fixture
def mine(tmp_path):
    written = tmp_path / "mine.toml"
    written.write_text('[[subscription]]\nid = "one"\nquery = "mali"\n')
    return written


@pytest.fixture
def following(engine, mine, monkeypatch):
    """A follower of a file and the store, which ends with the test; and what it logs."""
    # A logger of its own: what commands of other tests set up for logging stays with theirs.
    structlog.reset_defaults()
    monkeypatch.setattr(rule_schedule, "_log", structlog.get_logger("rules"))
    stop = threading.Event()
    files = RuleFiles(subscriptions=mine, entities=False)
    follower = Follower(engine, files, clock=lambda: NOON, stop=stop)
    thread = threading.Thread(target=follower.run)
    with capture_logs() as logs:
        thread.start()
        yield logs
        stop.set()
        thread.join(30)


def test_what_is_kept_is_published_with_the_files(engine):
    keep(engine, "two", "niger")
    keep(engine, "gone", "chad")
    keep(engine, "gone", "", Action.REMOVE)
    keep(engine, "one", "burkina")
    keep(engine, "three", "actor:nobody-we-know")
    published = publish(engine, rules("mali"), lambda: NOON)
    assert in_force(engine) == (["one", "two"], 1)
    assert published.rule_set.subscriptions[0].query == "mali"
    assert list(published.left_out) == ["one", "three"]
    assert not publish(engine, rules("mali"), lambda: NOON).is_new


def test_who_follows_takes_what_is_saved_and_what_is_removed(engine, following):
    until(lambda: in_force(engine) == (["one"], 1))
    keep(engine, "two", "niger")
    until(lambda: in_force(engine) == (["one", "two"], 2))
    keep(engine, "two", "", Action.PAUSE)
    keep(engine, "two", "", Action.REMOVE)
    until(lambda: in_force(engine) == (["one"], 3))


def test_an_id_in_both_is_told_once_and_stops_nothing_else(engine, following):
    until(lambda: in_force(engine) == (["one"], 1))
    keep(engine, "one", "niger")
    keep(engine, "two", "actor:nobody-we-know")
    keep(engine, "three", "chad")
    until(lambda: in_force(engine)[0] == ["one", "three"])
    keep(engine, "four", "chad")
    until(lambda: in_force(engine)[0] == ["four", "one", "three"])
    told = [each for each in following if each["event"] == "left-out"]
    assert [each["subscription"] for each in told] == ["one", "two"]
    assert "files, too" in told[0]["reason"]


def test_what_is_saved_while_files_are_wrong_is_taken_beside_what_held(engine, mine, following):
    until(lambda: in_force(engine) == (["one"], 1))
    mine.write_text("no rule at all")
    until(lambda: any(each["event"] == "invalid" for each in following))
    keep(engine, "two", "niger")
    until(lambda: in_force(engine) == (["one", "two"], 2))
    assert sum(each["event"] == "invalid" for each in following) == 1
