"""`tocsin feeds coverage`: what was seen of the feeds day by day, and what could not be seen."""

from collections.abc import Iterable
from dataclasses import fields
from datetime import UTC, datetime, timedelta

import click

from schemas import Coverage, encode

COUNTS = tuple(each.name for each in fields(Coverage) if each.type in (int, "int"))


@click.command(
    epilog="\b\nExamples:\n  tocsin feeds coverage\n  tocsin feeds coverage --days 30 --json\n"
)
@click.option("--days", type=click.IntRange(1), default=7, show_default=True, help="So many days.")
@click.option("--feed", default="", help="Only this feed.")
@click.option("--store", metavar="URL", help="The store; else that of the settings.")
@click.option("--json", "as_json", is_flag=True, help="Print a record for each feed and day.")
def coverage(days: int, feed: str, store: str | None, as_json: bool) -> None:
    """Show by day (UTC) how many polls there were, how they ended, and how many feeds were silent.

    Where nothing rang, this tells whether there was nothing to hear, or nobody could listen.
    """
    from console.stores import looked_into
    from store import coverage as rows

    since = (datetime.now(UTC) - timedelta(days=days - 1)).date().isoformat()
    with looked_into(store) as engine, engine.connect() as connection:
        found = [each for each in rows.read(connection, since) if feed in ("", each.feed)]
    if as_json:
        for each in found:
            click.echo(encode(each))
        return
    if not found:
        click.echo("No feed was polled in that time.", err=True)
        return
    heads = (*COUNTS, "silent")
    click.echo(f"{'day':10}  {'feeds':>6}  " + "  ".join(f"{_head(head):>9}" for head in heads))
    for day in sorted({each.day for each in found}):
        click.echo(_line(day, [each for each in found if each.day == day]))


def _line(day: str, rows: Iterable[Coverage]) -> str:
    """Add up a day."""
    rows = list(rows)
    sums = [sum(getattr(row, name) for row in rows) for name in COUNTS]
    numbers = [*sums, sum(row.silent for row in rows)]
    return f"{day}  {len(rows):>6,}  " + "  ".join(f"{number:>9,}" for number in numbers)


def _head(name: str) -> str:
    return "no page" if name == "pages_failed" else name
