"""`tocsin replay`: files or topics through the whole pipeline into files, and a summary for people."""

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

from console.paths import EXISTING
from console.results import records
from console.times import INSTANT
from schemas import Alert, Article, InvalidSetting, Mention, RuleSet, Story

if TYPE_CHECKING:
    from connectors.cluster import KafkaSettings
    from console.replay_source import Source
    from pipelines.graph import Rules
    from pipelines.replay import Counts
    from tocsin.summary import Summary

EXAMPLE = """\b
Examples:
  tocsin replay seeds/
  tocsin replay articles.jsonl archive.warc.gz --out results/
  tocsin replay my-folder/ --watch-lists my-lists/ --subscriptions mine.toml --out results/
  tocsin replay kafka:tocsin.articles --from 2024-07-29T00:00:00Z --to 2024-07-30T00:00:00Z
  tocsin replay kafka:tocsin.articles/3@1200-1500
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
    type=INSTANT,
    metavar="T",
    help="Only articles first seen at T (RFC 3339) or later; earlier ones still serve to find copies.",
)
@click.option("--to", "end", type=INSTANT, metavar="T", help="Only articles first seen before T.")
@click.option(
    "--store",
    metavar="URL",
    help="Also write a named run into this store: sqlite:///FILE or postgresql://...",
)
@click.option(
    "--topics",
    "shadow",
    metavar="PREFIX",
    help="Also send the results to the topics PREFIX.stories, PREFIX.alerts, ..., beside the live ones.",
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
    start: datetime | None,
    end: datetime | None,
    store: str | None,
    shadow: str | None,
    strict: bool,
    as_json: bool,
) -> None:
    """Run the whole pipeline over files, folders or topics; send nothing to anyone.

    PATH is a file, a folder, or kafka:TOPIC[/PARTITION[@FROM[-TO]]] with offsets from FROM to before
    TO. The result depends on the content of what is read and on the rule set alone: the same input
    gives the same bytes, in whatever order it is read. No other reader of a topic can tell.
    """
    from console.cli.show import plural
    from console.replay_source import source_of

    if start and end and start >= end:
        later, earlier = (f"{each:%Y-%m-%dT%H:%M:%SZ}" for each in (end, start))
        raise click.BadParameter(f"{later} is not after --from {earlier}", param_hint="--to")
    span = (start, end)
    source = source_of(paths, out, start)
    rule_set = rules_in_force(watch_lists, subscriptions, entities=not no_entities)
    if store:
        try_store(store)
    shadow_settings = shadow_topics(shadow) if shadow is not None else None
    with output_folder(out, force) as folder:
        counts = run(
            source, rules_of(rule_set, not no_entities), folder, span, (runner, prism_location)
        )
        found = summary_of(folder, rule_set)
        (folder / "summary.json").write_bytes(as_bytes(rule_set, counts, found))
        if store:
            write_store(store, folder, rule_set)
        if shadow_settings:
            write_topics(shadow_settings, folder)
    if as_json:
        click.echo(as_bytes(rule_set, counts, found), nl=False)
    else:
        print_summary(counts, found, out)
    warnings = len(counts.skipped) + counts.dead_letters
    if warnings:
        click.echo(
            f"{plural(warnings, 'warning')}: {plural(len(counts.skipped), 'skipped file')},"
            f" {plural(counts.dead_letters, 'dead letter')}.",
            err=True,
        )
    if strict and warnings:
        raise SystemExit(1)


def rules_in_force(
    watch_lists: Path | None, subscriptions: Path | None, *, entities: bool
) -> RuleSet:
    """Load the rule set; whether entity models take part is a part of its id."""
    from console.logs import quiet_beam
    from console.rules import load_rule_set

    quiet_beam()
    from pipelines.models import recogniser

    name = recogniser(enabled=entities).name
    return load_rule_set(watch_lists, subscriptions, recogniser=name)


def rules_of(rule_set: RuleSet, entities: bool) -> "Rules":
    """Let one rule set hold for everything."""
    from pipelines.graph import Rules
    from pipelines.rules import FixedRules

    return Rules(FixedRules(rule_set), entities)


def run(
    source: "Source",
    rules: "Rules",
    folder: Path,
    span: tuple[datetime | None, datetime | None],
    runner: tuple[str, str],
) -> "Counts":
    """Replay what was found into `folder`; `runner` is its name and its location."""
    from connectors.seeds.pages import extract_page
    from console.cli.show import progress
    from console.scratch import scratch
    from pipelines.io.read_memory import Span
    from pipelines.options import Runner, options_for
    from pipelines.progress import listening
    from pipelines.replay import Input, replay

    content = Input(source.files, source.skipped, source.read_file, extract_page)
    with scratch(), progress(source.size, source.unit) as listener, listening(listener):
        options = options_for(Runner(runner[0]), runner[1])
        return replay(content, rules, folder, span=Span(*span), options=options)


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
    from tocsin.watchlists import names_of

    actors = names_of(rules.watch_lists)
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


def shadow_topics(prefix: str) -> "KafkaSettings":
    """Name the cluster of the settings with other topics; see that it is there before the work begins."""
    from connectors.topics import check_reach
    from console.shadow_topics import shadowed
    from console.sources import in_force

    settings = shadowed(in_force().kafka, prefix)
    check_reach(settings, "take what a replay finds")
    return settings


def write_topics(settings: "KafkaSettings", folder: Path) -> None:
    """Send what was found to shadow topics."""
    from console.shadow_topics import publish_files

    sent = publish_files(settings, folder)
    click.echo(f"Sent {sent} records to the topics {settings.prefix}.*.", err=True)


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
