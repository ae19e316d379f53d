"""`tocsin deliver`: alerts that wait in the store, into Kafka and to the channels of people."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

import click

if TYPE_CHECKING:
    from connectors.delivery.deliverer import Deliverer
    from connectors.delivery.dispatcher import Dispatcher
    from console.settings import Settings

EXAMPLE = """\b
Examples:
  tocsin deliver
  tocsin deliver --once
"""


@click.command(epilog=EXAMPLE)
@click.option("--once", is_flag=True, help="Deliver what is due now, then end.")
@click.option("--failpoint", default="", hidden=True, metavar="NAME[:N]")
def command(once: bool, failpoint: str) -> None:
    """Send the alerts that wait in the store to their topic and to the channels of people, until stopped.

    Killed at any moment, it sends what was not noted once more: the same ids, the same bytes. While
    Kafka, a target or the store is away it waits, each for itself.
    """
    from console.cli.show import plural
    from console.exporter import serve_metrics
    from console.logs import structured
    from console.people import beside
    from console.sources import in_force

    settings = in_force()
    structured()
    if not once:
        serve_metrics(settings.metrics.listen)
    with _delivering(settings, failpoint) as work:
        if once:
            messages = work.dispatcher.drain()
            click.echo(f"{plural(work.deliverer.drain(), 'alert')} delivered.")
            if settings.delivery.channels:
                click.echo(f"{plural(messages, 'message')} delivered to people.")
            return
        with beside(work.dispatcher.run, work.stop):
            work.deliverer.run()


class _Work(NamedTuple):
    deliverer: "Deliverer"
    dispatcher: "Dispatcher"
    stop: threading.Event


@contextmanager
def _delivering(settings: "Settings", failpoint: str) -> Iterator[_Work]:
    """Open the store and Kafka, and end in order when told to."""
    from connectors.delivery.deliverer import Deliverer
    from connectors.kafka import Producer
    from console.endings import until_told
    from console.failpoints import killing_at
    from console.people import dispatching
    from store.engine import open_engine

    reach = killing_at(failpoint)
    with until_told() as stop, Producer(settings.kafka) as sender:
        engine = open_engine(settings.store.url)
        try:
            with dispatching(settings, os.environ, engine, stop=stop, reach=reach) as dispatcher:
                deliverer = Deliverer(
                    engine, sender, clock=lambda: datetime.now(UTC), stop=stop, reach=reach
                )
                yield _Work(deliverer, dispatcher, stop)
        finally:
            engine.dispose()
