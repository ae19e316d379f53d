"""Receipts: what the coverage of feeds says of the time that a digest is about."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta

from schemas import Coverage, FeedState
from tocsin.feed_urls import without_secrets
from tocsin.tidings import Receipt
from tocsin.wording import counted, moment

OVERDUE = timedelta(hours=1)
"""A feed that was to be asked so long ago, and was not, counts as failed: nobody reads it."""


def unread(states: Iterable[FeedState], since: datetime, until: datetime) -> tuple[FeedState, ...]:
    """Choose the feeds that failed at their last try and have not been read since an instant.

    Those that fail only since `until` are none of them.
    """
    return tuple(
        each
        for each in states
        if each.error_since and each.error_since < until
        if each.last_success is None or each.last_success < since
    )


def receipt(
    rows: Iterable[Coverage],
    unasked: Iterable[FeedState] = (),
    missed: Iterable[FeedState] = (),
) -> Receipt:
    """Say which feeds were silent in some days, and of which nothing was read: refused, or failed.

    Coverage knows whole days: `missed` are those that are `unread` since, whatever was read before.
    `unasked` are those that were due `OVERDUE` ago and are not asked yet: no coverage tells of a poll
    that never was, so they are among those that failed whatever they said before.
    """
    waiting = {each.url: each for each in unasked}
    last_read = {each.url: f", last read {moment(each.last_success, 'never')}" for each in missed}
    by_feed: defaultdict[str, list[Coverage]] = defaultdict(list)
    for row in rows:
        by_feed[row.feed].append(row)
    silent, refused, failed = list[str](), list[str](), list[str]()
    for feed, days in sorted(by_feed.items()):
        if feed in waiting:
            continue
        name = without_secrets(feed)
        read = sum(day.new + day.unchanged for day in days)
        is_missed, tail = not read or feed in last_read, last_read.get(feed, "") if read else ""
        refusals, failures = sum(day.refused for day in days), sum(day.failed for day in days)
        if is_missed and refusals > failures:
            refused.append(f"{name}: {counted(refusals, 'refusal')}{tail}")
        elif is_missed and failures:
            failed.append(f"{name}: {counted(failures, 'poll')} failed{tail}")
        elif any(day.silent for day in days):
            silent.append(f"{name}: nothing for longer than is its habit")
    failed += [_unasked(each) for each in waiting.values()]
    return Receipt(
        feeds=len(by_feed.keys() | waiting.keys()),
        silent=tuple(silent),
        refused=tuple(refused),
        failed=tuple(sorted(failed)),
    )


def _unasked(feed: FeedState) -> str:
    last = f"not asked since {moment(feed.last_polled)}" if feed.last_polled else "never asked"
    return f"{without_secrets(feed.url)}: {last}, though it was due"
