"""`tocsin connect seeds` and `tocsin connect warc`: folders and archives into Kafka."""

import json
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from console.paths import EXISTING
from schemas import InvalidSetting, Unavailable

if TYPE_CHECKING:
    from connectors.kafka import Producer
    from connectors.seeds.folder import Listing
    from connectors.seeds.produce import Begun, SeedProducer, Sent

GRACE_SECONDS = 10.0
"""How long a batch may still wait for its acks after the word to stop."""

STOPPED = 130
"""Exit status of what was told to stop before its end."""

SEEDS_EXAMPLE = """\b
Examples:
  tocsin connect seeds my-folder/
  tocsin connect seeds my-folder/ --follow
"""

WARC_EXAMPLE = "\b\nExample:\n  tocsin connect warc CC-NEWS-20240729.warc.gz"

_paths = click.argument("paths", nargs=-1, required=True, type=EXISTING, metavar="PATH...")
_ring = click.option(
    "--ring", is_flag=True, help="Let what is sent ring; else it is kept and matched only."
)
_again = click.option("--again", is_flag=True, help="Send what was sent before once more.")
_json = click.option("--json", "as_json", is_flag=True, help="Print what was sent as JSON.")
_failpoint = click.option("--failpoint", default="", hidden=True, metavar="NAME[:N]")


@dataclass(frozen=True, slots=True, kw_only=True)
class How:
    """How files are sent."""

    is_ringing: bool
    again: bool
    as_json: bool
    failpoint: str


@click.command("seeds", epilog=SEEDS_EXAMPLE)
@_paths
@click.option("--follow", is_flag=True, help="Go on with what appears or changes, until stopped.")
@_ring
@_again
@_json
@_failpoint
def seeds(
    paths: tuple[Path, ...],
    follow: bool,
    ring: bool,
    again: bool,
    as_json: bool,
    failpoint: str,
) -> None:
    """Send what lies in folders or files to Kafka; whatever a replay reads is read.

    Articles are first seen now. They are kept and ring nobody, unless --ring, or they arrive under
    --follow. Stopped or killed, the same command goes on where it was; nothing is sent twice but
    with equal bytes.
    """
    from connectors.seeds.folder import list_files

    if follow and not all(path.is_dir() for path in paths):
        raise click.UsageError("--follow needs folders")
    how = How(is_ringing=ring, again=again, as_json=as_json, failpoint=failpoint)
    if follow:
        _follow(paths, how)
    else:
        _send(list_files(paths), how)


@click.command("warc", epilog=WARC_EXAMPLE)
@click.argument("files", nargs=-1, required=True, type=EXISTING, metavar="FILE...")
@_ring
@_again
@_json
@_failpoint
def warc(files: tuple[Path, ...], ring: bool, again: bool, as_json: bool, failpoint: str) -> None:
    """Send the pages of WARC archives to Kafka, those of CC-NEWS and our own.

    Articles are first seen now. They are kept and ring nobody, unless --ring.
    """
    from connectors.seeds.folder import kind_of, list_files
    from connectors.seeds.kinds import Kind

    listing = list_files(files)
    for file in listing.files:
        if kind_of(file) is not Kind.WARC:
            raise InvalidSetting(f"{file.path}: is no WARC archive")
    _send(listing, How(is_ringing=ring, again=again, as_json=as_json, failpoint=failpoint))


def _send(listing: "Listing", how: How) -> None:
    """Send files once, and tell what became of them; exit 130 when told to stop before the end."""
    from connectors.seeds.produce import Sent
    from connectors.topics import check_reach
    from console.sources import in_force

    check_reach(in_force().kafka)
    with _parts(how, STOPPED) as (producer, stop):
        begun = producer.begin(
            listing.files, datetime.now(UTC), is_backfill=not how.is_ringing, again=how.again
        )
        sent = Sent(skipped=listing.skipped)
        try:
            with _bar(begun) as moved:
                sent += producer.send(begun, lambda each, _: moved(each.file.size))
        except Unavailable:
            if not stop.is_set():  # else it is the producer, closed because the time is over
                click.echo("What was sent is noted; the same command goes on from here.", err=True)
                raise
    _tell(sent, len(listing.files) - len(begun), how)
    if sent.files < len(begun):
        click.echo("Stopped before the end; the same command goes on from here.", err=True)
        raise SystemExit(STOPPED)


def _follow(folders: Sequence[Path], how: How) -> None:
    """Send what is there and what arrives, until told to stop."""
    from connectors.seeds.follow import Follower
    from console.exporter import serve_metrics
    from console.logs import structured
    from console.sources import in_force

    structured()
    serve_metrics(in_force().metrics.listen)
    with _parts(how, 0) as (producer, stop):
        follower = Follower(folders, producer, clock=lambda: datetime.now(UTC), stop=stop)
        sent = follower.run(is_ringing=how.is_ringing)
    _tell(sent, 0, how)


@contextmanager
def _parts(how: How, stopped: int) -> "Iterator[tuple[SeedProducer, threading.Event]]":
    """Open the store and Kafka; say by the event that it is time to stop, and end with that status."""
    from connectors.kafka import Producer
    from connectors.seeds.produce import SeedProducer
    from console.failpoints import killing_at
    from console.sources import in_force
    from store.engine import open_engine

    settings = in_force()
    engine = open_engine(settings.store.url)
    try:
        with Producer(settings.kafka) as sender, _stopping(sender, stopped) as stop:
            reach = killing_at(how.failpoint)
            prefix = settings.kafka.prefix
            yield SeedProducer(engine, sender, prefix=prefix, stop=stop, reach=reach), stop
    finally:
        engine.dispose()


@contextmanager
def _stopping(sender: "Producer", stopped: int) -> Iterator[threading.Event]:
    """Give an event that Ctrl-C and SIGTERM set; a second one, or too long a wait, ends it harder."""
    from console.endings import end_soon

    stop = threading.Event()

    def told(*_: object) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()
        end_soon(stopped)
        closing = threading.Timer(GRACE_SECONDS, sender.close)
        closing.daemon = True
        closing.start()

    before = {number: signal.signal(number, told) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _bar(begun: "Sequence[Begun]") -> Iterator[Callable[[int], None]]:
    """Show how far it is, by bytes of files; only on a terminal."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        DownloadColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
        TransferSpeedColumn,
    )

    screen = Console(stderr=True)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=screen, transient=True, disable=not screen.is_terminal) as bar:
        task = bar.add_task("Sending", total=sum(each.file.size for each in begun))
        yield lambda size: bar.advance(task, size)


def _tell(sent: "Sent", before: int, how: How) -> None:
    """Say what Kafka has now, and what was no input."""
    from console.cli.show import plural

    if how.as_json:
        click.echo(json.dumps(asdict(sent) | {"sent_before": before}, ensure_ascii=False, indent=2))
        return
    for each in sent.skipped:
        click.echo(f"skipped {each.name}: {each.reason}", err=True)
    said = (
        f"{plural(sent.files, 'file')}: {plural(sent.articles, 'article')}"
        f" and {plural(sent.dead_letters, 'dead letter')} sent"
    )
    if before:
        said += f"; {plural(before, 'file')} had been sent before (--again sends all once more)"
    click.echo(said)
