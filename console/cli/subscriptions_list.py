"""`tocsin subscriptions list`: all of them, where they are, and what of them is held."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from console.cli.subscription_options import AS_JSON, STORE
from console.paths import EXISTING
from schemas import encode

if TYPE_CHECKING:
    from console.subscriptions import Known


@click.command("list", epilog="\b\nExample:\n  tocsin subscriptions list --json\n")
@click.option("--subscriptions", type=EXISTING, help="Only those of this file or folder.")
@STORE
@AS_JSON
def list_(subscriptions: Path | None, store: str | None, as_json: bool) -> None:
    """List the subscriptions of the files and of the store: id, query, name, and what of them is held.

    The files are those of [rules], else the shipped ones.
    """
    now = datetime.now(UTC)
    for each in _of_file(subscriptions) if subscriptions else _of_both(store):
        click.echo(_row(each, now) if as_json else _line(each, now))


def _of_file(file: Path) -> "list[Known]":
    from console.rules import load_subscriptions
    from console.subscriptions import Known, Place

    return [Known(subscription=each, place=Place.FILES) for each in load_subscriptions(file)]


def _of_both(store: str | None) -> "list[Known]":
    from console.sources import in_force
    from console.stores import is_there, opened
    from console.subscriptions import known, written
    from store.engine import reading

    settings = in_force()
    rules = written(settings)
    if not is_there(store or settings.store.url):
        return list(known(None, rules).values())
    with opened(store) as engine, reading(engine) as connection:
        return list(known(connection, rules).values())


def _row(each: "Known", now: datetime) -> str:
    import json

    from console.subscriptions import states

    record = json.loads(encode(each.subscription))
    return json.dumps(
        record | {"place": each.place, "states": states(each, now)}, ensure_ascii=False
    )


def _line(each: "Known", now: datetime) -> str:
    from console.subscriptions import Place, states

    subscription = each.subscription
    line = f"{subscription.id:<20} {subscription.query}"
    if each.place is Place.STORE:
        line += "  (kept in the store)"
    if said := states(each, now):
        line += f"  [{'; '.join(said)}]"
    return f"{line}   # {subscription.name}" if subscription.name else line
