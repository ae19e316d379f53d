"""How a backtest looks: for each subscription what differs, by publisher and language, and the alerts."""

from collections.abc import Iterator, Sequence
from typing import Any

import click
from rich.text import Text

from console.backtests import Shown, Tried
from console.cli.show import console, highlighted, moment, plural
from tocsin.comparison import Comparison, Sign, Tally
from tocsin.estimate import Estimate
from tocsin.rule_changes import Status

_SIGNS = {Sign.ADDED: "+", Sign.LOST: "−", Sign.SAME: "="}

MOST_NAMES = 10
"""Publishers and languages that are listed for a subscription; JSON has all."""


def rows(found: Tried) -> Iterator[dict[str, Any]]:
    """Give one object a subscription, with all counts, and the alerts that are shown."""
    for it in found.comparisons:
        yield {
            "subscription": it.subscription,
            "status": it.status,
            "added": len(it.added),
            "lost": len(it.lost),
            "same": len(it.same),
            "a_day": {"before": it.before.a_day, "after": it.after.a_day},
            "before": it.before,
            "after": it.after,
            "publishers": it.publishers,
            "languages": it.languages,
            "alerts": found.shown[it.subscription],
        }


def written(found: Tried) -> None:
    """Print everything for people, and at the end what was asked."""
    for each in found.comparisons:
        _subscription(each, found.shown[each.subscription])
    unchanged = sum(it.status is Status.UNCHANGED for it in found.backtest.pairs)
    if not found.comparisons:
        click.echo(f"Nothing changes what rings: {plural(unchanged, 'subscription')} as before.")
        return
    totals = [
        sum(len(part) for part in parts)
        for parts in zip(*((it.added, it.lost, it.same) for it in found.comparisons), strict=True)
    ]
    click.echo(f"In all {_counts(*totals)}.")
    click.echo(
        f"{plural(found.versions, 'article version')} first seen from {moment(found.period.since)}"
        f" to {moment(found.period.until)} asked by"
        f" {plural(len(found.comparisons), 'subscription')}.",
        err=True,
    )


def alert(shown: Shown, *, is_signed: bool = True) -> None:
    """Print an alert: the article, then each leaf with the sentence that satisfied it."""
    screen, rung = console(), shown.rung
    sign = f"{_SIGNS[shown.sign]} " if is_signed else ""
    head = f"{sign}{moment(rung.first_seen)}  {shown.title or '(no title)'}"
    screen.print(Text(f"  {head}", style="bold"))
    screen.print(
        Text(f"      {rung.publisher or 'unknown'}  {rung.language}  {shown.url}".rstrip())
    )
    for each in shown.evidence:
        place = highlighted(each.sentence, each.text) if each.sentence else Text(each.text)
        screen.print(Text.assemble(f"      {each.leaf}: ", place))


def _subscription(it: Comparison, shown: Sequence[Shown]) -> None:
    click.echo(f"{it.subscription} ({it.status})")
    click.echo(f"  {_counts(len(it.added), len(it.lost), len(it.same))}")
    click.echo(f"  before {_volume(it.before)}; after {_volume(it.after)}")
    for name, tallies in (("publisher", it.publishers), ("language", it.languages)):
        _tallies(name, tallies)
    for each in shown:
        alert(each)
    left = len(it.added) + len(it.lost) - len(shown)
    if left:
        click.echo(f"  ... and {left:,} more: --all shows them")
    click.echo()


def _tallies(name: str, tallies: Sequence[Tally]) -> None:
    for each in tallies[:MOST_NAMES]:
        click.echo(f"    {name:<10}{each.name:<30} {_counts(each.added, each.lost, each.same)}")
    if len(tallies) > MOST_NAMES:
        click.echo(f"    {name:<10}... and {len(tallies) - MOST_NAMES:,} more")


def _counts(added: int, lost: int, same: int) -> str:
    return f"+ {added:,} added  − {lost:,} lost  = {same:,} same"


def _volume(estimate: Estimate) -> str:
    """Say how often it rang a day, and most on which."""
    if estimate.a_day is None or estimate.busiest is None:
        return "none"
    return f"{estimate.a_day:g} a day (most on {estimate.busiest}: {estimate.on_busiest:,})"


def alone(found: Comparison, alerts: Sequence[Shown], versions: int) -> None:
    """Print what one subscription would have rung for, with nothing to compare it with."""
    for each in alerts:
        alert(each, is_signed=False)
    click.echo(
        f"{plural(len(alerts), 'alert')} in {plural(versions, 'article version')}:"
        f" {_volume(found.after)}.",
        err=True,
    )
