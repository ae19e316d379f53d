"""`tocsin feeds import` and `export`: lists of feeds as other readers know them."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from schemas import FeedState, Rejected

if TYPE_CHECKING:
    from console.input_files import InputFile
    from tocsin.opml import FeedList, ListedFeed

SUFFIXES = (".opml", ".xml", ".txt")
"""What lists of feeds are called."""


@click.command(
    "import",
    epilog="\b\nExamples:\n  tocsin feeds import feeds.opml\n"
    "  tocsin feeds import lists/ --tag press --json\n",
)
@click.argument("files", nargs=-1, required=True, metavar="FILE|FOLDER|-...")
@click.option("--tag", "tags", multiple=True, help="Give the feeds this tag. May be repeated.")
@click.option("--strict", is_flag=True, help="Exit 1 if anything could not be read.")
@click.option("--store", metavar="URL", help="The store; else that of the settings.")
@click.option("--json", "as_json", is_flag=True, help="Print what became of each file, one a line.")
def import_(
    files: tuple[str, ...], tags: tuple[str, ...], strict: bool, store: str | None, as_json: bool
) -> None:
    """Add the feeds of OPML files, or of files with an address a line. Folders become tags.

    No server is asked. What is there already stays, and gets the tags of the list beside its own.
    """
    from console import feed_store
    from console.input_files import input_files
    from console.stores import opened

    read = failures = 0
    with opened(store) as engine:
        for file in input_files(_listed(files)):
            try:
                found = _read(file)
            except Rejected as error:
                failures += 1
                _tell(file.name, 0, 0, (error.reason,), as_json=as_json)
                continue
            there = feed_store.add(engine, [_state(each, tags) for each in found.feeds])
            read += 1
            failures += bool(found.problems)
            added = there.count(None)
            _tell(file.name, added, len(there) - added, found.problems, as_json=as_json)
    raise SystemExit(1 if not read or (strict and failures) else 0)


@click.command(
    epilog="\b\nExamples:\n  tocsin feeds export > feeds.opml\n"
    "  tocsin feeds export --tag sahel --out sahel.opml\n"
)
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Write to this file.")
@click.option("--tag", default="", help="Only feeds with this tag, or one below it.")
@click.option("--store", metavar="URL", help="The store; else that of the settings.")
def export(out: Path | None, tag: str, store: str | None) -> None:
    """Write the feeds as OPML 2, with a folder for each tag."""
    from console import feed_store
    from console.cli.feeds_list import has_tag
    from console.cli.show import plural
    from console.stores import looked_into
    from tocsin.opml import write_opml

    with looked_into(store) as engine:
        states = [state for state in feed_store.read(engine) if not tag or has_tag(state, tag)]
    written = write_opml(states, title="Feeds of Tocsin")
    if out is None:
        sys.stdout.buffer.write(written)
        sys.stdout.buffer.flush()
    else:
        out.write_bytes(written)
    click.echo(f"{plural(len(states), 'feed')} written.", err=True)


def _listed(names: tuple[str, ...]) -> list[str]:
    """Put in the place of a folder the lists in it, by name. Raises `UsageError` where it has none."""
    found: list[str] = []
    for name in names:
        if not Path(name).is_dir():
            found.append(name)
            continue
        within = sorted(path for path in Path(name).rglob("*") if path.suffix.lower() in SUFFIXES)
        if not within:
            raise click.UsageError(f"{name}: no {', '.join(SUFFIXES)} in this folder")
        found += map(str, within)
    return found


def _read(file: "InputFile") -> "FeedList":
    """Read a list in the sandbox. Raises `Rejected`."""
    from connectors.sandbox import shared_sandbox
    from tocsin.opml import read_feed_list

    return shared_sandbox().call(read_feed_list, file.content())


def _state(listed: "ListedFeed", tags: tuple[str, ...]) -> FeedState:
    return FeedState(
        url=listed.url,
        title=listed.title,
        site=listed.site,
        tags=tuple(sorted({*listed.tags, *tags})),
    )


def _tell(name: str, added: int, there: int, problems: tuple[str, ...], *, as_json: bool) -> None:
    """Say what became of a file: counts on stdout, what could not be read on stderr."""
    from console.cli.show import plural

    if as_json:
        row = {"file": name, "added": added, "there": there, "problems": problems}
        click.echo(json.dumps(row, ensure_ascii=False))
        return
    if added or there or not problems:
        faults = plural(len(problems), "problem")
        click.echo(f"{name}: {added:,} added, {there:,} already there, {faults}")
    for problem in problems:
        click.echo(f"{name}: {problem}", err=True)
