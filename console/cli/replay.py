"""`tocsin replay`: files through the whole pipeline into files, and a summary for people."""

import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from console.paths import EXISTING, existing
from console.results import records
from schemas import Alert, Article, InvalidSetting, Mention, RuleSet, Story

if TYPE_CHECKING:
    from connectors.seeds.folder import Listing
    from pipelines.graph import Rules
    from pipelines.replay import Counts
    from tocsin.summary import Summary

EXAMPLE = """\b
Examples:
  tocsin replay seeds/
  tocsin replay articles.jsonl archive.warc.gz --out results/
  tocsin replay my-folder/ --watch-lists my-lists/ --subscriptions mine.toml --out results/
"""


@click.command(epilog=EXAMPLE)
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option("--out", type=click.Path(path_type=Path), help="Write the results into this folder.")
@click.option("--force", is_flag=True, help="Write into --out even when it is not empty.")
@click.option(
    "--watch-lists",
    type=EXISTING,
    help="Folder (or file) of watch lists instead of the shipped ones.",
)
@click.option(
    "--subscriptions",
    type=EXISTING,
    help="File or folder of subscriptions instead of the shipped ones.",
)
@click.option(
    "--no-entities",
    is_flag=True,
    help="Leave the entity models out; the gazetteer stays. Much faster.",
)
@click.option(
    "--runner", type=click.Choice(["direct", "prism", "flink"]), default="direct", show_default=True
)
@click.option(
    "--prism-location",
    envvar="TOCSIN_PRISM_LOCATION",
    default="",
    help="Prism's binary, for --runner prism.",
)
@click.option(
    "--from",
    "start",
    metavar="T",
    help="Only articles first seen at T (RFC 3339) or later; earlier ones still serve to find copies.",
)
@click.option("--to", "end", metavar="T", help="Only articles first seen before T.")
@click.option(
    "--store",
    metavar="URL",
    help="Also write a named run into this store: sqlite:///FILE or postgresql://...",
)
@click.option(
    "--strict", is_flag=True, help="Exit 1 when anything was skipped or became a dead letter."
)
@click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON.")
def command(
    paths: tuple[str, ...],
    out: Path | None,
    force: bool,
    watch_lists: Path | None,
    subscriptions: Path | None,
    no_entities: bool,
    runner: str,
    prism_location: str,
    start: str | None,
    end: str | None,
    store: str | None,
    strict: bool,
    as_json: bool,
) -> None:
    """Run the whole pipeline over files or folders; send nothing to anyone.

    The result depends on the content of the files and on the rule set alone: the same input gives
    the same bytes, in whatever order it is read.
    """
    span = (instant(start, "--from"), instant(end, "--to"))
    listing = listing_of(paths, out)
    rules = rules_in_force(watch_lists, subscriptions, entities=not no_entities)
    if store:
        try_store(store)
    with output_folder(out, force) as folder:
        counts = run(listing, rules, folder, span, (runner, prism_location))
        found = summary_of(folder, rules.rule_set)
        (folder / "summary.json").write_bytes(as_bytes(rules.rule_set, counts, found))
        if store:
            write_store(store, folder, rules.rule_set)
    if as_json:
        click.echo(as_bytes(rules.rule_set, counts, found), nl=False)
    else:
        print_summary(counts, found, out)
    warnings = len(counts.skipped) + counts.dead_letters
    if warnings:
        click.echo(
            f"{warnings} warnings: {len(counts.skipped)} skipped files, {counts.dead_letters} dead letters.",
            err=True,
        )
    if strict and warnings:
        raise SystemExit(1)


def rules_in_force(
    watch_lists: Path | None, subscriptions: Path | None, *, entities: bool
) -> "Rules":
    """Load the rule set; whether entity models take part is a part of its id."""
    from console.logs import quiet_beam
    from console.rules import load_rule_set

    quiet_beam()
    from pipelines.graph import Rules
    from pipelines.models import recogniser

    name = recogniser(enabled=entities).name
    return Rules(load_rule_set(watch_lists, subscriptions, recogniser=name), entities)


def listing_of(paths: tuple[str, ...], out: Path | None) -> "Listing":
    """List what is to be read, before anything is written beside it."""
    from connectors.seeds.folder import list_files

    return list_files([local(path) for path in paths], results=out)


def run(
    listing: "Listing",
    rules: "Rules",
    folder: Path,
    span: tuple[datetime | None, datetime | None],
    runner: tuple[str, str],
) -> "Counts":
    """Replay what is listed into `folder`; `runner` is its name and its location."""
    from connectors.seeds.folder import read_file
    from connectors.seeds.pages import extract_page
    from console.cli.show import progress
    from pipelines.io.read_memory import Span
    from pipelines.options import Runner, options_for
    from pipelines.progress import listening
    from pipelines.replay import Input, replay

    options = options_for(Runner(runner[0]), runner[1])
    source = Input(listing.files, listing.skipped, read_file, extract_page)
    with progress(sum(file.size for file in listing.files)) as listener, listening(listener):
        return replay(source, rules, folder, span=Span(*span), options=options)


def local(path: str) -> Path:
    """Take a path of this machine; raises `NoSuchPath` or, for a topic, `InvalidSetting`."""
    if path.startswith("kafka:"):
        raise InvalidSetting(
            f"{path}: replay from topics is not part of this version.",
            hint="Dump the topic into a .jsonl file: its values are what replay reads.",
        )
    return existing(path)


def instant(text: str | None, option: str) -> datetime | None:
    """Read the time of an option."""
    from tocsin.dates import parse_instant

    if text is None:
        return None
    parsed = parse_instant(text)
    if parsed is None:
        raise click.BadParameter(
            f"{text!r} is no time such as 2023-08-10T00:00:00Z", param_hint=option
        )
    return parsed


@contextmanager
def output_folder(out: Path | None, force: bool) -> Iterator[Path]:
    """Give a folder to write into; it becomes `out` when all went well, else nothing is left."""
    if out and out.exists() and not out.is_dir():
        raise InvalidSetting(f"{out} is not a folder.")
    if out and out.is_dir() and any(out.iterdir()) and not force:
        raise InvalidSetting(
            f"{out} is not empty.", hint="Name another folder, or say --force to overwrite results."
        )
    parent = out.absolute().parent if out else None
    if parent:
        parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".tocsin-", dir=parent) as scratch:
        folder = Path(scratch)
        yield folder
        if out:
            out.mkdir(exist_ok=True)
            for file in sorted(folder.iterdir()):
                shutil.move(file, out / file.name)


def summary_of(folder: Path, rules: RuleSet) -> "Summary":
    """Sum up the files of a replay, reading each once."""
    from tocsin.summary import join, summarise

    actors = {actor.id: actor.name for each in rules.watch_lists for actor in each.actors}
    named = join(records(folder, "articles", Article), records(folder, "mentions", Mention))
    return summarise(
        named, records(folder, "stories", Story), records(folder, "alerts", Alert), actors
    )


def try_store(url: str) -> None:
    """Open a store before the work begins, so that a wrong address costs nobody an hour."""
    from store.engine import open_engine

    open_engine(url).dispose()


def write_store(url: str, folder: Path, rules: RuleSet) -> None:
    """Write the run into a store, in the place of the one before."""
    from pipelines.replay import FILES
    from store.engine import open_engine
    from store.runs import write_run

    engine = open_engine(url)
    files = {name: folder / f"{name}.jsonl" for name in FILES}
    written = write_run(engine, run="replay", rule_set=rules, files=files)
    click.echo(f"Stored {sum(written.values())} rows as run 'replay'.", err=True)


def as_bytes(rules: RuleSet, counts: "Counts", found: "Summary") -> bytes:
    """Write the summary as JSON."""
    content = {"rule_set": rules.id, "counts": asdict(counts), **asdict(found)}
    content["counts"]["accounted_for"] = counts.accounted_for
    return json.dumps(content, ensure_ascii=False, indent=2, default=str).encode() + b"\n"


def print_summary(counts: "Counts", found: "Summary", out: Path | None) -> None:
    """Print what a desk officer wants to know."""
    from console.cli.summary import render

    render(counts, found)
    if out:
        click.echo(f"\nEverything is in {out}/ (see summary.json).")
