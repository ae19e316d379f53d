"""How often a feed has something new: by the dates of its entries, which lie at times, and by polls."""

import itertools
import math
from collections.abc import Iterable
from datetime import datetime, timedelta

from schemas import FeedState
from tocsin.schedule import Report, Schedule

HORIZON_DAYS = 30.0
"""How far back dates are believed to say anything about now."""

AHEAD = timedelta(hours=1)
"""How far a date may lie in the future: clocks differ, and time zones are confused."""


def rate(state: FeedState, report: Report, schedule: Schedule) -> float:
    """Return the entries a day: at first by their dates, then averaged with what each poll shows.

    The average counts all since the feed was added, at most `memory`, and its beginning as one day.
    """
    day, unknown = schedule.day, (schedule.pace / schedule.first) ** 2
    if state.last_success is None:
        dated = dated_rate(report.published, report.at, day)
        return unknown if dated is None else dated
    seconds = since(state.last_success, report.at)
    evidence = schedule.memory
    if state.added is not None:
        evidence = min(evidence, day + since(state.added, state.last_success))
    weight = seconds / (seconds + evidence)
    observed = observed_rate(state, report, schedule)
    return (1 - weight) * state.entries_per_day + weight * observed


def observed_rate(state: FeedState, report: Report, schedule: Schedule) -> float:
    """Return the entries a day since the last poll that could be read; 0 at first."""
    if state.last_success is None:
        return 0.0
    return report.fresh / max(since(state.last_success, report.at), 1.0) * schedule.day


def habit(state: FeedState, report: Report, schedule: Schedule) -> float:
    """Return the longest time that the feed lately went without anything new, fading in a month."""
    if state.last_success is None:
        return longest_gap(report.published, report.at, schedule.day)
    if not report.fresh or state.last_new is None:
        return state.habit
    gap = since(state.last_new, report.at)
    return max(gap, state.habit * math.exp(-gap / (30 * schedule.day)))


def last_new(state: FeedState, report: Report) -> datetime | None:
    """Return when there was last something new: at first by the dates, which may be long past."""
    if state.last_success is None:
        found = newest(report.published, report.at)
        return found or (report.at if report.fresh else None)
    return report.at if report.fresh else state.last_new


def since(earlier: datetime, later: datetime) -> float:
    """Return the seconds between; 0 where a clock was set back."""
    return max((later - earlier).total_seconds(), 0.0)


def dated_rate(published: Iterable[datetime], at: datetime, day: float) -> float | None:
    """Return the entries a day (of `day` seconds) that dates show, or `None` where they say nothing.

    Silence since the newest one counts. Dates that are all the same say nothing: many feeds write the
    present instead.
    """
    dates = _plausible(published, at)
    if not dates or (len(dates) > 1 and dates[0] == dates[-1]):
        return None
    horizon = HORIZON_DAYS * day
    ages = [(at - each).total_seconds() for each in dates]
    recent = [age for age in ages if age <= horizon]
    span = horizon if len(recent) < len(ages) else max(max(recent), day / 24)
    return max(len(recent), 1) / span * day


def longest_gap(published: Iterable[datetime], at: datetime, day: float) -> float:
    """Return the longest time (s) between entries that follow each other, within the horizon.

    A listing of older ones only shows gaps of their own time. 0.0 where there are not two.
    """
    dates = _plausible(published, at)
    horizon = at - timedelta(seconds=HORIZON_DAYS * day)
    recent = [each for each in dates if each >= horizon]
    chosen = recent if len(recent) > 1 else dates
    gaps = [(later - earlier).total_seconds() for earlier, later in itertools.pairwise(chosen)]
    return max(gaps, default=0.0)


def newest(published: Iterable[datetime], at: datetime) -> datetime | None:
    """Return the latest date that is not in the future, or `None`."""
    dates = _plausible(published, at)
    return min(dates[-1], at) if dates else None


def _plausible(published: Iterable[datetime], at: datetime) -> list[datetime]:
    return sorted(each for each in published if each <= at + AHEAD)
