"""What becomes of an alert on its way to a channel: sent, held, gathered or suppressed; and when it is tried again.

Decisions only: `decide(now, ...)` says what is meant, the deliverer does it. No clock, no chance: the jitter
of a pause is a function of what is sent.
"""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from cronsim import CronSim

from schemas import MessageKind, QuietHours, Subscription
from tocsin.holds import Holds, are_all_muted
from tocsin.wording import moment

RETRIES = tuple(
    timedelta(seconds=each)
    for each in (5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)
)
"""Pauses between the attempts, as the specification of Standard Webhooks proposes them."""

JITTER = 0.2
"""Share of a pause that is added at most, so that what failed together does not come again together."""

LONGEST_WAIT = timedelta(days=1)
"""What a target may ask us to wait at most."""

EXPIRY = timedelta(days=4)
"""What was not decided so long after it rang, or not sent so long after that, is not sent any more: longer
than all attempts take."""

WINDOW = timedelta(hours=1)
"""What a throttle counts over."""


@dataclass(frozen=True, slots=True)
class Send:
    """It goes out at once."""


@dataclass(frozen=True, slots=True)
class Gather:
    """It goes into the digest or summary that is due at an instant."""

    kind: MessageKind
    due: datetime
    why: str


@dataclass(frozen=True, slots=True)
class Suppress:
    """It is sent to nobody, and `why` is told by `explain`."""

    why: str


@dataclass(frozen=True, slots=True)
class Fail:
    """It cannot be sent now, and waits for somebody who mends it and redrives it."""

    why: str


@dataclass(frozen=True, slots=True)
class Postpone:
    """It is sent later: nothing is sent until an instant."""

    until: datetime
    why: str


@dataclass(frozen=True, slots=True)
class Expire:
    """It is no news any more."""

    why: str = f"it rang over {EXPIRY.days} days ago"


Intent = Send | Gather | Suppress | Fail | Expire


@dataclass(frozen=True, slots=True, kw_only=True)
class Ringing:
    """What rang: for which story and actors, and by which channel it would go."""

    channel: str
    story: str
    actors: Collection[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Traffic:
    """What went the same way lately: instants of sendings within `WINDOW`, and an open summary's due.

    `summary_why` is what began that summary.
    """

    sent: Sequence[datetime] = ()
    summary_due: datetime | None = None
    summary_why: str = ""


def decide(
    now: datetime,
    subscription: Subscription | None,
    held: Holds,
    ringing: Ringing,
    traffic: Traffic,
) -> Intent:
    """Decide what becomes of something that rang; the subscription is as it is now, None where it is gone."""
    silent = silenced(now, subscription, held, ringing)
    if subscription is None or silent:
        return Suppress(silent)
    if ringing.channel in held.disabled:
        return Fail(f"channel {ringing.channel} was disabled: nobody was there any more")
    if subscription.digest:
        due = next_digest(subscription.digest.cron, subscription.digest.timezone, now)
        return Gather(MessageKind.DIGEST, due, "gathered for the digest")
    if subscription.quiet and (ends := quiet_until(subscription.quiet, now)):
        return Gather(MessageKind.SUMMARY, ends, "it rang in quiet hours")
    if traffic.summary_due and traffic.summary_due > now:
        return Gather(MessageKind.SUMMARY, traffic.summary_due, traffic.summary_why)
    if subscription.throttle:
        recent = sorted(each for each in traffic.sent if each > now - WINDOW)
        if len(recent) >= subscription.throttle:
            due = recent[-subscription.throttle] + WINDOW
            return Gather(MessageKind.SUMMARY, due, f"throttled: {subscription.throttle} an hour")
    return Send()


def reconsider(
    now: datetime, subscription: Subscription | None, held: Holds, ringing: Ringing
) -> Send | Postpone | Suppress | Fail:
    """Decide once more about something that is about to be sent: it may have waited for days.

    A snooze and quiet hours, which it did not ring in, put it off only.
    """
    awake = replace(held, snoozed_until=None)
    silent = silenced(now, subscription, awake, ringing)
    if subscription is None or silent:
        return Suppress(silent)
    if ringing.channel in held.disabled:
        return Fail(f"channel {ringing.channel} was disabled: nobody was there any more")
    if held.is_snoozed(now):
        assert held.snoozed_until
        return Postpone(held.snoozed_until, "snoozed")
    if subscription.quiet and (ends := quiet_until(subscription.quiet, now)):
        return Postpone(ends, "in quiet hours")
    return Send()


def silenced(
    now: datetime, subscription: Subscription | None, held: Holds, ringing: Ringing
) -> str:
    """Say why something that rang is sent to nobody; empty where it is sent."""
    if subscription is None:
        return "the subscription was removed"
    if subscription.paused or held.paused:
        return "the subscription was paused"
    if held.is_snoozed(now):
        return f"snoozed until {moment(held.snoozed_until)}"
    if held.is_muted(ringing.story, now):
        return "the story was muted"
    if are_all_muted(held, ringing.actors, now):
        return f"muted: {', '.join(sorted(ringing.actors))}"
    return ""


def next_digest(cron: str, timezone: str, now: datetime) -> datetime:
    """Find when a cron expression is due next, later than now; in UTC.

    Raises `CronSimError` for no such expression.
    """
    found: datetime = next(CronSim(cron, now.astimezone(ZoneInfo(timezone))))
    return found.astimezone(UTC)


def last_digest(cron: str, timezone: str, now: datetime) -> datetime:
    """Find when a cron expression was due last, earlier than now; in UTC.

    Raises `CronSimError` for no such expression.
    """
    found: datetime = next(CronSim(cron, now.astimezone(ZoneInfo(timezone)), reverse=True))
    return found.astimezone(UTC)


def quiet_until(quiet: QuietHours, now: datetime) -> datetime | None:
    """Find the end of the quiet hours that an instant lies in, in UTC; None outside of them."""
    zone = ZoneInfo(quiet.timezone)
    start, end = time.fromisoformat(quiet.start), time.fromisoformat(quiet.end)
    today = now.astimezone(zone).date()
    for day in (today - timedelta(days=1), today):
        begins = datetime.combine(day, start, zone)
        last = day if start < end else day + timedelta(days=1)
        ends = datetime.combine(last, end, zone)
        # Compared in UTC: two times of one zone are compared by their wall clocks.
        if begins.astimezone(UTC) <= now < ends.astimezone(UTC):
            return ends.astimezone(UTC)
    return None


def next_attempt(id: str, attempts: int, retry_after: float | None = None) -> timedelta | None:
    """Say how long to wait after so many attempts of sending something, None where it is given up.

    What the target asks for is kept, within bounds.
    """
    if attempts > len(RETRIES):
        return None
    share = hashlib.sha256(f"{id}:{attempts}".encode()).digest()[0] / 255
    pause = RETRIES[attempts - 1] * (1 + JITTER * share)
    asked = timedelta(seconds=max(retry_after or 0.0, 0.0))
    return max(pause, min(asked, LONGEST_WAIT))
