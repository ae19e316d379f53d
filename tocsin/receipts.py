"""Receipts: what the coverage of feeds says of the time that a digest is about."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import timedelta

from schemas import Coverage, FeedState
from tocsin.feed_urls import without_secrets
from tocsin.tidings import Receipt
from tocsin.wording import counted, moment

OVERDUE = timedelta(hours=1)
"""A feed that was to be asked so long ago, and was not, counts as failed: nobody reads it."""


def receipt(rows: Iterable[Coverage], unasked: Iterable[FeedState] = ()) -> Receipt:
    """Say which feeds were silent in some days, and of which nothing was read: refused, or failed.

    `unasked` are those that were due `OVERDUE` ago and are not asked yet: no coverage tells of a poll
    that never was, so they are among those that failed whatever they said before.
    """
    waiting = {each.url: each for each in unasked}
    by_feed: defaultdict[str, list[Coverage]] = defaultdict(list)
    for row in rows:
        by_feed[row.feed].append(row)
    silent, refused, failed = list[str](), list[str](), list[str]()
    for feed, days in sorted(by_feed.items()):
        if feed in waiting:
            continue
        name = without_secrets(feed)
        read = sum(day.new + day.unchanged for day in days)
        refusals, failures = sum(day.refused for day in days), sum(day.failed for day in days)
        if not read and refusals > failures:
            refused.append(f"{name}: {counted(refusals, 'refusal')}")
        elif not read and failures:
            failed.append(f"{name}: {counted(failures, 'poll')} failed")
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
