"""`tocsin feeds`: the feeds that are read, and how each of them is doing."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import click

from console.cli.feeds_check import check
from console.cli.feeds_coverage import coverage
from console.cli.feeds_list import list_
from console.cli.feeds_opml import export, import_
from schemas import FeedState, TocsinError

if TYPE_CHECKING:
    from console.settings import FeedsSettings


@click.group()
def command() -> None:
    """Add, list, check and remove feeds; OPML in and out."""


for _each in (list_, check, coverage, import_, export):
    command.add_command(_each)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A feed that is to be added, or why it cannot be. `others` are what else its page names."""

    given: str
    state: FeedState | None = None
    reason: str = ""
    others: tuple[str, ...] = ()


@command.command(
    epilog="\b\nExamples:\n  tocsin feeds add https://www.example.org/\n"
    "  tocsin feeds add https://www.example.org/feed --tag sahel --tag fr\n"
)
@click.argument("urls", nargs=-1, required=True, metavar="URL...")
@click.option("--tag", "tags", multiple=True, help="Give the feeds this tag. May be repeated.")
@click.option("--unseen", is_flag=True, help="Add the addresses as they are; ask no server.")
@click.option("--store", metavar="URL", help="The store; else that of the settings.")
@click.option("--json", "as_json", is_flag=True, help="Print what became of each, one a line.")
def add(
    urls: tuple[str, ...], tags: tuple[str, ...], unseen: bool, store: str | None, as_json: bool
) -> None:
    """Add feeds by their address, or by that of a page that names them.

    A server is asked, to see that there is a feed. Exit 1 if one of them could not be added.
    """
    from console import feed_store
    from console.sources import in_force
    from console.stores import opened

    failed = 0
    with opened(store) as engine:
        for wanted in _unseen(urls) if unseen else _seen(urls, in_force().feeds):
            if wanted.state is None:
                failed += 1
                _tell(wanted, "failed", as_json=as_json)
                continue
            state = replace(wanted.state, tags=tuple(sorted(set(tags))))
            there = feed_store.add(engine, [state])[0]
            _tell(wanted, "there" if there else "added", there, as_json=as_json)
    raise SystemExit(1 if failed else 0)


@command.command(epilog="\b\nExample:\n  tocsin feeds remove https://www.example.org/feed\n")
@click.argument("urls", nargs=-1, required=True, metavar="URL...")
@click.option("--store", metavar="URL", help="The store; else that of the settings.")
def remove(urls: tuple[str, ...], store: str | None) -> None:
    """Remove feeds, and what is remembered of their entries. What they gave is kept.

    Exit 1 if one of them is not there.
    """
    from console import feed_store
    from console.stores import looked_into

    missing = 0
    with looked_into(store) as engine:
        for url in urls:
            there = feed_store.remove(engine, url)
            if there is not None:
                click.echo(f"Removed {there.url}")
                continue
            missing += 1
            click.echo(f"There is no feed {url}.{feed_store.hint(engine, url)}", err=True)
    raise SystemExit(1 if missing else 0)


def _seen(urls: Sequence[str], settings: "FeedsSettings") -> Iterator[Wanted]:
    """Ask for each address."""
    from console.feed_finder import find_all, state_of

    for given, answer in find_all(urls, settings):
        if isinstance(answer, TocsinError):
            yield Wanted(given=given, reason=str(answer))
        else:
            others = tuple(each.url for each in answer.others if not each.is_comments)
            yield Wanted(given=given, state=state_of(answer), others=others)


def _unseen(urls: Sequence[str]) -> Iterator[Wanted]:
    """Take the addresses as they are."""
    from tocsin.feed_urls import clean_feed_url

    for given in urls:
        if url := clean_feed_url(given):
            yield Wanted(given=given, state=FeedState(url=url))
        else:
            yield Wanted(given=given, reason=f"{given} is no address of a feed")


def _tell(wanted: Wanted, outcome: str, there: FeedState | None = None, *, as_json: bool) -> None:
    """Say what became of an address."""
    url = there.url if there else wanted.state.url if wanted.state else ""
    if as_json:
        row = {
            "given": wanted.given,
            "outcome": outcome,
            "url": url,
            "reason": wanted.reason,
            "others": wanted.others,
        }
        click.echo(json.dumps(row, ensure_ascii=False))
    elif outcome == "failed":
        click.echo(f"Not added: {wanted.given}: {wanted.reason}", err=True)
    else:
        title = wanted.state.title if wanted.state else ""
        done = "Already there" if there else "Added"
        click.echo(f"{done}: {url}" + (f"  {title}" if title else ""))
        for other in () if there else wanted.others:
            click.echo(f"  its page also names {other}")
