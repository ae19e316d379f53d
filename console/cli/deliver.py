"""`tocsin deliver`: alerts that wait in the store, into Kafka."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from connectors.delivery.deliverer import Deliverer
    from console.settings import Settings

EXAMPLE = """\b
Examples:
  tocsin deliver
  tocsin deliver --once
"""


@click.command(epilog=EXAMPLE)
@click.option("--once", is_flag=True, help="Deliver what waits now, then end.")
@click.option("--failpoint", default="", hidden=True, metavar="NAME[:N]")
def command(once: bool, failpoint: str) -> None:
    """Send the alerts that wait in the store to the topic of alerts, until it is stopped.

    Killed at any moment, it sends what was not noted once more: the same ids, the same bytes. While
    Kafka or the store is away it waits.
    """
    from console.cli.show import plural
    from console.exporter import serve_metrics
    from console.logs import structured
    from console.sources import in_force

    settings = in_force()
    structured()
    if not once:
        serve_metrics(settings.metrics.listen)
    with _deliverer(settings, failpoint) as deliverer:
        if once:
            click.echo(f"{plural(deliverer.drain(), 'alert')} delivered.")
        else:
            deliverer.run()


@contextmanager
def _deliverer(settings: "Settings", failpoint: str) -> "Iterator[Deliverer]":
    """Open the store and Kafka, and end in order when told to."""
    from connectors.delivery.deliverer import Deliverer
    from connectors.kafka import Producer
    from console.endings import until_told
    from console.failpoints import killing_at
    from store.engine import open_engine

    with until_told() as stop, Producer(settings.kafka) as sender:
        engine = open_engine(settings.store.url)
        try:
            yield Deliverer(
                engine,
                sender,
                clock=lambda: datetime.now(UTC),
                stop=stop,
                reach=killing_at(failpoint),
            )
        finally:
            engine.dispose()
