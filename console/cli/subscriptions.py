"""`tocsin subscriptions`: have them, hold them, list them, check a query, and see what would ring."""

import click

from console.cli.subscriptions_add import add, remove
from console.cli.subscriptions_check import check
from console.cli.subscriptions_feed import feed
from console.cli.subscriptions_hold import enable, mute, pause, resume, snooze, unmute
from console.cli.subscriptions_list import list_
from console.cli.subscriptions_show import show
from console.cli.subscriptions_try import try_

EXAMPLE = """\b
Examples:
  tocsin subscriptions list
  tocsin subscriptions check 'actor:wagner AND (place:Niger OR niamey) NOT opera'
  tocsin subscriptions add niger --query 'actor:wagner AND place:Niger' --channel desk
  tocsin subscriptions snooze niger --for 8h
"""


@click.group(epilog=EXAMPLE)
def command() -> None:
    """Add, hold, check and try subscriptions and queries."""


for each in (list_, show, check, try_, add, remove):
    command.add_command(each)
for each in (pause, resume, snooze, mute, unmute, enable, feed):
    command.add_command(each)
