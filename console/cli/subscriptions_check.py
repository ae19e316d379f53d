"""`tocsin subscriptions check`: what a query means, what is odd about it, and how often it would ring."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from console.cli.subscription_options import AS_JSON, LISTS
from schemas import QueryError, Subscription, TocsinError, encode

if TYPE_CHECKING:
    from tocsin.estimate import Estimate
    from tocsin.query.doubts import Doubt
    from tocsin.query.nodes import Node


@click.command(
    epilog="\b\nExamples:\n  tocsin subscriptions check 'actor:wagner AND mali'\n"
    "  tocsin subscriptions check 'gold NEAR/5 mali' --estimate\n"
)
@click.argument("query")
@LISTS
@click.option("--estimate", "is_estimated", is_flag=True, help="Say how often it would ring.")
@click.option("--store", metavar="URL", help="Store for the estimate; else that of the settings.")
@AS_JSON
def check(
    query: str, watch_lists: Path | None, is_estimated: bool, store: str | None, as_json: bool
) -> None:
    """Parse QUERY, point at what is wrong or odd, and show how it was understood.

    What is wrong is an error, exit 1; what is only odd (it can never match, or always) is a warning
    on standard error. The estimate is made of the last week of articles that are stored.
    """
    from console.keeping import understood
    from console.rules import load_watch_lists
    from tocsin.query.printer import print_query

    try:
        means = understood(query, load_watch_lists(watch_lists))
    except QueryError as error:
        if not as_json:
            raise
        fault = {"ok": False, "column": error.column, "message": str(error), "hint": error.hint}
        click.echo(encode(fault).decode())
        raise SystemExit(1) from None
    written = print_query(means.node)
    subscription = Subscription(id="query", query=query)
    estimate = _estimated(subscription, means.node, store) if is_estimated else None
    if as_json:
        answer: dict[str, Any] = {"ok": True, "query": written, "warnings": means.doubts}
        if estimate:
            answer |= {"alerts_a_day": estimate.a_day, "estimate": estimate}
        click.echo(encode(answer).decode())
        return
    for doubt in means.doubts:
        warn(doubt, query)
    click.echo(f"OK: {written}")
    if estimate:
        from console.estimates import told

        click.echo(told(estimate))


def _estimated(subscription: Subscription, node: "Node", store: str | None) -> "Estimate | None":
    """Estimate how often a query would ring; without a store say so, and go on."""
    from console.estimates import last_week
    from console.stores import looked_into

    try:
        with looked_into(store) as engine:
            return last_week(engine, subscription, node)
    except TocsinError as error:
        click.echo(f"No estimate: {error}", err=True)
        return None


def warn(doubt: "Doubt", query: str, whose: str = "") -> None:
    """Print a doubt as errors are printed, with a caret under the column; `whose` goes before it."""
    from console.cli import describe

    said = QueryError(whose + doubt.message, query=query, column=doubt.column, hint=doubt.hint)
    click.echo(f"Warning: {describe(said)}", err=True)
