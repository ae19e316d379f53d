"""When to poll a feed next, and what a poll changes in what is known of it: decisions only.

How often: of all ways to spend a number of polls a day on feeds of different rates, the one with the
least delay over all entries polls each feed in proportion to the square root of its rate (minimise
the sum of rate x interval under a fixed sum of 1 / interval). So `interval = pace / sqrt(rate)`.
What the feed and its server ask for, errors and the length of its listing come on top.
"""

import math
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256

from schemas import FeedState, FeedStatus, PollOutcome
from tocsin.rates import habit, last_new, observed_rate, rate, since
from tocsin.schedule import DEFAULT, Report, Schedule

__all__ = ["DEFAULT", "Report", "Schedule", "after_poll", "is_silent", "validators"]

WHOLE_EVERY = 12
"""Every so many polls a feed is asked for unconditionally, to see whether its validators tell the truth."""

LONGEST_TEXT = 300
"""Characters that are kept of a title or a reason."""

_READ = (PollOutcome.NEW, PollOutcome.UNCHANGED)
_DOUBLINGS = 20


def after_poll(state: FeedState, report: Report, schedule: Schedule = DEFAULT) -> FeedState:
    """Return what is known of a feed after a poll, with the time of the next one.

    The next poll lies `floor` to `ceiling` seconds after this one, whatever happened. Where a permanent
    redirect has been the same for a week, the state has the new URL.
    """
    if report.outcome in _READ:
        after = _after_success(state, report, schedule)
    else:
        after = _after_error(state, report, schedule)
    after = replace(after, polls=state.polls + 1, last_polled=report.at)
    delay = _delay(after, report, schedule)
    return replace(after, next_poll=report.at + timedelta(seconds=delay))


def validators(state: FeedState) -> tuple[str, str]:
    """Return the ETag and the Last-Modified to send with the next poll, empty for an unconditional one."""
    if state.etag_lies or (state.polls + _draw(state.url, 0, WHOLE_EVERY)) % WHOLE_EVERY == 0:
        return "", ""
    return state.etag, state.last_modified


def is_silent(state: FeedState, at: datetime, schedule: Schedule = DEFAULT) -> bool:
    """Tell whether a feed has had nothing new for twice as long as it lately ever went without.

    Never before a day is over, nor within `memory` of a feed of which nothing is known. While a feed
    cannot be read it is failing, which is no silence.
    """
    until = state.last_success if state.errors else at
    start = state.last_new or state.added
    if until is None or start is None or state.last_success is None:
        return False
    usual = max(2 * state.habit, schedule.day) if state.habit else schedule.memory
    return since(start, until) > usual


def _after_success(state: FeedState, report: Report, schedule: Schedule) -> FeedState:
    """Note what a document, or word that it is unchanged, says."""
    after = _with_document(state, report) if report.kind else state
    after = _with_validators(_with_redirect(after, report, schedule), report)
    after = replace(
        after,
        status=FeedStatus.ACTIVE,
        status_reason="",
        errors=0,
        error="",
        error_since=None,
        gone=0,
        gone_since=None,
        entries_per_day=rate(state, report, schedule),
        habit=habit(state, report, schedule),
        last_new=last_new(state, report),
        last_success=report.at,
    )
    return replace(after, interval=_interval(state, after, report, schedule))


def _after_error(state: FeedState, report: Report, schedule: Schedule) -> FeedState:
    """Count an error, and let a feed rest that has been gone or failing for long."""
    after = replace(
        state,
        errors=state.errors + 1,
        error=(report.reason or f"the server answered {report.status}")[:LONGEST_TEXT],
        error_since=state.error_since or report.at,
        interval=state.interval or schedule.first,
    )
    if report.outcome is PollOutcome.GONE:
        after = replace(after, gone=state.gone + 1, gone_since=state.gone_since or report.at)
    reason = _why_it_rests(after, report.at, schedule)
    if not reason:
        return after
    return replace(after, status=FeedStatus.RESTING, status_reason=reason)


def _why_it_rests(state: FeedState, at: datetime, schedule: Schedule) -> str:
    """Say in words why a feed is to be polled only once a day, or `''`."""
    if (
        state.gone >= schedule.gone_times
        and state.gone_since is not None
        and since(state.gone_since, at) >= schedule.gone_after
    ):
        return f"gone (410) since {state.gone_since:%Y-%m-%d}"
    if state.error_since is not None and since(state.error_since, at) >= schedule.failing_after:
        return f"not read since {state.error_since:%Y-%m-%d}: {state.error}"
    return state.status_reason if state.status is FeedStatus.RESTING else ""


def _delay(state: FeedState, report: Report, schedule: Schedule) -> float:
    """Return the seconds until the next poll, within `floor` and `ceiling`."""
    asked = _seconds(report.retry_after, schedule.ceiling)
    if state.status is FeedStatus.RESTING:
        usual = schedule.ceiling
    elif report.outcome in _READ:
        usual = state.interval
        asked = max(asked, _wish(state, report, schedule, usual))
    else:
        # Whoever refuses is not asked sooner than when all is well; a failure may pass within the hour.
        refused = report.outcome is PollOutcome.REFUSED
        base = state.interval if refused else min(state.interval, schedule.first)
        usual = base * 2 ** min(state.errors, _DOUBLINGS)
    usual = min(usual, schedule.ceiling)
    span = 1 + schedule.jitter * (2 * _draw(state.url, state.polls, 1 << 32) / (1 << 32) - 1)
    return min(max(usual * span, asked, schedule.floor), schedule.ceiling)


def _interval(before: FeedState, after: FeedState, report: Report, schedule: Schedule) -> float:
    """Return the interval of a feed that could be read: by its rate, its wishes, its listing."""
    usual = schedule.pace / math.sqrt(after.entries_per_day) if after.entries_per_day else math.inf
    usual = max(usual, _wish(after, report, schedule, math.inf))
    busiest = max(after.entries_per_day, observed_rate(before, report, schedule))
    if after.listed and busiest:  # else entries would drop out of the listing unseen
        usual = min(usual, after.listed / 2 / busiest * schedule.day)
    return min(max(usual, schedule.floor), schedule.ceiling)


def _wish(state: FeedState, report: Report, schedule: Schedule, most: float) -> float:
    """Return how long feed and server ask to be left alone, as far as that is followed."""
    wish = max(_seconds(report.max_age, math.inf), state.ttl)
    return min(wish, schedule.longest_wish, most)


def _with_document(state: FeedState, report: Report) -> FeedState:
    """Take over what the document says of the feed."""
    return replace(
        state,
        title=report.title[:LONGEST_TEXT] or state.title,
        site=report.site or state.site,
        kind=report.kind,
        listed=report.listed,
        ttl=_seconds(report.ttl, math.inf),
        hub=report.hub,
        hub_topic=report.hub_topic,
    )


def _with_validators(state: FeedState, report: Report) -> FeedState:
    """Keep the validators of what was read whole, and notice those that lie."""
    if report.status == 304:
        return replace(
            state,
            etag=report.etag or state.etag,
            last_modified=report.last_modified or state.last_modified,
        )
    if report.truncated:
        return replace(state, etag="", last_modified="", body_hash="")
    return replace(
        state,
        etag=report.etag,
        last_modified=report.last_modified,
        body_hash=report.body_hash,
        etag_lies=state.etag_lies or _lies(state, report),
    )


def _lies(state: FeedState, report: Report) -> bool:
    """Tell whether a validator stayed as it was while the document changed.

    A weak one may do so as long as no entry did (RFC 9110, 8.8.1).
    """
    if not (state.body_hash and report.body_hash) or state.body_hash == report.body_hash:
        return False
    if report.etag:
        same = report.etag == state.etag
        return same and (report.fresh > 0 or not report.etag.startswith("W/"))
    same = bool(report.last_modified) and report.last_modified == state.last_modified
    return same and report.fresh > 0


def _with_redirect(state: FeedState, report: Report, schedule: Schedule) -> FeedState:
    """Follow a permanent redirect for good once it has been the same for long."""
    if not report.moved_to or report.moved_to == state.url:
        return replace(state, moved_to="", moved_since=None)
    if report.moved_to != state.moved_to or state.moved_since is None:
        return replace(state, moved_to=report.moved_to, moved_since=report.at)
    if since(state.moved_since, report.at) < schedule.moved_after:
        return state
    return replace(state, url=report.moved_to, moved_to="", moved_since=None)


def _seconds(given: float | None, most: float) -> float:
    """Read a time that a stranger gave: never negative, no more than `most`."""
    return min(given, most) if given is not None and given > 0 else 0.0


def _draw(url: str, number: int, below: int) -> int:
    """Draw a number from 0 to `below`, the same for the same feed and number: chance without a die."""
    return int.from_bytes(sha256(f"{url} {number}".encode()).digest()[:8]) % below
