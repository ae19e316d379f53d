"""`tocsin connect rss`: feeds, polled politely for as long as it runs, into Kafka."""

import asyncio
import signal
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from connectors.feeds.callbacks import Callback
    from connectors.feeds.connector import How
    from console.settings import Settings, WebsubSettings

EXAMPLE = """\b
Examples:
  tocsin feeds add https://www.example.org/
  tocsin connect rss
  tocsin connect rss --no-pages --archive responses/
"""


@click.command("rss", epilog=EXAMPLE)
@click.option(
    "--archive",
    type=click.Path(path_type=Path, file_okay=False),
    help="Keep every response in this folder, as WARC.",
)
@click.option("--no-pages", is_flag=True, help="Take the text of feeds; fetch no pages.")
@click.option("--speed", type=float, default=1.0, hidden=True, help="Run the schedule so fast.")
@click.option("--failpoint", default="", hidden=True, metavar="NAME[:N]")
def rss(archive: Path | None, no_pages: bool, speed: float, failpoint: str) -> None:
    """Poll the feeds that `tocsin feeds` lists, and send what is new to Kafka, until it is stopped.

    What a new feed lists at its first poll is backfill: kept, and ringing nobody. The settings are
    in [feeds]; `tocsin feeds list` shows how every feed is doing.
    """
    from connectors.feeds.connector import connect_feeds
    from console.endings import end_soon
    from console.exporter import serve_metrics
    from console.failpoints import killing_at
    from console.logs import structured
    from console.sources import loaded

    settings = loaded().settings
    structured()
    serve_metrics(settings.metrics.listen)
    how = _how(settings, archive, pages=settings.feeds.pages and not no_pages, speed=speed)

    async def run() -> None:
        stop = asyncio.Event()

        def told() -> None:
            stop.set()
            end_soon()

        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, told)
        reach = killing_at(failpoint)
        await connect_feeds(how, settings.kafka, settings.store.url, stop, reach=reach)

    asyncio.run(run())


def _how(settings: "Settings", archive: Path | None, *, pages: bool, speed: float) -> "How":
    """Make of settings and options what the connector is told."""
    from connectors.feeds.connector import How
    from tocsin.schedule import Schedule

    given = settings.feeds
    kept = archive or (Path(given.archive) if given.archive else None)
    return How(
        agent=given.user_agent,
        schedule=Schedule(floor=given.floor, ceiling=given.ceiling).compressed(speed),
        gap=given.gap / speed,
        concurrency=given.concurrency,
        parsers=given.parsers,
        pages=pages,
        proxy=given.proxy,
        is_private=given.allow_private,
        archive=kept,
        websub=_callback(settings.websub) if settings.websub.callback else None,
    )


def _callback(given: "WebsubSettings") -> "Callback":
    """Say how WebSub hubs reach us."""
    from connectors.feeds.callbacks import Callback
    from console.settings import host_and_port

    host, port = host_and_port("websub.listen", given.listen)
    return Callback(prefix=given.callback, host=host, port=port, secret=given.secret)
