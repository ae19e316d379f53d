"""Backtests over the store of the stream: what stored articles would have rung for, by other rules."""

import sys
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import takewhile
from typing import TYPE_CHECKING

from schemas import EPOCH, ArticleVersion, Evidence, RuleSet, Subscription
from tocsin.backtest import Backtest
from tocsin.comparison import Comparison, Rung, Sign
from tocsin.questions import Side

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """An alert that is shown: the article version that stands for its story, and the evidence."""

    sign: Sign
    subscription: str
    rung: Rung
    title: str
    url: str
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """When articles were first seen: from `since` on, and before `until`, both to the second."""

    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """What was tried and how it went. `shown` are the first alerts that differ, by subscription."""

    period: Period
    versions: int
    backtest: Backtest
    comparisons: tuple[Comparison, ...]
    shown: dict[str, tuple[Shown, ...]]


def period(engine: "Engine", since: datetime | timedelta, until: datetime | None) -> Period:
    """Choose a period: it ends with the latest article unless told, and `since` may count back from there."""
    from store.engine import reading
    from store.history import newest

    with reading(engine) as connection:
        latest = newest(connection)
    end = until or (latest or EPOCH) + timedelta(seconds=1)
    return Period(since=end - since if isinstance(since, timedelta) else since, until=end)


def tried(
    engine: "Engine",
    rule_sets: tuple[RuleSet, RuleSet],
    among: Period,
    *,
    named: Collection[str] = (),
    limit: int | None = None,
) -> Tried:
    """Ask an old and a new rule set of what is stored; show at most `limit` alerts of a subscription.

    Mentions and entities are those that were found when the articles came, stories as of now.
    """
    from store.engine import reading
    from store.history import number_between, versions_since

    backtest = Backtest(*rule_sets, named)
    if not backtest.asked:
        return Tried(period=among, versions=0, backtest=backtest, comparisons=(), shown={})
    with reading(engine) as connection:
        total = number_between(connection, among.since, among.until)
        found = versions_since(connection, among.since, backtest.kinds)
        until = among.until.replace(microsecond=0)
        number = 0
        for each in _with_bar(takewhile(lambda it: it.article.first_seen < until, found), total):
            backtest.add(each)
            number += 1
        comparisons = backtest.compare()
        shown = {it.subscription: _shown(connection, backtest, it, limit) for it in comparisons}
    return Tried(
        period=among, versions=number, backtest=backtest, comparisons=comparisons, shown=shown
    )


def would_ring(
    engine: "Engine", rules: RuleSet, subscription: Subscription, among: Period
) -> Tried:
    """Ask one subscription alone of what is stored, by the watch lists of some rules."""
    from console.proposals import narrowed

    return tried(engine, narrowed(rules, subscription), among)


def _shown(
    connection: "Connection", backtest: Backtest, found: Comparison, limit: int | None
) -> tuple[Shown, ...]:
    """Read again the article versions that stand for what is lost and added, and prove each."""
    from store.history import versions_of

    signed = [(Sign.LOST, rung) for rung in found.lost]
    signed += [(Sign.ADDED, rung) for rung in found.added]
    of_key = defaultdict(list)
    for sign, rung in sorted(signed, key=lambda it: it[1].order)[:limit]:
        of_key[rung.article, rung.version].append((sign, rung))
    proved = [
        _proved(backtest, found.subscription, sign, rung, each)
        for each in versions_of(connection, of_key.keys(), backtest.kinds)
        for sign, rung in of_key[each.article.id, each.article.version]
    ]
    return tuple(sorted(proved, key=lambda it: (it.rung.order, it.sign)))


def _proved(
    backtest: Backtest, subscription: str, sign: Sign, rung: Rung, version: ArticleVersion
) -> Shown:
    side = Side.BEFORE if sign is Sign.LOST else Side.AFTER
    return Shown(
        sign=sign,
        subscription=subscription,
        rung=rung,
        title=version.article.title,
        url=version.article.url,
        evidence=backtest.proof(side, subscription, version),
    )


def _with_bar(versions: Iterable[ArticleVersion], total: int) -> Iterator[ArticleVersion]:
    """Show on a terminal how far it is."""
    if not sys.stderr.isatty():
        yield from versions
        return
    from rich.console import Console
    from rich.progress import track

    screen = Console(stderr=True)
    yield from track(
        versions, "Reading article versions", total=total, console=screen, transient=True
    )
