"""Receipts: what the coverage of feeds says of the time that a digest is about."""

from collections import defaultdict
from collections.abc import Iterable

from schemas import Coverage
from tocsin.feed_urls import without_secrets
from tocsin.tidings import Receipt
from tocsin.wording import counted


def receipt(rows: Iterable[Coverage]) -> Receipt:
    """Say which feeds were silent in some days, and of which nothing was read: refused, or failed."""
    by_feed: defaultdict[str, list[Coverage]] = defaultdict(list)
    for row in rows:
        by_feed[row.feed].append(row)
    silent, refused, failed = list[str](), list[str](), list[str]()
    for feed, days in sorted(by_feed.items()):
        name = without_secrets(feed)
        read = sum(day.new + day.unchanged for day in days)
        refusals, failures = sum(day.refused for day in days), sum(day.failed for day in days)
        if not read and refusals > failures:
            refused.append(f"{name}: {counted(refusals, 'refusal')}")
        elif not read and failures:
            failed.append(f"{name}: {counted(failures, 'poll')} failed")
        elif any(day.silent for day in days):
            silent.append(f"{name}: nothing for longer than is its habit")
    return Receipt(
        feeds=len(by_feed), silent=tuple(silent), refused=tuple(refused), failed=tuple(failed)
    )
