"""`tocsin subscriptions show`: one of them, where it is, what of it is held, and who changed what."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from console.cli.subscription_options import NAME, STORE
from schemas import Action, Change, Subscription, encode

if TYPE_CHECKING:
    from console.subscriptions import Known


@click.command(epilog="\b\nExample:\n  tocsin subscriptions show niger\n")
@NAME
@STORE
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def show(name: str, store: str | None, as_json: bool) -> None:
    """Show a subscription: its keys, where it is, what of it is held, and its history.

    One that was removed still has its history.
    """
    from console.sources import in_force
    from console.stores import is_there, opened
    from console.subscriptions import known, shown, the_one, written
    from store import changes
    from store.engine import reading

    settings = in_force()
    rules, history = written(settings), list[Change]()
    if is_there(store or settings.store.url):
        with opened(store) as engine, reading(engine) as connection:
            found, history = known(connection, rules), changes.history(connection, name)
    else:
        found = known(None, rules)
    if name not in found and not history:
        the_one(found, name)
    now = datetime.now(UTC)
    if as_json:
        click.echo(encode(shown(found.get(name), now, history)).decode())
        return
    click.echo("\n".join([*_facts(name, found.get(name), now), *_history(history)]))


def _facts(name: str, each: "Known | None", now: datetime) -> Iterator[str]:
    from console.subscriptions import Place, states

    if each is None:
        yield f"{name}: removed"
        return
    where = {Place.FILES: "written in the files", Place.STORE: "kept in the store"}
    yield f"{name}: {where[each.place]}"
    for key, value in _keys(each.subscription):
        yield f"  {key:<14} {value}"
    for said in states(each, now):
        yield f"  held           {said}"


def _keys(subscription: Subscription) -> Iterator[tuple[str, str]]:
    """Give the keys that say something, as they would be written."""
    nothing = json.loads(encode(Subscription(id="", query="")))
    for key, value in json.loads(encode(subscription)).items():
        if key != "id" and value != nothing[key]:
            yield key, value if isinstance(value, str) else _as_written(value)


def _as_written(value: Any) -> str:
    if isinstance(value, dict):
        inside = ", ".join(f"{key} = {_as_written(each)}" for key, each in value.items())
        return f"{{ {inside} }}"
    return json.dumps(value, ensure_ascii=False)


def _history(history: list[Change]) -> Iterator[str]:
    from tocsin.wording import moment

    before: Change | None = None
    for each in history:
        subject = f" {each.subject}" if each.subject else ""
        until = f" until {moment(each.until)}" if each.until else ""
        why = f": {each.why}" if each.why else ""
        yield f"  {moment(each.at)}  {each.by}  {each.action}{subject}{until}{_saved(each, before)}{why}"
        if each.action in (Action.SAVE, Action.REMOVE):
            before = each


def _saved(change: Change, before: Change | None) -> str:
    """Show what was asked for then, and which other keys were not as they had been."""
    if change.action is not Action.SAVE or not change.record:
        return ""
    record = json.loads(change.record)
    earlier = before.record if before and before.record else encode(Subscription(id="", query=""))
    was = json.loads(earlier)
    others = [
        f"{key} = {_as_written(value)}"
        for key, value in record.items()
        if key not in ("id", "query") and value != was.get(key)
    ]
    return f" {record['query']}" + (f" ({', '.join(others)})" if others else "")
