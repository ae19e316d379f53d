"""`tocsin connect`: what reads the world and sends it to Kafka, each by a command of its own."""

import click

from console.cli.connect_rss import rss
from console.cli.connect_seeds import seeds, warc


@click.group()
def command() -> None:
    """Read feeds, folders or archives into Kafka."""


command.add_command(rss)
command.add_command(seeds)
command.add_command(warc)
