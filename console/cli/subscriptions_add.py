"""`tocsin subscriptions add` and `remove`: subscriptions that are kept in the store."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from console.cli.subscription_options import BY, NAME, STORE, WHY
from schemas import Action, Change, RuleSet, Subscription, TocsinError

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

    from console.settings import Settings
    from tocsin.query.nodes import Node


@click.command(
    epilog="\b\nExamples:\n"
    "  tocsin subscriptions add niger --query 'actor:wagner AND place:Niger' --channel desk\n"
    "  tocsin subscriptions add region --actor russia --actor ecowas --digest '0 7 * * *'\n"
)
@NAME
@click.option("--query", metavar="Q", help="What must be true of an article.")
@click.option(
    "--actor", "actors", multiple=True, metavar="ID", help="Instead: any of these actors."
)
@click.option("--channel", "channels", multiple=True, metavar="ID", help="Send it there.")
@click.option("--digest", metavar="CRON", help="Gather it: minute hour day month weekday.")
@click.option("--quiet", metavar="HH:MM-HH:MM", help="Send nothing in these hours.")
@click.option("--timezone", metavar="TZ", help="Time zone of digest and quiet hours; else UTC.")
@click.option("--throttle", type=int, metavar="N", help="Messages an hour; the rest in a summary.")
@click.option("--language", "languages", multiple=True, metavar="CODE", help="Only this language.")
@click.option("--publisher", "publishers", multiple=True, help="Only this publisher.")
@click.option(
    "--grows-past", multiple=True, type=int, metavar="N", help="Ring anew past N publishers."
)
@click.option("--edits", is_flag=True, help="Ring anew when an edit names other actors.")
@click.option("--owner", help="Who asked for it.")
@click.option("--name", "title", help="A name for people.")
@click.option("--replace", is_flag=True, help="In the place of one that is kept already.")
@BY
@WHY
@STORE
def add(name: str, by: str, why: str, store: str | None, replace: bool, **given: Any) -> None:
    """Keep a subscription in the store, and say how often it would have rung in the last week.

    `tocsin run` takes it within seconds, for what is first seen from then on. Options that may be
    repeated: --actor, --channel, --language, --publisher, --grows-past.
    """
    from console.sources import in_force
    from console.stores import opened
    from console.subscriptions import saved, written
    from store import changes
    from store.engine import reading, writing
    from tocsin.subscriptions import made_of

    settings = in_force()
    rules = written(settings)
    if any(each.id == name for each in rules.subscriptions):
        raise TocsinError(
            f"{name} stands in the files already.", hint="Change it there, or take another id."
        )
    row = _row(name, **given)
    node = _understood(row, rules)
    subscription = made_of(row)
    _check_channels(subscription, settings)
    with opened(store) as engine:
        with reading(engine) as connection:
            _check_free(connection, name, replace=replace)
        _tell_estimate(engine, subscription, node)
        with writing(engine) as connection:
            _check_free(connection, name, replace=replace)
            changes.add(connection, saved(subscription, datetime.now(UTC), by, why))
    click.echo(f"Saved {name}. `tocsin run` takes it within seconds, for what is first seen then.")


@click.command(epilog="\b\nExample:\n  tocsin subscriptions remove niger\n")
@NAME
@BY
@WHY
@STORE
def remove(name: str, by: str, why: str, store: str | None) -> None:
    """Remove a subscription that is kept in the store; its history and its alerts stay."""
    from console.sources import in_force
    from console.stores import looked_into
    from console.subscriptions import known, the_one, written
    from store import changes
    from store.engine import writing

    rules = written(in_force())
    with looked_into(store) as engine, writing(engine) as connection:
        if name not in changes.kept(connection):
            the_one(known(connection, rules), name)
            raise TocsinError(
                f"{name} stands in the files and not in the store.",
                hint="Take it out there, or hold it: tocsin subscriptions pause.",
            )
        change = Change(
            subscription=name, action=Action.REMOVE, at=datetime.now(UTC), by=by, why=why
        )
        changes.add(connection, change)
    click.echo(f"Removed {name}.")


def _row(
    name: str,
    *,
    query: str | None,
    actors: tuple[str, ...],
    digest: str | None,
    quiet: str | None,
    timezone: str | None,
    title: str | None,
    edits: bool,
    **given: Any,
) -> dict[str, Any]:
    """Write the options as the keys of a file."""
    if (query is None) == (not actors):
        raise click.UsageError("give a --query, or name every --actor that will do")
    if timezone and not digest and not quiet:
        raise click.UsageError("--timezone is that of a --digest or of --quiet")
    zone = {"timezone": timezone} if timezone else {}
    row: dict[str, Any] = {"id": name, "query": query, "actors": actors, "name": title}
    row |= given | {"edits": edits or None}
    if digest is not None:
        row["digest"] = {"cron": digest} | zone
    if quiet is not None:
        start, dash, end = quiet.partition("-")
        if not dash:
            raise click.BadParameter("write it as in 22:00-07:00", param_hint="--quiet")
        row["quiet"] = {"start": start.strip(), "end": end.strip()} | zone
    written = {key: list(each) if isinstance(each, tuple) else each for key, each in row.items()}
    return {key: each for key, each in written.items() if each not in (None, [])}


def _understood(row: dict[str, Any], rules: RuleSet) -> "Node":
    """Understand what is asked for, and warn of what is odd. Raises `QueryError` or `InvalidSetting`."""
    from console.cli.subscriptions_check import warn
    from tocsin.query.doubts import doubts
    from tocsin.query.parse import parse
    from tocsin.query.resolve import actor_names, resolve
    from tocsin.subscriptions import made_of

    # What is wrong with a query is shown with its column; all else is told in words.
    query = row["query"] if "query" in row else made_of(row).query
    node = resolve(parse(query), actor_names(rules.watch_lists), query)
    for doubt in doubts(node):
        warn(doubt, query)
    return node


def _check_channels(subscription: Subscription, settings: "Settings") -> None:
    """Refuse channels that there are not. Raises `TocsinError`."""
    from console.channels import written_channels
    from tocsin.channels import missing_channels

    if not subscription.channels:
        return
    there = [each.id for each in written_channels(settings)]
    missing = list(missing_channels(subscription.channels, there))
    if missing:
        hint = "" if there else "[delivery] channels names the file of channels."
        raise TocsinError("; ".join(missing), hint=hint)


def _check_free(connection: "Connection", name: str, *, replace: bool) -> None:
    """Refuse an id that another subscription has. Raises `TocsinError`."""
    from store import changes

    if not replace and name in changes.kept(connection):
        raise TocsinError(
            f"{name} is kept in the store already.",
            hint="--replace puts the new one in its place; `tocsin subscriptions show` shows it.",
        )


def _tell_estimate(engine: "Engine", subscription: Subscription, node: "Node") -> None:
    """Say how often it would have rung in the last week, where articles are stored."""
    from console.estimates import last_week, told

    estimate = last_week(engine, subscription, node)
    if estimate.a_day is not None:
        click.echo(told(estimate))
