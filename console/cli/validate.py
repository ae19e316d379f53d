"""`tocsin validate`: settings, channels, every watch list and subscription, each fault with its file and line."""

import json
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from console.paths import EXISTING
from schemas import InvalidSetting, Subscription, WatchList

if TYPE_CHECKING:
    from tocsin.query.doubts import Doubt

EXAMPLE = """\b
Examples:
  tocsin validate
  tocsin validate --watch-lists my-lists/ --subscriptions mine.toml
"""


@click.command(epilog=EXAMPLE)
@click.option("--watch-lists", type=EXISTING, help="Folder or file; else those of [rules].")
@click.option("--subscriptions", type=EXISTING, help="File or folder; else those of [rules].")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(watch_lists: Path | None, subscriptions: Path | None, as_json: bool) -> None:
    """Check settings, channels, watch lists, subscriptions; print `file:line: message` for each fault, exit 1.

    Rules are those that `tocsin run` loads: of [rules], else the shipped ones.
    A query that is only odd (it can never match, or always) is a warning on standard error, exit 0.
    """
    from console.channels import load_channels
    from console.cli.subscriptions_check import warn
    from console.rules import load_subscriptions, load_watch_lists
    from console.settings import Settings
    from console.sources import in_force
    from tocsin.channels import missing_channels
    from tocsin.subscriptions import answerable, check_against

    faults: list[str] = []
    known: list[str] = []
    set_ = Settings()
    try:
        set_ = in_force()
        known.extend(load_channels(set_, os.environ))
    except InvalidSetting as error:
        faults += str(error).splitlines()
    watch_lists = watch_lists or _path(set_.rules.watch_lists)
    subscriptions = subscriptions or _path(set_.rules.subscriptions)
    lists: tuple[WatchList, ...] = _gather(watch_lists, load_watch_lists, faults)
    wanted: tuple[Subscription, ...] = _gather(subscriptions, load_subscriptions, faults)
    if not faults:
        if subscriptions is None and watch_lists is not None:
            wanted = answerable(wanted, lists)
        _note(faults, lambda: check_against(wanted, lists))
        faults += [
            f"subscription {each.id}: {said}"
            for each in wanted
            for said in missing_channels(each.channels, known)
        ]
    actors = sum(len(each.actors) for each in lists)
    odd = [] if faults else list(_doubted(wanted, lists))
    warnings = [{"subscription": each.id, **asdict(doubt)} for each, doubt in odd]
    counts = {"actors": actors, "subscriptions": len(wanted), "warnings": warnings}
    if not as_json:
        for each, doubt in odd:
            warn(doubt, each.query, f"subscription {each.id}: ")
    tell(faults, f"{actors} actors and {len(wanted)} subscriptions: no faults.", counts, as_json)
    if faults:
        raise SystemExit(1)


def _doubted(
    subscriptions: Iterable[Subscription], lists: Iterable[WatchList]
) -> "Iterator[tuple[Subscription, Doubt]]":
    """Find what is odd about the queries of subscriptions that have no fault."""
    from tocsin.query.doubts import doubts
    from tocsin.query.parse import parse
    from tocsin.query.resolve import actor_names, resolve

    actors = actor_names(lists)
    for each in subscriptions:
        node = resolve(parse(each.query), actors, each.query)
        yield from ((each, doubt) for doubt in doubts(node))


def tell(faults: list[str], praise: str, facts: dict[str, Any], as_json: bool) -> None:
    """Print each fault, or the praise where there is none; as JSON, all of it and the facts."""
    if as_json:
        whole = {"ok": not faults, **facts, "faults": faults}
        click.echo(json.dumps(whole, ensure_ascii=False))
    else:
        click.echo("\n".join(faults) or praise)


def _path(name: str) -> Path | None:
    return Path(name) if name else None


def _gather(path: Path | None, load: Callable[[Path | None], Any], faults: list[str]) -> Any:
    """Load every file by itself, so that a fault in one does not hide those of the next."""
    from console.rules import toml_files

    found: list[Any] = []
    try:
        files = [None] if path is None else toml_files(path)
    except InvalidSetting as error:
        faults.append(str(error))
        return ()
    for file in files:
        _note(faults, partial(_extend, found, load, file))
    return tuple(found)


def _extend(found: list[Any], load: Callable[[Path | None], Any], file: Path | None) -> None:
    found.extend(load(file))


def _note(faults: list[str], check: Callable[[], Any]) -> None:
    """Run a check; keep what it complains about."""
    try:
        check()
    except InvalidSetting as error:
        faults += str(error).splitlines()
