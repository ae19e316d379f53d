"""`tocsin validate`: settings, every watch list and subscription, each fault with its file and line."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import click

from schemas import InvalidSetting, Subscription, WatchList

EXAMPLE = """\b
Examples:
  tocsin validate
  tocsin validate --watch-lists my-lists/ --subscriptions mine.toml
"""


@click.command(epilog=EXAMPLE)
@click.option(
    "--watch-lists", type=click.Path(path_type=Path), help="Folder or file; else shipped."
)
@click.option(
    "--subscriptions", type=click.Path(path_type=Path), help="File or folder; else shipped."
)
def command(watch_lists: Path | None, subscriptions: Path | None) -> None:
    """Check settings, watch lists and subscriptions; print `file:line: message` for each fault, exit 1."""
    from console.rules import load_subscriptions, load_watch_lists
    from console.sources import in_force
    from tocsin.subscriptions import answerable, check_against

    faults: list[str] = []
    _note(faults, in_force)
    lists: tuple[WatchList, ...] = _gather(watch_lists, load_watch_lists, faults)
    wanted: tuple[Subscription, ...] = _gather(subscriptions, load_subscriptions, faults)
    if not faults:
        if subscriptions is None and watch_lists is not None:
            wanted = answerable(wanted, lists)
        _note(faults, lambda: check_against(wanted, lists))
    for fault in faults:
        click.echo(fault)
    if faults:
        raise SystemExit(1)
    actors = sum(len(each.actors) for each in lists)
    click.echo(f"{actors} actors and {len(wanted)} subscriptions: no faults.")


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
