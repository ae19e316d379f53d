import hmac
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import FeedState, FeedStatus, HubState, HubSubscription
from tocsin import websub
from tocsin.schedule import DEFAULT
from tocsin.websub import Question

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SECRET = "a secret of the installation"
URL, HUB, TOPIC = "https://a.example/feed", "https://hub.example/", "https://a.example/self"


def a_feed(**fields: object) -> FeedState:
    return FeedState(**({"url": URL, "hub": HUB, "hub_topic": TOPIC} | fields))


def subscribed(feed: FeedState | None = None, **fields: object) -> HubSubscription:
    found = websub.subscription_for(feed or a_feed(), SECRET, None)
    assert found is not None
    return replace(found, **fields)


def verified(lease: str = "864000", at: datetime = NOON, **fields: object) -> HubSubscription:
    question = Question(mode="subscribe", topic=TOPIC, challenge="c", lease=lease)
    found = websub.answered(websub.asked(subscribed(**fields), at), question, at)
    assert found is not None
    return found


# --- what is wanted ------------------------------------------------------------------------------


def test_a_feed_that_names_no_hub_has_no_subscription() -> None:
    assert websub.subscription_for(a_feed(hub=""), SECRET, None) is None
    assert (
        websub.subscription_for(a_feed(hub="https://h.example/" + "x" * 3000), SECRET, None) is None
    )


def test_a_feed_that_names_no_topic_is_its_own_topic() -> None:
    assert subscribed(a_feed(hub_topic="")).topic == URL


def test_a_subscription_is_kept_while_feed_hub_topic_and_secret_are_the_same() -> None:
    known = verified()
    assert websub.subscription_for(a_feed(title="Another"), SECRET, known) is known
    changed = [
        websub.subscription_for(a_feed(hub="https://other.example/"), SECRET, known),
        websub.subscription_for(a_feed(hub_topic=URL), SECRET, known),
        websub.subscription_for(a_feed(), SECRET + "!", known),
        websub.subscription_for(a_feed(url="https://b.example/"), SECRET, known),
    ]
    paths = {each.path for each in changed if each is not None}
    assert len(paths | {known.path}) == 5
    assert {each.state for each in changed if each is not None} == {HubState.ASKED}


def test_hubs_are_asked_at_once_and_never_for_feeds_that_rest() -> None:
    assert websub.is_due(a_feed(), subscribed(), NOON)
    assert not websub.is_due(a_feed(status=FeedStatus.RESTING), subscribed(), NOON)


def test_the_request_says_what_the_recommendation_wants() -> None:
    form = websub.request(subscribed(), "https://t.example/websub/", SECRET)
    assert form["hub.mode"] == "subscribe"
    assert form["hub.topic"] == TOPIC
    assert form["hub.callback"] == f"https://t.example/websub/{subscribed().path}"
    assert form["hub.lease_seconds"] == "864000"
    assert len(form["hub.secret"]) < 200
    assert SECRET not in str(form)
    assert form["hub.secret"] not in form["hub.callback"]


# --- asking --------------------------------------------------------------------------------------


def test_a_hub_that_says_nothing_is_asked_more_and_more_seldom() -> None:
    waits, at, asked = [], NOON, subscribed()
    for _ in range(8):
        asked = websub.asked(asked, at)
        assert asked.next_try is not None
        assert not websub.is_due(a_feed(), asked, asked.next_try - timedelta(seconds=1))
        waits.append((asked.next_try - at) / HOUR)
        at = asked.next_try
    assert waits == [1, 2, 4, 8, 16, 24, 24, 24]


def test_a_lease_is_renewed_before_it_ends_and_runs_on_while_the_hub_is_asked() -> None:
    known = verified()
    assert known.until == NOON + 10 * DAY
    assert not websub.is_due(a_feed(), known, NOON + 7 * DAY)
    renewing = NOON + 8 * DAY
    assert websub.is_due(a_feed(), known, renewing)
    asked = websub.asked(known, renewing)
    assert (asked.state, asked.until) == (HubState.VERIFIED, known.until)
    failed = websub.failed(asked, renewing, "no answer")
    assert (failed.state, failed.reason) == (HubState.VERIFIED, "no answer")
    assert websub.asked(failed, NOON + 11 * DAY).state is HubState.ASKED
    again = verified(at=renewing)
    assert (again.until, again.tries, again.reason) == (renewing + 10 * DAY, 0, "")


@given(st.text(max_size=12))
def test_whatever_lease_a_hub_tells_it_ends_and_no_hub_is_asked_at_once_again(lease: str) -> None:
    known = verified(lease)
    assert known.until is not None
    assert known.next_try is not None
    assert NOON < known.until <= NOON + websub.LONGEST_LEASE
    assert known.next_try >= NOON + websub.SHORTEST_RENEWAL


def test_a_failure_is_told_in_words_and_obeys_retry_after() -> None:
    asked = websub.asked(subscribed(), NOON)
    failed = websub.failed(asked, NOON, "the hub answered 500", 7200.0)
    assert (failed.state, failed.reason) == (HubState.FAILED, "the hub answered 500")
    assert failed.next_try == NOON + 2 * HOUR
    assert websub.failed(asked, NOON, "no", 1e9).next_try == NOON + DAY


def test_what_a_hub_said_while_it_was_asked_stands() -> None:
    assert websub.failed(verified(), NOON, "no answer") == verified()
    denied = websub.answered(
        websub.asked(subscribed(), NOON), Question(mode="denied", topic=TOPIC), NOON
    )
    assert denied is not None
    assert websub.failed(denied, NOON, "no answer") == denied


# --- what a hub says -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "question",
    [
        Question(mode="subscribe", topic=URL, challenge="c", lease="10"),
        Question(mode="unsubscribe", topic=TOPIC, challenge="c"),
        Question(mode="subscribe", topic=TOPIC, lease="10"),
        Question(mode="denied", topic=URL),
        Question(mode="publish", topic=TOPIC, challenge="c"),
        Question(),
    ],
)
def test_a_question_about_what_was_not_asked_for_changes_nothing(question: Question) -> None:
    assert websub.answered(websub.asked(subscribed(), NOON), question, NOON) is None


def test_a_denial_is_remembered_in_words_and_tried_again_after_a_day() -> None:
    question = Question(mode="denied", topic=TOPIC, reason="no\x1b[31m such\n topic" + "x" * 999)
    denied = websub.answered(verified(), question, NOON)
    assert denied is not None
    assert (denied.state, denied.until) == (HubState.DENIED, None)
    assert denied.reason.startswith("the hub denied it: no [31m such topic")
    assert denied.reason.isprintable()
    assert len(denied.reason) < 250
    assert not websub.is_due(a_feed(), denied, NOON + DAY - timedelta(seconds=1))
    assert websub.is_due(a_feed(), denied, NOON + DAY)
    late = Question(mode="subscribe", topic=TOPIC, challenge="c", lease="10")
    assert websub.answered(denied, late, NOON) is None
    assert websub.answered(websub.asked(denied, NOON + DAY), late, NOON + DAY) is not None


# --- signatures ----------------------------------------------------------------------------------


@given(st.binary(max_size=200), st.sampled_from(websub.ALGORITHMS), st.text(max_size=20))
def test_a_body_is_signed_by_its_secret_and_by_no_other(
    body: bytes, algorithm: str, secret: str
) -> None:
    digest = hmac.new(secret.encode(), body, algorithm).hexdigest()
    assert websub.is_signed(body, f"{algorithm}={digest}", secret)
    assert websub.is_signed(body, f"{algorithm}={digest.upper()}", secret)
    assert not websub.is_signed(body + b"x", f"{algorithm}={digest}", secret)
    assert not websub.is_signed(body, f"{algorithm}={digest}", secret + "x")
    assert not websub.is_signed(body, f"{algorithm}={digest[:-1]}", secret)
    assert not websub.is_signed(body, f"{algorithm}={digest}{digest}", secret)


@given(st.text() | st.from_regex(r"[a-z0-9]{0,8}=[0-9a-f]{0,130}", fullmatch=True))
def test_no_other_header_is_a_signature(header: str) -> None:
    assert not websub.is_signed(b"body", header, "secret")


@pytest.mark.parametrize("algorithm", ["md5", "sha224", "sha3_256", "SHA256", ""])
def test_no_other_algorithm_signs(algorithm: str) -> None:
    digest = hmac.new(b"secret", b"body", algorithm.lower() or "sha256").hexdigest()
    assert not websub.is_signed(b"body", f"{algorithm}={digest}", "secret")


# --- what a notification does --------------------------------------------------------------------


def told(at: datetime) -> HubSubscription:
    return replace(verified(), notified=at)


def test_a_feed_is_due_at_once_but_not_within_the_floor_of_its_last_poll() -> None:
    floor = timedelta(seconds=DEFAULT.floor)
    feed = a_feed(last_polled=NOON, next_poll=NOON + 2 * HOUR)
    for at in (NOON + HOUR, NOON + floor):
        assert websub.hastened(feed, told(at), DEFAULT.floor) == at
    soon = NOON + timedelta(seconds=1)
    assert websub.hastened(feed, told(soon), DEFAULT.floor) == NOON + floor


def test_no_feed_is_hastened_that_was_polled_since_or_is_due_or_fails() -> None:
    feed = a_feed(last_polled=NOON, next_poll=NOON + HOUR)
    assert websub.hastened(feed, told(NOON - HOUR), DEFAULT.floor) is None
    assert websub.hastened(feed, verified(), DEFAULT.floor) is None
    assert websub.hastened(feed, told(NOON + 2 * HOUR), DEFAULT.floor) is None
    assert websub.hastened(replace(feed, errors=1), told(NOON + HOUR / 2), DEFAULT.floor) is None
    assert websub.hastened(a_feed(), told(NOON), DEFAULT.floor) is None


@given(
    st.integers(-(10**6), 10**6),
    st.none() | st.integers(-(10**6), 10**6),
    st.integers(-(10**6), 10**6),
)
def test_hastening_is_never_later_than_before_nor_sooner_than_the_floor(
    notified: int, polled: int | None, due: int
) -> None:
    last = None if polled is None else NOON + timedelta(seconds=polled)
    feed = a_feed(last_polled=last, next_poll=NOON + timedelta(seconds=due))
    when = websub.hastened(feed, told(NOON + timedelta(seconds=notified)), DEFAULT.floor)
    if when is not None:
        assert feed.next_poll is not None
        assert when < feed.next_poll
        assert last is None or when >= last + timedelta(seconds=DEFAULT.floor)
        again = replace(feed, next_poll=when)
        assert (
            websub.hastened(again, told(NOON + timedelta(seconds=notified)), DEFAULT.floor) is None
        )


def test_a_feed_is_announced_while_its_hub_tells_of_what_polls_find() -> None:
    feed = a_feed(last_new=NOON)
    assert websub.is_announced(feed, told(NOON - timedelta(minutes=1)), NOON)
    assert websub.is_announced(feed, told(NOON + HOUR), NOON + 2 * HOUR)
    assert not websub.is_announced(feed, told(NOON - 2 * HOUR), NOON)
    assert not websub.is_announced(feed, verified(), NOON)
    assert not websub.is_announced(feed, told(NOON), NOON + 11 * DAY)


def test_relaxed_polling_keeps_every_bound() -> None:
    relaxed = DEFAULT.relaxed()
    assert relaxed.pace == 2 * DEFAULT.pace
    assert replace(relaxed, pace=DEFAULT.pace) == DEFAULT
