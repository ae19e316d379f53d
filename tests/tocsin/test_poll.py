import itertools
import math
from bisect import bisect
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import FeedState, FeedStatus, PollOutcome
from tocsin.poll import DEFAULT, WHOLE_EVERY, Report, Schedule, after_poll, is_silent, validators

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
MINUTE, HOUR, DAY = 60.0, 3600.0, 86_400.0
URL = "https://example.org/feed"
NEW, UNCHANGED, REFUSED, FAILED, GONE = PollOutcome


def later(seconds: float, start: datetime = NOON) -> datetime:
    return start + timedelta(seconds=seconds)


def a_feed(**fields: object) -> FeedState:
    return FeedState(url=URL, added=NOON, **fields)


def read(at: datetime = NOON, **fields: object) -> Report:
    given = {"outcome": NEW, "status": 200, "kind": "rss", "listed": 20, "body_hash": "a"} | fields
    return Report(at=at, **given)


def failed(at: datetime = NOON, outcome: PollOutcome = FAILED, **fields: object) -> Report:
    return Report(at=at, outcome=outcome, **({"reason": "no answer"} | fields))


def dated(count: int, apart: float, at: datetime = NOON) -> tuple[datetime, ...]:
    return tuple(later(-apart * number, at) for number in range(count))


def delay(state: FeedState) -> float:
    assert state.next_poll is not None
    assert state.last_polled is not None
    return (state.next_poll - state.last_polled).total_seconds()


def polled(state: FeedState, seconds: float, rate: float, **fields: object) -> FeedState:
    """Poll a feed that has `rate` entries a day, as often as it is due, for so many seconds."""
    start, seen = state.last_polled or NOON, 0.0
    while (at := state.next_poll or start) < later(seconds, start):
        due = (at - start).total_seconds() / DAY * rate
        fresh = int(due) - int(seen)
        seen = due
        outcome = NEW if fresh else UNCHANGED
        state = after_poll(state, read(at, outcome=outcome, fresh=fresh, **fields))
    return state


# --- how often -----------------------------------------------------------------------------------


def test_the_dates_of_its_entries_say_how_often_a_new_feed_is_polled() -> None:
    intervals = [
        after_poll(a_feed(), read(fresh=20, published=dated(20, apart))).interval
        for apart in (2 * MINUTE, HOUR, DAY, 9 * DAY)
    ]
    assert intervals == sorted(intervals)
    assert intervals[0] < 10 * MINUTE
    assert 25 * MINUTE < intervals[1] < 35 * MINUTE
    assert 2 * HOUR < intervals[2] < 3 * HOUR
    assert intervals[3] > 4 * HOUR


def test_a_feed_without_dates_is_polled_by_the_hour_at_first() -> None:
    assert after_poll(a_feed(), read()).interval == HOUR
    same = (NOON,) * 20
    assert after_poll(a_feed(), read(published=same)).interval == HOUR


@pytest.mark.parametrize(("rate", "low", "high"), [(0.05, 6, 24), (1, 1.8, 3), (24, 0.4, 0.7)])
def test_polls_show_the_rate_in_time(rate: float, low: float, high: float) -> None:
    after = polled(a_feed(), 30 * DAY, rate)
    assert low * HOUR < after.interval < high * HOUR
    assert after.entries_per_day == pytest.approx(rate, rel=0.6)


def test_dates_that_lie_are_corrected_by_what_polls_show() -> None:
    recent = dated(20, 30)
    first = after_poll(a_feed(), read(fresh=20, published=recent))
    assert first.interval < 10 * MINUTE
    assert polled(first, 7 * DAY, 1.0).interval > 2 * first.interval


def test_dates_in_the_future_count_for_nothing() -> None:
    ahead = dated(20, MINUTE, later(30 * DAY))
    assert after_poll(a_feed(), read(published=ahead)).interval == HOUR


def test_a_feed_is_polled_before_entries_drop_out_of_its_listing() -> None:
    calm = a_feed(last_success=NOON, last_polled=NOON, entries_per_day=1.0, interval=4 * HOUR)
    after = after_poll(calm, read(later(4 * HOUR), fresh=10, listed=10))
    assert after.interval <= 2 * HOUR


def test_what_feed_and_server_ask_for_is_followed_within_reason() -> None:
    busy = {"fresh": 5, "published": dated(200, 5 * MINUTE), "listed": 200}
    assert after_poll(a_feed(), read(**busy)).interval < HOUR
    for wish in ({"ttl": HOUR}, {"max_age": HOUR}):
        after = after_poll(a_feed(), read(**busy, **wish))
        assert after.interval == HOUR
        assert delay(after) >= HOUR
    patient = after_poll(a_feed(), read(**busy, ttl=365 * DAY))
    assert patient.interval == DEFAULT.longest_wish


def test_a_wish_of_the_document_holds_while_it_is_unchanged() -> None:
    first = after_poll(
        a_feed(), read(fresh=1, published=dated(99, MINUTE), listed=99, ttl=40 * MINUTE)
    )
    after = after_poll(first, Report(at=later(HOUR), outcome=UNCHANGED, status=304))
    assert after.interval >= 40 * MINUTE


def test_a_wish_does_not_make_entries_drop_out() -> None:
    busy = {"fresh": 5, "published": dated(10, 10 * MINUTE), "listed": 10}
    assert after_poll(a_feed(), read(**busy, ttl=4 * HOUR)).interval < HOUR


def test_a_compressed_day_has_the_same_shape() -> None:
    factor = 144.0
    quick = DEFAULT.compressed(factor)
    assert (quick.floor, quick.ceiling) == (300 / factor, 600)
    assert (quick.jitter, quick.gone_times) == (DEFAULT.jitter, DEFAULT.gone_times)
    slow = after_poll(a_feed(), read(fresh=9, published=dated(20, HOUR)))
    fast = after_poll(a_feed(), read(fresh=9, published=dated(20, HOUR / factor)), quick)
    assert fast.interval == pytest.approx(slow.interval / factor)
    assert fast.entries_per_day == pytest.approx(slow.entries_per_day)


def test_neighbours_do_not_march_in_step() -> None:
    delays = {delay(after_poll(FeedState(url=f"{URL}/{number}"), read())) for number in range(50)}
    assert len(delays) == 50
    assert 0.9 * HOUR <= min(delays) < max(delays) <= 1.1 * HOUR


# --- errors --------------------------------------------------------------------------------------


def test_each_error_in_a_row_doubles_the_wait_up_to_a_day() -> None:
    state, delays = a_feed(interval=600.0), []
    for _ in range(12):
        state = after_poll(state, failed(state.next_poll or NOON))
        delays.append(delay(state))
    assert delays[0] == pytest.approx(1200, rel=0.1)
    assert all(later > 1.5 * earlier for earlier, later in itertools.pairwise(delays[:7]))
    assert max(delays) <= DAY
    assert (state.errors, state.error, state.error_since) == (12, "no answer", NOON)


def test_a_success_ends_the_errors() -> None:
    after = after_poll(after_poll(a_feed(), failed()), read(later(HOUR)))
    assert (after.errors, after.error, after.error_since) == (0, "", None)


def test_a_slow_feed_that_failed_is_tried_again_soon_unless_it_refused() -> None:
    slow = a_feed(interval=12 * HOUR)
    assert delay(after_poll(slow, failed())) < 3 * HOUR
    assert delay(after_poll(slow, failed(outcome=REFUSED))) > 12 * HOUR


def test_an_error_leaves_interval_and_validators_as_they_are() -> None:
    before = a_feed(interval=900.0, etag="e", last_modified="m", body_hash="h", entries_per_day=3.0)
    after = after_poll(before, failed(etag="other", body_hash="other"))
    assert (after.etag, after.last_modified, after.body_hash) == ("e", "m", "h")
    assert (after.interval, after.entries_per_day) == (900.0, 3.0)


def test_an_error_without_a_reason_tells_the_status() -> None:
    assert after_poll(a_feed(), failed(reason="", status=502)).error == "the server answered 502"


def test_a_feed_that_failed_for_two_weeks_rests_and_is_tried_each_day() -> None:
    state = a_feed()
    while (state.next_poll or NOON) < later(13.9 * DAY):
        state = after_poll(state, failed(state.next_poll or NOON))
        assert state.status is FeedStatus.ACTIVE
    for _ in range(3):
        state = after_poll(state, failed(later(2 * DAY, state.last_polled)))
        assert delay(state) <= DAY
    assert state.status is FeedStatus.RESTING
    assert state.status_reason == "not read since 2026-03-02: no answer"


def test_a_resting_feed_that_can_be_read_again_is_active() -> None:
    resting = a_feed(status=FeedStatus.RESTING, status_reason="gone", gone=5, gone_since=NOON)
    after = after_poll(resting, read(later(30 * DAY)))
    assert (after.status, after.status_reason) == (FeedStatus.ACTIVE, "")
    assert (after.gone, after.gone_since) == (0, None)


def test_a_feed_rests_when_it_was_gone_three_times_in_three_days() -> None:
    state = a_feed()
    for day in (0, 1, 2):
        state = after_poll(state, failed(later(day * DAY), GONE))
        assert state.status is FeedStatus.ACTIVE
    state = after_poll(state, failed(later(3 * DAY), GONE))
    assert (state.status, state.status_reason) == (
        FeedStatus.RESTING,
        "gone (410) since 2026-03-02",
    )
    assert after_poll(state, failed(later(4 * DAY))).status is FeedStatus.RESTING


def test_gone_once_in_a_while_is_no_end() -> None:
    state = a_feed()
    for day in range(0, 12, 2):
        state = after_poll(state, failed(later(day * DAY), GONE))
        state = after_poll(state, read(later((day + 1) * DAY)))
    assert state.status is FeedStatus.ACTIVE


# --- redirects -----------------------------------------------------------------------------------

MOVED = "https://example.net/feed"


def test_a_permanent_redirect_is_followed_for_good_after_a_week() -> None:
    state = after_poll(a_feed(etag="e"), read(moved_to=MOVED, etag="e"))
    assert (state.url, state.moved_to, state.moved_since) == (URL, MOVED, NOON)
    state = after_poll(state, read(later(6.9 * DAY), moved_to=MOVED, etag="e"))
    assert state.url == URL
    state = after_poll(state, read(later(7 * DAY), moved_to=MOVED, etag="e"))
    assert (state.url, state.moved_to, state.moved_since, state.etag) == (MOVED, "", None, "e")


@pytest.mark.parametrize("other", ["https://example.com/feed", ""])
def test_a_redirect_that_changes_begins_its_week_anew(other: str) -> None:
    state = after_poll(a_feed(), read(moved_to=MOVED))
    state = after_poll(state, read(later(4 * DAY), moved_to=other))
    state = after_poll(state, read(later(8 * DAY), moved_to=MOVED))
    assert (state.url, state.moved_since) == (URL, later(8 * DAY))


def test_a_redirect_to_what_is_no_feed_is_not_followed() -> None:
    state = after_poll(a_feed(), failed(moved_to=MOVED))
    state = after_poll(state, failed(later(8 * DAY), moved_to=MOVED))
    assert (state.url, state.moved_to) == (URL, "")


def test_an_error_does_not_end_the_week() -> None:
    state = after_poll(a_feed(), read(moved_to=MOVED))
    state = after_poll(state, failed(later(3 * DAY)))
    assert after_poll(state, read(later(7 * DAY), moved_to=MOVED)).url == MOVED


# --- validators ----------------------------------------------------------------------------------


def test_validators_are_kept_from_what_was_read_and_sent_but_for_every_twelfth_poll() -> None:
    state = after_poll(a_feed(), read(etag='"1"', last_modified="yesterday"))
    sent = [validators(replace(state, polls=polls)) for polls in range(10 * WHOLE_EVERY)]
    assert sent.count(("", "")) == 10
    assert sent.count(('"1"', "yesterday")) == 10 * (WHOLE_EVERY - 1)


def test_a_304_keeps_validators_and_takes_newer_ones() -> None:
    state = after_poll(a_feed(), read(etag='"1"', last_modified="m", title="News"))
    state = after_poll(state, Report(at=later(HOUR), outcome=UNCHANGED, status=304))
    assert (state.etag, state.last_modified, state.body_hash, state.title) == (
        '"1"',
        "m",
        "a",
        "News",
    )
    state = after_poll(state, Report(at=later(HOUR), outcome=UNCHANGED, status=304, etag='"2"'))
    assert state.etag == '"2"'
    assert state.last_success == later(HOUR)


def test_what_was_cut_short_leaves_no_validators() -> None:
    state = after_poll(a_feed(etag="e"), read(etag='"1"', last_modified="m", truncated=True))
    assert (state.etag, state.last_modified, state.body_hash) == ("", "", "")


@pytest.mark.parametrize(
    ("etag", "modified", "fresh", "lies"),
    [
        ('"1"', "", 0, True),
        ('"1"', "", 1, True),
        ('W/"1"', "", 0, False),
        ('W/"1"', "", 1, True),
        ("", "yesterday", 1, True),
        ("", "yesterday", 0, False),
        ("", "", 1, False),
    ],
)
def test_a_validator_that_stays_while_the_document_changes_is_not_sent_again(
    etag: str, modified: str, fresh: int, lies: bool
) -> None:
    given = {"etag": etag, "last_modified": modified}
    state = after_poll(a_feed(), read(**given))
    state = after_poll(state, read(later(HOUR), body_hash="b", fresh=fresh, **given))
    assert state.etag_lies is lies
    if lies:
        assert {validators(replace(state, polls=polls)) for polls in range(99)} == {("", "")}


def test_validators_that_change_with_the_document_tell_the_truth() -> None:
    state = after_poll(a_feed(), read(etag='"1"'))
    state = after_poll(state, read(later(HOUR), body_hash="b", etag='"2"', fresh=1))
    assert not state.etag_lies


# --- what is told of the feed --------------------------------------------------------------------


def test_a_document_says_what_the_feed_is() -> None:
    said = {"title": "T" * 999, "site": "s", "kind": "atom", "hub": "h", "hub_topic": "t"}
    state = after_poll(a_feed(title="as imported"), read(**said, listed=7))
    assert state.title == "T" * 300
    assert (state.site, state.kind, state.hub, state.hub_topic, state.listed) == (
        "s", "atom", "h", "t", 7,
    )  # fmt: skip
    assert after_poll(a_feed(title="as imported"), read()).title == "as imported"


def test_the_last_new_of_a_first_poll_is_its_newest_date() -> None:
    old = dated(3, DAY, later(-100 * DAY))
    assert after_poll(a_feed(), read(fresh=3, published=old)).last_new == old[0]
    assert after_poll(a_feed(), read(fresh=3)).last_new == NOON
    assert after_poll(a_feed(), read()).last_new is None


def test_a_feed_is_silent_when_it_has_nothing_for_longer_than_ever() -> None:
    state = after_poll(a_feed(), read(fresh=50, published=dated(50, 6 * HOUR)))
    state = polled(state, 10 * DAY, 4.0)
    last = state.last_new
    assert last is not None
    assert not is_silent(state, later(0.9 * DAY, last))
    assert is_silent(state, later(1.1 * DAY, last))


def test_who_is_silent_each_weekend_is_not_silent_at_the_next() -> None:
    state, at = after_poll(a_feed(), read(fresh=1)), NOON
    for hour in range(1, 5 * 7 * 24):
        at = later(hour * HOUR)
        working = at.weekday() < 5 and 8 <= at.hour < 18
        outcome = NEW if working else UNCHANGED
        state = after_poll(state, read(at, outcome=outcome, fresh=int(working)))
        if hour > 14 * 24:
            assert not is_silent(state, at), at
    assert is_silent(state, later(6 * DAY, state.last_new))


def test_a_feed_that_cannot_be_read_is_failing_and_not_silent() -> None:
    state = after_poll(a_feed(), read(fresh=50, published=dated(50, HOUR)))
    failing = after_poll(state, failed(later(HOUR)))
    assert is_silent(state, later(20 * DAY))
    assert not is_silent(failing, later(20 * DAY))
    assert not is_silent(a_feed(), later(20 * DAY))


def test_an_empty_feed_is_silent_after_a_week() -> None:
    state = after_poll(a_feed(), read(listed=0))
    assert not is_silent(state, later(6 * DAY))
    assert is_silent(state, later(8 * DAY))


# --- laws ----------------------------------------------------------------------------------------

SECONDS = st.none() | st.floats() | st.sampled_from([0.0, 60.0, 3600.0, 1e9])
MOMENTS = st.datetimes(datetime(2000, 1, 1), datetime(2060, 1, 1), timezones=st.just(UTC))
REPORTS = st.builds(
    Report,
    at=MOMENTS,
    outcome=st.sampled_from(PollOutcome),
    status=st.sampled_from([0, 200, 304, 404, 410, 503]),
    reason=st.text(max_size=5),
    retry_after=SECONDS,
    max_age=SECONDS,
    ttl=SECONDS,
    fresh=st.integers(0, 2000),
    listed=st.integers(0, 2000),
    published=st.lists(MOMENTS, max_size=5).map(tuple),
    moved_to=st.sampled_from(["", URL, MOVED]),
    etag=st.sampled_from(["", '"1"', 'W/"2"']),
    body_hash=st.sampled_from(["", "a", "b"]),
    truncated=st.booleans(),
    kind=st.sampled_from(["", "rss"]),
)
SCHEDULES = st.sampled_from([DEFAULT, DEFAULT.compressed(144), Schedule(floor=1, ceiling=1)])


@given(st.lists(REPORTS, min_size=1, max_size=8), SCHEDULES, MOMENTS)
def test_whatever_happens_a_feed_has_a_next_poll_within_bounds(
    reports: list[Report], schedule: Schedule, added: datetime
) -> None:
    state = FeedState(url=URL, added=added)
    for number, report in enumerate(reports, 1):
        before, state = state, after_poll(state, report, schedule)
        assert schedule.floor - 1e-5 <= delay(state) <= schedule.ceiling + 1e-5
        assert schedule.floor <= state.interval <= schedule.ceiling or state.errors
        assert math.isfinite(state.entries_per_day)
        assert state.entries_per_day >= 0
        assert state.polls == number
        assert state == after_poll(before, report, schedule)
        assert (state.status is FeedStatus.RESTING) == bool(state.status_reason)
        assert bool(state.errors) == (report.outcome not in (NEW, UNCHANGED)) == bool(state.error)


@given(st.lists(REPORTS, max_size=4), REPORTS, st.floats(0, 1e9))
def test_nobody_is_asked_again_before_the_time_he_named(
    earlier: list[Report], report: Report, seconds: float
) -> None:
    state = a_feed()
    for each in earlier:
        state = after_poll(state, each)
    state = after_poll(state, replace(report, retry_after=seconds))
    assert delay(state) >= min(seconds, DEFAULT.ceiling) - 1e-5


# --- what it is worth ----------------------------------------------------------------------------


def entries_of(random: Random, rate: float, days: float) -> list[float]:
    """Draw when a feed publishes (days), by day far more than by night."""
    found, at = [], -20.0
    while (at := at + random.expovariate(rate * 1.6)) < days:
        if 7 <= at % 1 * 24 < 22 or random.random() < 0.15:
            found.append(at)
    return found


def followed(url: str, entries: list[float], days: float) -> tuple[int, list[float], int]:
    """Poll a feed that lists its 20 latest entries; return polls, delays (days), and entries missed."""
    state, at, seen, delays = FeedState(url=url, added=NOON), 0.01, 0.0, list[float]()
    polls = missed = 0
    while at < days:
        past = entries[: bisect(entries, at)]
        listed = past[-20:]
        fresh = [each for each in listed if each > seen] if polls else listed
        if polls:
            missed += max(len(past) - 20 - bisect(entries, seen), 0)
            delays += [at - each for each in fresh]
        published = tuple(later(each * DAY) for each in listed)
        outcome = NEW if fresh else UNCHANGED
        report = read(
            later(at * DAY),
            outcome=outcome,
            fresh=len(fresh),
            listed=len(listed),
            published=published,
        )
        state, seen, polls = after_poll(state, report), at, polls + 1
        assert state.next_poll is not None
        at = (state.next_poll - NOON).total_seconds() / DAY
    return polls, delays, missed


def test_entries_come_sooner_than_by_polling_all_feeds_alike_and_none_is_missed() -> None:
    random, days, polls, delays, missed, feeds = Random(7), 4.0, 0, [], 0, 30
    for number in range(feeds):
        rate = random.lognormvariate(math.log(5), 1.5)
        one = followed(f"{URL}/{number}", entries_of(random, rate, days), days)
        polls, delays, missed = polls + one[0], delays + one[1], missed + one[2]
    alike = days * feeds / polls  # the interval of the same number of polls, if all were alike
    assert len(delays) > 1000
    assert sum(delays) / len(delays) < 0.8 * alike / 2
    assert missed == 0
    assert 0.4 * HOUR < alike * DAY < 1.25 * HOUR
