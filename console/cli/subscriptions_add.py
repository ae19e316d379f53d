"""`tocsin subscriptions add` and `remove`: subscriptions that are kept in the store."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from console.cli.subscription_options import BY, NAME, STORE, WHY
from schemas import Subscription, TocsinError

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

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
@click.option("--even-empty", is_flag=True, help="Send a digest that has nothing, too.")
@click.option("--quiet", metavar="HH:MM-HH:MM", help="Send nothing in these hours.")
@click.option("--timezone", metavar="TZ", help="Time zone of digest and quiet hours; else UTC.")
@click.option("--throttle", type=int, metavar="N", help="Messages an hour; the rest in a summary.")
@click.option("--language", "languages", multiple=True, metavar="CODE", help="Only this language.")
@click.option("--publisher", "publishers", multiple=True, help="Only this publisher.")
@click.option(
    "--min-confidence", type=float, metavar="X", help="No mentions below it; from 0 to 1."
)
@click.option("--include-old", is_flag=True, help="Also what was published over a week before.")
@click.option(
    "--grows-past", multiple=True, type=int, metavar="N", help="Ring anew past N publishers."
)
@click.option("--edits", is_flag=True, help="Ring anew when an edit names other actors.")
@click.option("--paused", is_flag=True, help="Send nothing, and nothing of it later either.")
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
    from console import keeping
    from console.channels import written_channels
    from console.cli.subscriptions_check import warn
    from console.sources import in_force
    from console.stores import opened
    from console.subscriptions import written
    from store.engine import reading, writing

    settings = in_force()
    row, rules = _row(name, **given), written(settings)
    wanted = keeping.wanted(row, rules, lambda: written_channels(settings))
    for doubt in wanted.understood.doubts:
        warn(doubt, wanted.understood.query)
    with opened(store) as engine:
        with reading(engine) as connection:
            _check_free(connection, name, replace=replace)
        _tell_estimate(engine, wanted.subscription, wanted.understood.node)
        with writing(engine) as connection:
            _check_free(connection, name, replace=replace)
            now = datetime.now(UTC)
            keeping.save(connection, wanted.subscription, at=now, by=by, why=why)
    click.echo(f"Saved {name}. `tocsin run` takes it within seconds, for what is first seen then.")


@click.command(epilog="\b\nExample:\n  tocsin subscriptions remove niger\n")
@NAME
@BY
@WHY
@STORE
def remove(name: str, by: str, why: str, store: str | None) -> None:
    """Remove a subscription that is kept in the store; its history and its alerts stay."""
    from console import keeping
    from console.sources import in_force
    from console.stores import looked_into
    from console.subscriptions import written
    from store.engine import writing

    rules = written(in_force())
    with looked_into(store) as engine, writing(engine) as connection:
        keeping.remove(connection, rules, name, at=datetime.now(UTC), by=by, why=why)
    click.echo(f"Removed {name}.")


def _row(
    name: str,
    *,
    query: str | None,
    actors: tuple[str, ...],
    digest: str | None,
    even_empty: bool,
    quiet: str | None,
    timezone: str | None,
    title: str | None,
    **given: Any,
) -> dict[str, Any]:
    """Write the options as the keys of a file."""
    if (query is None) == (not actors):
        raise click.UsageError("give a --query, or name every --actor that will do")
    if timezone and not digest and not quiet:
        raise click.UsageError("--timezone is that of a --digest or of --quiet")
    if even_empty and not digest:
        raise click.UsageError("--even-empty is of a --digest")
    zone = {"timezone": timezone} if timezone else {}
    row: dict[str, Any] = {"id": name, "query": query, "actors": actors, "name": title}
    row |= given
    if digest is not None:
        row["digest"] = {"cron": digest, "even_empty": even_empty} | zone
    if quiet is not None:
        start, dash, end = quiet.partition("-")
        if not dash:
            raise click.BadParameter("write it as in 22:00-07:00", param_hint="--quiet")
        row["quiet"] = {"start": start.strip(), "end": end.strip()} | zone
    written = {key: list(each) if isinstance(each, tuple) else each for key, each in row.items()}
    return {key: each for key, each in written.items() if each not in (None, [])}


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
