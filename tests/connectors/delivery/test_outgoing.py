"""What becomes of a delivery before it is sent, and what is sent of it."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from schemas import (
    Action,
    Alert,
    Change,
    Channel,
    ChannelKind,
    Digest,
    FeedState,
    MessageKind,
    QuietHours,
    encode,
)
from schemas.ids import update_id
from store import changes, coverage, deliveries, feeds
from store.engine import open_engine, reading, writing
from store.ordinals import microseconds
from tests.connectors.delivery.hook import a_channel
from tests.connectors.delivery.stand import AGAIN, BRIDGES, GONE, NOON, Stand, an_alert
from tests.store.conftest import emptied
from tocsin.delivery import EXPIRY
from tocsin.messages import Shown, update_message

HOURLY = replace(BRIDGES, digest=Digest(cron="0 * * * *"))
EVEN_EMPTY = replace(BRIDGES, digest=Digest(cron="0 * * * *", even_empty=True))


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    url = f"sqlite:///{tmp_path / 'store.db'}"
    if request.param == "postgresql":
        url = request.getfixturevalue("postgresql_url")
    opened = open_engine(url)
    yield emptied(opened)
    opened.dispose()


@pytest.fixture
def stand(engine) -> Stand:
    return Stand(engine)


def change(stand: Stand, action: Action, subject: str = "", until: datetime | None = None) -> None:
    with writing(stand.engine) as connection:
        changes.add(
            connection,
            Change(
                subscription="bridges",
                action=action,
                at=stand.clock.now,
                by="somebody",
                subject=subject,
                until=until,
            ),
        )


def failed_once(stand: Stand) -> None:
    """Let an alert fail, and be due again."""
    stand.ring(an_alert(1))
    stand.post.answers["hook"] = AGAIN
    stand.drain()
    stand.post.answers.clear()
    stand.post.sent.clear()


# What is held.


def test_what_is_paused_is_sent_to_nobody_and_not_later_either(stand) -> None:
    change(stand, Action.PAUSE)
    stand.ring(an_alert(1))
    assert stand.drain() == 0
    change(stand, Action.RESUME)
    assert stand.drain(hours=1) == 0
    assert stand.rows("state", "reason") == [("suppressed", "the subscription was paused")]


def test_what_was_paused_after_it_failed_is_not_tried_again(stand) -> None:
    failed_once(stand)
    change(stand, Action.PAUSE)
    assert stand.drain(minutes=1) == 0
    found = stand.rows("state", "reason", "attempts")
    assert found == [("suppressed", "the subscription was paused", 1)]


def test_what_failed_before_a_snooze_comes_after_it(stand) -> None:
    failed_once(stand)
    change(stand, Action.SNOOZE, until=NOON + timedelta(hours=3))
    assert stand.drain(hours=1) == 0
    assert stand.drain(hours=2) == 1
    assert stand.rows("state", "attempts") == [("delivered", 2)]


def test_a_story_that_was_muted_after_it_failed_is_not_tried_again(stand) -> None:
    failed_once(stand)
    change(stand, Action.MUTE, subject=an_alert(1).story)
    assert stand.drain(minutes=1) == 0
    assert stand.rows("state") == [("suppressed",)]


def test_what_is_removed_from_the_rules_is_sent_to_nobody(stand) -> None:
    failed_once(stand)
    stand.publish()
    assert stand.drain(minutes=1) == 0
    assert stand.rows("reason") == [("the subscription was removed",)]


def test_before_any_rules_are_in_force_nothing_is_decided(engine) -> None:
    stand = Stand(engine)
    stand.ring(an_alert(1))
    stand.clock.now = NOON.replace(year=1969)
    assert stand.drain() == 0
    assert stand.rows("state") == [("pending",)]


# Where there is no way.


def test_an_unknown_channel_is_dead_with_what_to_set(engine) -> None:
    stand = Stand(engine, channels=())
    stand.ring(an_alert(1))
    assert stand.drain() == 0
    ((state, reason, attempts),) = stand.rows("state", "reason", "attempts")
    assert (state, attempts) == ("dead", 0)
    assert reason.startswith("there is no channel hook: write it into the file")


def test_mail_without_a_server_is_dead_with_what_to_set(engine) -> None:
    mail = Channel(id="hook", kind=ChannelKind.EMAIL, to="desk@example.org")
    stand = Stand(engine, channels=[mail])
    stand.ring(*(an_alert(n) for n in range(120)))
    stand.drain()
    assert {state for (state,) in stand.rows("state")} == {"dead"}
    assert "[mail] host" in stand.rows("reason")[0][0]


def test_a_feed_needs_nobody_who_sends(engine) -> None:
    stand = Stand(engine, channels=[Channel(id="hook", kind=ChannelKind.FEED)])
    stand.ring(an_alert(1))
    stand.drain()
    assert stand.rows("state", "attempts") == [("delivered", 0)]


def test_what_is_no_news_any_more_is_not_sent(stand) -> None:
    failed_once(stand)
    stand.clock.now += EXPIRY + timedelta(hours=1)
    assert stand.drain() == 0
    assert stand.rows("state") == [("expired",)]


def test_what_was_not_even_decided_in_time_is_not_sent_either(stand) -> None:
    stand.ring(an_alert(1))
    stand.clock.now += EXPIRY + timedelta(hours=1)
    assert stand.drain() == 0
    assert stand.rows("state", "reason") == [("expired", "it rang over 4 days ago")]


# Channels that are gone.


def test_a_channel_that_is_gone_is_disabled_and_its_owner_told_once(engine) -> None:
    lost = a_channel("hook", fallback="other")
    stand = Stand(engine, channels=[lost, a_channel("other")])
    stand.post.answers["hook"] = GONE
    stand.ring(an_alert(1), an_alert(2), an_alert(3))
    assert stand.drain() == 1
    assert stand.post.channels.count("hook") == 2  # both were on their way
    (notice,) = [message for channel, message in stand.post.sent if channel == "other"]
    assert notice.kind is MessageKind.NOTICE
    assert "tocsin subscriptions enable bridges hook" in notice.text
    with reading(engine) as connection:
        (made,) = changes.history(connection, "bridges")
    assert (made.action, made.subject, made.by) == (Action.DISABLE, "hook", "deliverer")
    assert made.why == "410: the receiver is gone"
    assert [row for row in stand.rows("channel", "state") if row[0] == "hook"] == [
        ("hook", "dead")
    ] * 3


def test_of_two_that_find_it_gone_one_after_the_other_the_first_tells(engine) -> None:
    stand = Stand(engine, channels=[a_channel("hook", fallback="other"), a_channel("other")])
    stand.ring(an_alert(1), an_alert(2))
    outgoing = stand.dispatcher._outgoing
    taken = outgoing.turn(stand.clock, [], lambda due: dict.fromkeys(due, 2))
    for each in taken.sendings:
        stand.clock.pass_(seconds=1)
        outgoing.mark(stand.clock.now, [(each.leased, GONE)])
    assert len(taken.sendings) == 2
    assert stand.rows("channel", "kind").count(("other", "notice")) == 1


def test_what_rings_for_a_channel_that_is_gone_waits_for_a_redrive(stand) -> None:
    stand.post.answers["hook"] = GONE
    stand.ring(an_alert(1))
    stand.drain()
    stand.ring(an_alert(2))
    stand.drain()
    assert len(stand.post.sent) == 1
    assert {state for (state,) in stand.rows("state")} == {"dead"}
    change(stand, Action.ENABLE, subject="hook")
    stand.post.answers.clear()
    stand.ring(an_alert(3))
    assert stand.drain() == 1


# Digests and summaries.


def test_a_digest_has_what_was_gathered_and_what_was_read(engine) -> None:
    stand = Stand(engine, [HOURLY])
    with writing(engine) as connection:
        coverage.add(connection, "https://a.example/feed?key=s3cret", "2024-07-29", polled=9, new=9)
        coverage.add(connection, "https://b.example/feed", "2024-07-29", polled=4, failed=4)
    stand.ring(an_alert(1), an_alert(2))
    assert stand.drain() == 0
    assert stand.drain(hours=1) == 1
    ((_, message),) = stand.post.sent
    data = json.loads(message.json)["data"]
    assert [each["title"] for each in data["alerts"]] == ["Bridge 1", "Bridge 2"]
    assert data["coverage"] == {
        "feeds": 2,
        "silent": [],
        "refused": [],
        "failed": ["https://b.example/feed: 4 polls failed"],
    }
    assert message.kind is MessageKind.DIGEST
    assert "until 2024-07-29 13:00" in message.subject


def test_a_digest_names_a_feed_that_answered_early_that_day_and_fails_since(engine) -> None:
    stand = Stand(engine, [HOURLY])
    read, failing = NOON - timedelta(hours=11), NOON - timedelta(hours=10)
    with writing(engine) as connection:
        url, later = "https://a.example/feed", NOON + timedelta(days=1)
        state = FeedState(url=url, next_poll=later, last_success=read, error_since=failing)
        feeds.add(connection, [state])
        coverage.add(connection, url, "2024-07-29", polled=9, new=2, failed=7)
    stand.ring(an_alert(1))
    stand.drain()
    assert stand.drain(hours=1) == 1
    ((_, message),) = stand.post.sent
    failed = "failed: https://a.example/feed: 7 polls failed, last read 2024-07-29 01:00 UTC"
    assert failed in message.text


def test_a_digest_does_not_say_that_all_is_well_where_nobody_reads_feeds(engine) -> None:
    stand = Stand(engine, [HOURLY])
    start = stand.clock.now
    with writing(engine) as connection:
        long_ago = FeedState(url="https://a.example/feed", added=start - timedelta(days=1))
        just_now = FeedState(url="https://b.example/feed", added=start + timedelta(minutes=50))
        feeds.add(connection, [long_ago, just_now])
    stand.ring(an_alert(1))
    assert stand.drain() == 0
    assert stand.drain(hours=1) == 1
    ((_, message),) = stand.post.sent
    assert json.loads(message.json)["data"]["coverage"] == {
        "feeds": 1,
        "silent": [],
        "refused": [],
        "failed": ["https://a.example/feed: never asked, though it was due"],
    }


def update(stand: Stand, alert: Alert, what: str) -> None:
    """Enter an update of an alert as the sink of the pipeline does."""
    subscription, at = stand.subscriptions[alert.subscription], microseconds(stand.clock.now)
    id = update_id(alert.id, "publishers", what)
    message = update_message(id, Shown(alert=alert, rung=stand.clock.now), subscription, what)
    new = deliveries.New(id, "hook", MessageKind.UPDATE, subscription.id, alert.id, at, at)
    with writing(stand.engine) as connection:
        deliveries.enter(connection, [new], body=encode(message))


def test_a_digest_says_what_happened_to_what_rang_in_it_and_before(engine) -> None:
    stand = Stand(engine, [HOURLY])
    stand.ring(an_alert(1))
    stand.drain()
    stand.drain(hours=1)
    update(stand, an_alert(1), "now at 6 publishers")
    stand.clock.pass_(seconds=1)
    stand.ring(an_alert(2))
    for publishers in (7, 12):
        stand.clock.pass_(seconds=1)
        update(stand, an_alert(2), f"now at {publishers} publishers")
    stand.drain()
    stand.drain(hours=1)
    first, second = (json.loads(message.json)["data"] for _, message in stand.post.sent)
    assert [(each["title"], each["updates"]) for each in first["alerts"]] == [("Bridge 1", [])]
    assert [(each["title"], each["updates"]) for each in second["alerts"]] == [
        ("Bridge 1", ["now at 6 publishers"]),
        ("Bridge 2", ["now at 7 publishers", "now at 12 publishers"]),
    ]
    _, message = stand.post.sent[1]
    assert "2 stories, 3 updates" in message.subject
    assert "Update: now at 6 publishers\nBridge 1\n" in message.text


def test_a_digest_of_nothing_is_sent_where_that_is_wanted_at_each_time_once(engine) -> None:
    stand = Stand(engine, [EVEN_EMPTY])
    assert stand.drain() == 0
    stand.dispatcher = stand.anew()
    assert stand.drain(hours=1) == 1
    assert stand.drain(minutes=30) == 0
    stand.dispatcher = stand.anew()
    assert stand.drain(minutes=30) == 1
    assert ["nothing rang" in message.subject for _, message in stand.post.sent] == [True, True]
    assert len({message.id for _, message in stand.post.sent}) == 2


def test_what_rings_goes_into_the_digest_that_waits(engine) -> None:
    stand = Stand(engine, [EVEN_EMPTY])
    stand.drain()
    stand.ring(an_alert(1))
    stand.drain(minutes=1)
    assert stand.drain(hours=1) == 1
    assert "1 story" in stand.post.sent[0][1].subject


@pytest.mark.parametrize(
    "instead", [HOURLY, replace(EVEN_EMPTY, digest=Digest(cron="30 * * * *", even_empty=True))]
)
def test_an_empty_digest_that_is_not_wanted_any_more_is_not_sent(engine, instead) -> None:
    stand = Stand(engine, [EVEN_EMPTY])
    stand.drain()
    stand.publish(instead)
    assert stand.drain(hours=1) == 0 or stand.post.sent[0][1].subject.count("30 UTC") == 1
    assert ("suppressed", "nothing was gathered for it") in stand.rows("state", "reason")


def test_more_than_the_throttle_comes_in_one_summary_that_says_so(engine) -> None:
    stand = Stand(engine, [replace(BRIDGES, throttle=2)])
    stand.ring(*(an_alert(n) for n in range(5)))
    assert stand.drain() == 2
    held = [reason for state, reason in stand.rows("state", "reason") if state == "gathered"]
    assert held == ["throttled: 2 an hour"] * 3
    assert stand.drain(hours=1) == 1
    summary = stand.post.sent[-1][1]
    assert summary.kind is MessageKind.SUMMARY
    assert "throttled: 2 an hour" in summary.text
    assert len(json.loads(summary.json)["data"]["alerts"]) == 3


def test_what_rings_in_quiet_hours_comes_at_their_end(engine) -> None:
    quiet = replace(BRIDGES, quiet=QuietHours(start="11:00", end="14:00"))
    stand = Stand(engine, [quiet])
    stand.ring(an_alert(1), an_alert(2))
    assert stand.drain(hours=1) == 0
    assert stand.drain(hours=1) == 1
    assert stand.post.sent[0][1].kind is MessageKind.SUMMARY


def test_one_that_cannot_be_written_is_dead_and_keeps_no_other_back(stand, monkeypatch) -> None:
    from connectors.delivery import rendering

    write = rendering.alert_message

    def failing(shown, subscription):
        if shown.alert.title == "Bridge 1":
            raise ZeroDivisionError
        return write(shown, subscription)

    monkeypatch.setattr(rendering, "alert_message", failing)
    stand.ring(an_alert(1), an_alert(2))
    assert stand.drain() == 1
    reasons = {reason for (reason,) in stand.rows("reason")}
    assert reasons == {"", "a fault of ours: ZeroDivisionError: it could not be written"}
