"""What becomes of what rang: sent, gathered, suppressed; and when it is tried again."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import Digest, MessageKind, QuietHours, Subscription
from tocsin.delivery import (
    EXPIRY,
    JITTER,
    LONGEST_WAIT,
    RETRIES,
    Fail,
    Gather,
    Postpone,
    Ringing,
    Send,
    Suppress,
    Traffic,
    decide,
    last_digest,
    next_attempt,
    next_digest,
    quiet_until,
    reconsider,
)
from tocsin.holds import Holds

NOW = datetime(2023, 8, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
RINGING = Ringing(channel="desk-hook", story="story-1", actors={"wagner-group"})
DESK = Subscription(id="desk", query="actor:wagner")
NOTHING_HELD, NOTHING_SENT = Holds(), Traffic()


def decided(subscription=DESK, held=NOTHING_HELD, traffic=NOTHING_SENT, now=NOW):
    return decide(now, subscription, held, RINGING, traffic)


def test_an_alert_goes_out_at_once_unless_its_subscription_says_otherwise() -> None:
    assert decided() == Send()


@pytest.mark.parametrize(
    ("subscription", "held", "why"),
    [
        (None, Holds(), "the subscription was removed"),
        (replace(DESK, paused=True), Holds(), "the subscription was paused"),
        (DESK, Holds(paused=True), "the subscription was paused"),
        (DESK, Holds(snoozed_until=NOW + HOUR), "snoozed until 2023-08-01 13:00 UTC"),
        (DESK, Holds(muted={"story-1": None}), "the story was muted"),
        (DESK, Holds(muted={"wagner-group": NOW + HOUR}), "muted: wagner-group"),
    ],
)
def test_what_an_owner_holds_is_sent_to_nobody(subscription, held, why) -> None:
    assert decided(subscription, held) == Suppress(why)


def test_what_is_held_is_not_even_gathered() -> None:
    daily = replace(DESK, digest=Digest(cron="0 7 * * *"))
    assert isinstance(decided(daily, Holds(paused=True)), Suppress)


def test_a_snooze_or_mute_that_has_ended_holds_nothing() -> None:
    assert decided(held=Holds(snoozed_until=NOW, muted={"wagner-group": NOW})) == Send()


def test_a_channel_where_nobody_is_any_more_fails_and_can_be_redriven() -> None:
    assert isinstance(decided(held=Holds(disabled=frozenset({"desk-hook"}))), Fail)
    assert decided(held=Holds(disabled=frozenset({"another"}))) == Send()


def test_a_digest_is_due_when_its_cron_says_in_its_time_zone() -> None:
    daily = replace(DESK, digest=Digest(cron="0 7 * * *", timezone="Africa/Lagos"))
    found = decided(daily)
    assert isinstance(found, Gather)
    assert (found.kind, found.due) == (MessageKind.DIGEST, datetime(2023, 8, 2, 6, tzinfo=UTC))


def test_a_daily_digest_keeps_its_hour_when_the_clock_changes() -> None:
    before = datetime(2023, 10, 28, 12, tzinfo=UTC)
    first = next_digest("0 7 * * *", "Europe/Paris", before)
    assert first == datetime(2023, 10, 29, 6, tzinfo=UTC)
    assert next_digest("0 7 * * *", "Europe/Paris", first) == datetime(2023, 10, 30, 6, tzinfo=UTC)
    summer = next_digest("0 7 * * *", "Europe/Paris", datetime(2023, 10, 27, 12, tzinfo=UTC))
    assert summer == datetime(2023, 10, 28, 5, tzinfo=UTC)


def test_what_rings_when_a_digest_is_due_is_in_the_next_one() -> None:
    due = datetime(2023, 8, 1, 7, tzinfo=UTC)
    assert next_digest("0 7 * * *", "UTC", due) == due + timedelta(days=1)


def test_what_was_due_last_is_due_next_a_moment_earlier() -> None:
    last = last_digest("0 7 * * *", "Europe/Berlin", NOW)
    assert last == datetime(2023, 8, 1, 5, tzinfo=UTC)
    assert next_digest("0 7 * * *", "Europe/Berlin", last - timedelta(seconds=1)) == last


@pytest.mark.parametrize(
    ("subscription", "held", "intent"),
    [
        (DESK, Holds(), Send()),
        (None, Holds(), Suppress("the subscription was removed")),
        (
            DESK,
            Holds(paused=True, snoozed_until=NOW + HOUR),
            Suppress("the subscription was paused"),
        ),
        (DESK, Holds(muted={"story-1": None}), Suppress("the story was muted")),
        (DESK, Holds(snoozed_until=NOW + HOUR), Postpone(NOW + HOUR, "snoozed")),
        (DESK, Holds(snoozed_until=NOW), Send()),
        (
            replace(DESK, quiet=QuietHours(start="11:00", end="14:00")),
            Holds(),
            Postpone(NOW + 2 * HOUR, "in quiet hours"),
        ),
    ],
)
def test_what_waited_is_decided_once_more_before_it_is_sent(subscription, held, intent) -> None:
    assert reconsider(NOW, subscription, held, RINGING) == intent


def test_what_waited_for_a_channel_that_is_gone_fails() -> None:
    held = Holds(disabled=frozenset({"desk-hook"}), snoozed_until=NOW + HOUR)
    assert isinstance(reconsider(NOW, DESK, held, RINGING), Fail)


def test_quiet_hours_over_midnight_end_in_the_morning() -> None:
    nightly = replace(DESK, quiet=QuietHours(start="22:00", end="07:00", timezone="Africa/Niamey"))
    ends = datetime(2023, 8, 2, 6, tzinfo=UTC)
    for hour in (21, 23, 29):  # 22:00, midnight and 06:00 there
        now = datetime(2023, 8, 1, tzinfo=UTC) + timedelta(hours=hour)
        found = decided(nightly, now=now)
        assert isinstance(found, Gather)
        assert (found.kind, found.due) == (MessageKind.SUMMARY, ends)
    assert decided(nightly, now=ends) == Send()


@given(
    st.datetimes(min_value=datetime(2023, 1, 1), max_value=datetime(2024, 12, 31)),
    st.sampled_from(["UTC", "Europe/Paris", "America/New_York", "Asia/Kathmandu"]),
    st.times(),
    st.times(),
)
def test_quiet_hours_end_later_than_now_and_within_a_day(at, timezone, start, end) -> None:
    now = at.replace(tzinfo=UTC)
    quiet = QuietHours(start=f"{start:%H:%M}", end=f"{end:%H:%M}", timezone=timezone)
    ends = quiet_until(quiet, now)
    if ends is not None:
        assert now < ends <= now + timedelta(hours=25)
        assert quiet_until(quiet, ends) is None or quiet.start == quiet.end


def test_of_more_than_the_throttle_the_rest_waits_until_the_hour_is_over() -> None:
    three = replace(DESK, throttle=3)
    sent = [NOW - timedelta(minutes=each) for each in (50, 20, 10)]
    assert decided(three, traffic=Traffic(sent=sent[:2])) == Send()
    found = decided(three, traffic=Traffic(sent=sent))
    assert isinstance(found, Gather)
    assert (found.kind, found.due) == (MessageKind.SUMMARY, NOW + timedelta(minutes=10))
    assert decided(three, traffic=Traffic(sent=[NOW - HOUR, *sent[1:]])) == Send()


@given(
    st.lists(st.integers(0, 7_200), min_size=1, max_size=60).map(sorted),
    st.integers(1, 5),
)
def test_no_hour_has_more_sendings_than_the_throttle(seconds, throttle) -> None:
    sent: list[datetime] = []
    due: datetime | None = None
    for at in (NOW + timedelta(seconds=each) for each in seconds):
        traffic = Traffic(sent=sent, summary_due=due)
        found = decided(replace(DESK, throttle=throttle), traffic=traffic, now=at)
        if isinstance(found, Gather):
            due = found.due
        else:
            sent.append(at)
    for at in sent:
        assert sum(at - HOUR < each <= at for each in sent) <= throttle


def test_while_a_summary_is_gathered_all_goes_into_it() -> None:
    due = NOW + timedelta(minutes=5)
    found = decided(traffic=Traffic(summary_due=due, summary_why="throttled: 2 an hour"))
    assert found == Gather(MessageKind.SUMMARY, due, "throttled: 2 an hour")


def test_attempts_come_at_growing_pauses_and_end_before_it_is_no_news_any_more() -> None:
    pauses = [next_attempt("id", number) for number in range(1, len(RETRIES) + 2)]
    assert pauses[-1] is None
    for planned, pause in zip(RETRIES, pauses, strict=False):
        assert pause is not None
        assert planned <= pause <= planned * (1 + JITTER)
    assert sum((each for each in pauses if each), timedelta()) < EXPIRY


def test_the_pause_is_a_function_of_what_is_sent() -> None:
    assert next_attempt("a", 2) == next_attempt("a", 2)
    assert len({next_attempt(str(each), 2) for each in range(50)}) > 20


def test_a_target_may_ask_for_a_longer_pause_within_bounds() -> None:
    assert next_attempt("id", 1, 120.0) == timedelta(minutes=2)
    assert next_attempt("id", 3, 1.0) == next_attempt("id", 3)
    assert next_attempt("id", 1, 1e9) == LONGEST_WAIT
    assert next_attempt("id", 1, -5.0) == next_attempt("id", 1)
