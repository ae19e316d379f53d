"""`tocsin backtest`: other rules asked of what is stored, and compared with those in force."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from console.paths import EXISTING
from console.times import INSTANT, SINCE
from schemas import RuleSet, encode

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from tocsin.comparison import Comparison

EXAMPLE = """\b
Examples:
  tocsin backtest --rules new/ --since 30d
  tocsin backtest --rules new/ --fail-if-lost --max-per-day 50
  tocsin backtest --subscriptions mine.toml --subscription borders --all
"""

FIRST = 20
"""Alerts that differ and are shown for a subscription, unless all are asked for."""


@click.command(epilog=EXAMPLE)
@click.option(
    "--rules", type=EXISTING, help="File or folder of new watch lists, subscriptions, or both."
)
@click.option("--watch-lists", type=EXISTING, help="New watch lists, instead of --rules.")
@click.option("--subscriptions", type=EXISTING, help="New subscriptions, instead of --rules.")
@click.option("--old", type=EXISTING, help="Rules to compare with; else those in force.")
@click.option("--since", type=SINCE, default="30d", show_default=True, help="Span or time.")
@click.option("--until", type=INSTANT, metavar="T", help="Only what was first seen before T.")
@click.option("--subscription", "named", multiple=True, help="Only this one, changed or not.")
@click.option("--fail-if-lost", is_flag=True, help="End with 1 where an alert is lost.")
@click.option(
    "--max-per-day",
    type=click.FloatRange(min=0),
    metavar="N",
    help="End with 1 where a subscription would ring more than N times a day.",
)
@click.option("--all", "is_all", is_flag=True, help=f"Show all alerts that differ, not {FIRST}.")
@click.option("--store", metavar="URL", help="Store of the stream; else that of the settings.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, one subscription a line.")
def command(
    rules: Path | None,
    watch_lists: Path | None,
    subscriptions: Path | None,
    old: Path | None,
    since: datetime | timedelta,
    until: datetime | None,
    named: tuple[str, ...],
    fail_if_lost: bool,
    max_per_day: float | None,
    is_all: bool,
    store: str | None,
    as_json: bool,
) -> None:
    """Say what other rules would have rung for that those in force did not, and what they would miss.

    Stored articles are asked, with the mentions and entities that were found in them; mentions are
    looked for again only of actors that changed. Nothing is sent to anyone. Of a subscription that did
    not change nothing is said, unless it is named.
    """
    from console.backtests import period, tried
    from console.cli.backtest_report import rows, written
    from console.stores import looked_into

    if (rules is None) == (watch_lists is None and subscriptions is None):
        raise click.UsageError("name --rules, or else --watch-lists, --subscriptions or both")
    with looked_into(store) as engine:
        rule_sets = _rule_sets(engine, old, rules, watch_lists, subscriptions)
        _check_names(named, rule_sets)
        among = period(engine, since, until)
        if among.since >= among.until:
            raise click.BadParameter("it is not before the end", param_hint="--since")
        limit = None if is_all else FIRST
        found = tried(engine, rule_sets, among, named=named, limit=limit)
    if as_json:
        for row in rows(found):
            click.echo(encode(row).decode())
    else:
        written(found)
    faults = [*_lost(found.comparisons, fail_if_lost), *_too_often(found.comparisons, max_per_day)]
    if found.comparisons and not found.versions and (fail_if_lost or max_per_day is not None):
        faults.append("nothing is stored of that time, so nothing was compared")
    for fault in faults:
        click.echo(f"Failed: {fault}", err=True)
    raise SystemExit(1 if faults else 0)


def _rule_sets(
    engine: "Engine",
    old: Path | None,
    rules: Path | None,
    watch_lists: Path | None,
    subscriptions: Path | None,
) -> tuple[RuleSet, RuleSet]:
    """Take the rules in force, or those that are named instead, and put the new ones beside them."""
    from console.proposals import in_force, proposed, with_kept
    from console.rules import load_rule_set

    if old is None:
        known = in_force(engine, datetime.now(UTC))
        return known, with_kept(engine, proposed(known, rules, watch_lists, subscriptions))
    known = proposed(load_rule_set(None, None), old, None, None)
    return known, proposed(known, rules, watch_lists, subscriptions)


def _check_names(named: Iterable[str], rule_sets: tuple[RuleSet, RuleSet]) -> None:
    """Refuse names that no rule set knows."""
    known = sorted({each.id for rules in rule_sets for each in rules.subscriptions})
    for name in named:
        if name not in known:
            raise click.BadParameter(
                f"there is no subscription {name!r}: known are {', '.join(known)}",
                param_hint="--subscription",
            )


def _lost(comparisons: Iterable["Comparison"], is_asked: bool) -> list[str]:
    return [
        f"{it.subscription} would lose {len(it.lost):,} of its alerts"
        for it in comparisons
        if is_asked and it.lost
    ]


def _too_often(comparisons: Iterable["Comparison"], most: float | None) -> list[str]:
    return [
        f"{it.subscription} would ring {it.after.a_day:g} times a day, more than {most:g}"
        for it in comparisons
        if most is not None and (it.after.a_day or 0) > most
    ]
