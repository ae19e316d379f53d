"""`tocsin subscriptions test`: what would ring, in a file or in what is stored."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

from console.cli.subscription_options import AS_JSON, LISTS, SUBSCRIPTIONS
from console.paths import EXISTING
from console.times import INSTANT, SINCE
from schemas import Alert, Subscription, TocsinError, WatchList, encode, freeze

DIGEST = "digest"
"""What shows all that would ring, and not the first alert alone."""


@click.command(
    "test",
    epilog="\b\nExamples:\n  tocsin subscriptions test russia articles.jsonl\n"
    "  tocsin subscriptions test russia --since 30d\n"
    "  tocsin subscriptions test russia articles.jsonl --show email\n",
)
@click.argument("subscription", metavar="NAME|'QUERY'")
@click.argument("file", metavar="[FILE.jsonl]", type=EXISTING, required=False)
@click.option("--since", type=SINCE, help="Ask what is stored, from 30d, 12h or a time on.")
@click.option("--until", type=INSTANT, metavar="T", help="Only what was first seen before T.")
@click.option("--store", metavar="URL", help="Store for --since; else that of the settings.")
@SUBSCRIPTIONS
@LISTS
@click.option("--no-entities", is_flag=True, help="Leave the entity models out.")
@click.option(
    "--show",
    type=click.Choice(("webhook", "email", "chat", "feed", "kafka", DIGEST)),
    help="Show the first alert as a channel would bring it; or all of them as a digest.",
)
@AS_JSON
def try_(
    subscription: str,
    file: Path | None,
    since: datetime | timedelta | None,
    until: datetime | None,
    store: str | None,
    subscriptions: Path | None,
    watch_lists: Path | None,
    no_entities: bool,
    show: str | None,
    as_json: bool,
) -> None:
    """Show what a subscription, or a query, would ring for in a file, or in what is stored; nothing is sent.

    In a file every article counts for itself: a replay also gathers copies into stories. What is stored
    is gathered so already; it is asked with the mentions and entities that were found in it, and by the
    rules in force where no others are named.
    """
    if (file is None) == (since is None):
        raise click.UsageError("name a file of articles, or --since for what is stored")
    if since is not None:
        if show is not None:
            raise click.UsageError("--show needs a file of articles")
        _test_stored(subscription, (since, until, store), subscriptions, watch_lists, as_json)
    elif file is not None:
        _test_file(subscription, file, subscriptions, watch_lists, no_entities, show, as_json)


def _test_stored(
    name: str,
    where: "tuple[datetime | timedelta, datetime | None, str | None]",
    subscriptions: Path | None,
    watch_lists: Path | None,
    as_json: bool,
) -> None:
    """Ask what is stored since an instant, until another, in a store."""
    from console.backtests import period, would_ring
    from console.cli.backtest_report import alone
    from console.proposals import in_force, proposed
    from console.stores import looked_into

    since, until, store = where
    with looked_into(store) as engine:
        rules = proposed(in_force(engine, datetime.now(UTC)), None, watch_lists, subscriptions)
        wanted = _chosen(name, rules.subscriptions)
        found = would_ring(engine, rules, wanted, period(engine, since, until))
    alerts = found.shown[wanted.id]
    if as_json:
        for each in alerts:
            click.echo(encode(each).decode())
        return
    alone(found.comparisons[0], alerts, found.versions)


def _test_file(
    subscription: str,
    file: Path,
    subscriptions: Path | None,
    watch_lists: Path | None,
    no_entities: bool,
    show: str | None,
    as_json: bool,
) -> None:
    """Ask the articles of a file, made ready here."""
    from console.cli.show import plural
    from console.preparation import ArticleFile, preparation
    from console.rules import load_subscriptions, load_watch_lists
    from tocsin.alerting import alerts_for, rings_for

    wanted = _chosen(subscription, load_subscriptions(subscriptions))
    lists = load_watch_lists(watch_lists)
    rules = freeze(lists, (wanted,))
    rings = rings_for(rules)
    prepare = preparation(rings.queries.fields, lists, models=not no_entities)
    articles, rung = ArticleFile(file), list[Alert]()
    read = 0
    for _, article in articles:
        alerts = alerts_for(
            rings.queries,
            rings.subscriptions,
            prepare(article),
            story=article.id,
            rule_set=rules.id,
        )
        for alert in alerts:
            if show is None:
                _print(alert, as_json=as_json)
            elif show != DIGEST and not rung:
                _preview(show, alert, wanted, lists)
            rung.append(alert)
        read += 1
    if show == DIGEST and rung:
        _preview_digest(rung, wanted, lists)
    click.echo(f"{len(rung)} of {plural(read, 'article')} would ring.", err=True)
    articles.finish()


def _chosen(name: str, subscriptions: tuple[Subscription, ...]) -> Subscription:
    """Take the subscription of that id, else take the text as a query."""
    for each in subscriptions:
        if each.id == name:
            return each
    if "-" in name and " " not in name and ":" not in name:
        from tocsin.query.fields import nearest

        near = nearest(name, [each.id for each in subscriptions])
        if near:
            raise TocsinError(f"There is no subscription {name!r}.", hint=f"Did you mean {near}?")
    if name.isalnum():
        click.echo(f"There is no subscription {name!r}: it is taken as a query.", err=True)
    return Subscription(id="query", query=name)


def _preview(
    kind: str, alert: Alert, subscription: Subscription, lists: tuple[WatchList, ...]
) -> None:
    """Print an alert as a kind of channel would bring it."""
    from console.previews import preview

    click.echo(preview(kind, alert, subscription, lists), nl=False)


def _preview_digest(
    alerts: list[Alert], subscription: Subscription, lists: tuple[WatchList, ...]
) -> None:
    """Print all alerts as a digest of them would come by mail."""
    from console.previews import preview_digest

    click.echo(preview_digest(alerts, subscription, lists), nl=False)


def _print(alert: Alert, *, as_json: bool) -> None:
    """Print an alert: the article, then each leaf with the sentence that satisfied it."""
    from rich.text import Text

    from console.cli.show import console, highlighted, moment

    if as_json:
        click.echo(encode(alert).decode())
        return
    screen = console()
    screen.print(Text(f"{moment(alert.first_seen)}  {alert.title or '(no title)'}", style="bold"))
    if alert.url:
        screen.print(Text(f"  {alert.url}"))
    for each in alert.evidence:
        shown = highlighted(each.sentence, each.text) if each.sentence else Text(each.text)
        screen.print(Text.assemble(f"  {each.leaf}: ", shown))
