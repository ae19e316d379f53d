"""Estimates: how often a query would have rung for articles that were seen before it was written."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from schemas import ArticleVersion, Subscription
from tocsin.alerting import silence
from tocsin.query.evaluate import compiled
from tocsin.query.nodes import Node
from tocsin.query.view import View

_SHORTEST = timedelta(hours=1)
"""Less than this says nothing of a day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """What would have rung: one alert for a story. `since` and `until` are first and last first-seen.

    `busiest` is the day (UTC) with most alerts, and None without any.
    """

    versions: int = 0
    alerts: int = 0
    since: datetime | None = None
    until: datetime | None = None
    busiest: date | None = None
    on_busiest: int = 0

    @property
    def a_day(self) -> float | None:
        """Alerts a day, rounded to one place; None where nothing was asked."""
        if self.since is None or self.until is None:
            return None
        days = max(self.until - self.since, _SHORTEST) / timedelta(days=1)
        return round(self.alerts / days, 1)


def estimate(
    node: Node, subscription: Subscription, versions: Iterable[ArticleVersion]
) -> Estimate:
    """Ask a query of article versions in the order in which they were first seen.

    The node is the subscription's query, resolved. What the subscription is silent about does not
    ring, nor does backfill; a story rings once, when its first matching version was seen.
    """
    test = compiled(node)
    rung: dict[str, datetime] = {}
    count, since, until = 0, None, None
    for each in versions:
        seen = each.article.first_seen
        count, since, until = count + 1, since or seen, seen
        if each.story in rung or each.article.is_backfill or silence(subscription, each):
            continue
        if test(View(each)):
            rung[each.story] = seen
    return counted(rung.values(), count, since, until)


def counted(
    rung: Iterable[datetime], versions: int, since: datetime | None, until: datetime | None
) -> Estimate:
    """Count what rang, by the instants at which it did; of so many versions, first and last seen when."""
    days = Counter(seen.astimezone(UTC).date() for seen in rung)
    busiest = min(days, key=lambda day: (-days[day], day), default=None)
    return Estimate(
        versions=versions,
        alerts=days.total(),
        since=since,
        until=until,
        busiest=busiest,
        on_busiest=days[busiest] if busiest else 0,
    )
