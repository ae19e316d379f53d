"""`tocsin rules`: the rule sets of the store, and since when each of them holds."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from console.paths import EXISTING, existing
from schemas import EPOCH

if TYPE_CHECKING:
    from console.rule_schedule import RuleFiles
    from console.settings import Settings

FILES = (
    click.option(
        "--watch-lists",
        type=EXISTING,
        help="File or folder of watch lists; else [rules] watch_lists, else the shipped ones.",
    ),
    click.option(
        "--subscriptions",
        type=EXISTING,
        help="File or folder of subscriptions; else [rules] subscriptions, else the shipped ones.",
    ),
)


def _files(function: Callable[..., None]) -> Callable[..., None]:
    """Add the options that name rules."""
    for option in reversed(FILES):
        function = option(function)
    return function


@click.group()
def command() -> None:
    """Bring rule sets into force, and list them: watch lists and subscriptions, frozen."""


@command.command(epilog="\b\nExample:\n  tocsin rules publish --subscriptions mine.toml")
@_files
def publish(watch_lists: Path | None, subscriptions: Path | None) -> None:
    """Bring the rules of files into force, in a few seconds, for what is first seen from then on.

    Subscriptions that are kept in the store are among them. The first rule set of a store holds for everything. One that is in force is not published again.
    """
    from console import rule_schedule
    from console.sources import in_force
    from console.stores import opened

    settings = in_force()
    rule_set = files_of(settings, watch_lists, subscriptions).load()
    with opened() as engine:
        done = rule_schedule.publish(engine, rule_set, lambda: datetime.now(UTC))
    for name, why in done.left_out.items():
        click.echo(f"Warning: subscription {name}, kept in the store, is left out: {why}", err=True)
    if not done.is_new:
        click.echo(f"{done.id} is in force already.")
    elif done.since == EPOCH:
        click.echo(f"{done.id} holds for everything: it is the first.")
    else:
        click.echo(f"{done.id} holds for what is first seen from {done.since.isoformat()} on.")


@command.command(epilog="\b\nExample:\n  tocsin rules follow --watch-lists my-lists/")
@_files
def follow(watch_lists: Path | None, subscriptions: Path | None) -> None:
    """Bring the rules of files into force, now and whenever the files change, until it is stopped.

    So are subscriptions that are kept in the store, whenever one is saved or removed. Files that are wrong change nothing: what held before holds, and the log says what is wrong.
    """
    from console.endings import until_told
    from console.logs import structured
    from console.rule_schedule import Follower
    from console.sources import in_force
    from console.stores import opened

    settings = in_force()
    structured()
    files = files_of(settings, watch_lists, subscriptions)
    with until_told() as stop, opened() as engine:
        Follower(engine, files, clock=lambda: datetime.now(UTC), stop=stop).run()


@command.command("list", epilog="\b\nExample:\n  tocsin rules list --json")
@click.option("--json", "as_json", is_flag=True, help="Print one rule set a line, as JSON.")
def list_(as_json: bool) -> None:
    """List the rule sets that held, hold, or will hold in a moment, by the instant of their beginning."""
    from console.sources import in_force
    from console.stores import is_there

    rows = list(_rows(datetime.now(UTC))) if is_there(in_force().store.url) else []
    if as_json:
        for row in rows:
            click.echo(json.dumps(row, ensure_ascii=False))
        return
    for row in rows:
        since = "the beginning" if row["since"].startswith("1970") else row["since"][:19]
        counts = f"{row['actors']} actors, {row['subscriptions']} subscriptions"
        click.echo(f"{row['id']}  {since:19}  {counts}  {row['state']}".rstrip())
    if not rows:
        click.echo("No rule set yet. Publish one with: tocsin rules publish", err=True)


def files_of(
    settings: "Settings", watch_lists: Path | None = None, subscriptions: Path | None = None
) -> "RuleFiles":
    """Say where the rules are: by option, by setting, or shipped. Raises `NoSuchPath`."""
    from console.rule_schedule import RuleFiles

    set_ = settings.rules
    return RuleFiles(
        watch_lists=watch_lists or (existing(set_.watch_lists) if set_.watch_lists else None),
        subscriptions=subscriptions
        or (existing(set_.subscriptions) if set_.subscriptions else None),
        entities=settings.pipeline.entities,
    )


def _rows(now: datetime) -> Iterator[dict[str, Any]]:
    """Say of every rule set what it holds and when."""
    from console.stores import opened
    from store import rules
    from store.engine import reading

    with opened() as engine, reading(engine) as connection:
        schedule = rules.schedule(connection)
        begun = [number for number, (since, _) in enumerate(schedule) if since <= now]
        for number, (since, id) in enumerate(schedule):
            found = rules.read(connection, id)
            is_held = bool(begun) and number == begun[-1]
            yield {
                "id": id,
                "since": since.isoformat(),
                "state": "in force" if is_held else "soon" if since > now else "",
                "watch_lists": len(found.watch_lists),
                "actors": sum(len(each.actors) for each in found.watch_lists),
                "subscriptions": len(found.subscriptions),
                "versions": list(found.versions),
            }
