"""`tocsin deliveries`: what is on its way to people, what failed, and the way back."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from console.ids import BEGINNING
from schemas import DeliveryState, InvalidSetting, encode

if TYPE_CHECKING:
    from store.redriving import Entry

LIMIT = 200
SHOWN = 12
"""Characters of an id in the list; any beginning that no other id shares is enough."""

ALL = "all"

LIST_EXAMPLE = """\b
Examples:
  tocsin deliveries list
  tocsin deliveries list --state ready --channel newsroom
"""
REDRIVE_EXAMPLE = """\b
Examples:
  tocsin deliveries redrive 8f3a19c2 newsroom
  tocsin deliveries redrive --channel newsroom --dry-run
"""

_state = click.option(
    "--state",
    "states",
    multiple=True,
    type=click.Choice([*map(str, DeliveryState), ALL]),
    help="Only those in this state; may be given again. Else those that failed.",
)
_subscription = click.option("--subscription", default="", help="Only of this subscription.")
_channel = click.option("--channel", default="", help="Only those to this channel.")
_store = click.option("--store", metavar="URL", help="The store; else that of the settings.")
_json = click.option("--json", "as_json", is_flag=True, help="Print one delivery a line, as JSON.")


@click.group()
def command() -> None:
    """List and show what goes to people, and send again what failed."""


@command.command("list", epilog=LIST_EXAMPLE)
@_state
@_subscription
@_channel
@click.option("--limit", type=click.IntRange(1), default=LIMIT, show_default=True)
@_store
@_json
def list_(
    states: tuple[str, ...],
    subscription: str,
    channel: str,
    limit: int,
    store: str | None,
    as_json: bool,
) -> None:
    """List deliveries to people, those that were due last at the end: of all those that failed."""
    from console.cli.show import plural
    from console.stores import looked_into
    from store.redriving import Wanted, entries

    wanted = Wanted(states=_states(states), subscription=subscription, channel=channel)
    with looked_into(store) as engine, engine.connect() as connection:
        found = entries(connection, wanted, limit)
    for each in found:
        click.echo(encode(each) if as_json else _line(each))
    more = ", and perhaps more: --limit shows them" if len(found) == limit else ""
    click.echo(f"{plural(len(found), 'delivery', 'deliveries')}{more}.", err=True)


@command.command("show", epilog="\b\nExample:\n  tocsin deliveries show 8f3a19c2 newsroom\n")
@click.argument("message", type=BEGINNING)
@click.argument("channel")
@_store
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON, with all that is sent.")
def show(message: str, channel: str, store: str | None, as_json: bool) -> None:
    """Show a delivery: its state and why, its attempts, and what is sent.

    MESSAGE is the id of a message, or the beginning of one that no other to this CHANNEL shares.
    """
    from console.deliveries import the_one
    from console.stores import looked_into
    from store.redriving import body

    with looked_into(store) as engine, engine.connect() as connection:
        entry = the_one(connection, message, channel)
        sent = body(connection, entry.message, entry.channel)
    if as_json:
        click.echo(encode({"delivery": entry, "sent": sent}).decode())
        return
    for name in ("message", "channel", "kind", "subscription", "alert", "state", "reason"):
        if value := getattr(entry, name):
            click.echo(f"{name:12} {value}")
    click.echo(f"{'rung':12} {entry.rung:%Y-%m-%d %H:%M:%S} UTC")
    click.echo(f"{'due':12} {entry.due:%Y-%m-%d %H:%M:%S} UTC")
    click.echo(f"{'attempts':12} {entry.attempts}")
    click.echo(
        f"\n{sent.text if sent else 'It was not written yet: that is done when it is sent.'}"
    )


@command.command("redrive", epilog=REDRIVE_EXAMPLE)
@click.argument("named", nargs=-1, metavar="[MESSAGE CHANNEL]")
@_state
@_subscription
@_channel
@click.option("--all", "everything", is_flag=True, help="All that failed.")
@click.option("--dry-run", is_flag=True, help="Say what would be sent, and change nothing.")
@_store
def redrive(
    named: tuple[str, ...],
    states: tuple[str, ...],
    subscription: str,
    channel: str,
    everything: bool,
    dry_run: bool,
    store: str | None,
) -> None:
    """Send again what failed, once its cause is mended: the same id, the same bytes.

    A MESSAGE (its id, or the beginning of it) and its CHANNEL name one delivery; options name those that
    are dead or expired, and with --state suppressed what was suppressed. What is still paused, muted or
    disabled is not sent by this. What was delivered is never sent again.
    """
    from console.cli.show import plural
    from console.deliveries import the_one_that_failed
    from console.stores import looked_into
    from store.engine import writing
    from store.redriving import Wanted, entries
    from store.redriving import redrive as made_ready

    if len(named) not in (0, 2):
        raise click.UsageError("name one message and its channel, or none")
    if bool(named) == bool(subscription or channel or everything):
        raise click.UsageError(
            "name a message and its channel, or say --channel, --subscription or --all"
        )
    wanted = Wanted(states=_redrivable(states), subscription=subscription, channel=channel)
    with looked_into(store) as engine, writing(engine) as connection:
        if named:
            wanted = the_one_that_failed(connection, *named)
        if dry_run:
            for each in entries(connection, wanted, LIMIT):
                click.echo(_line(each))
            return
        number = made_ready(connection, wanted, datetime.now(UTC))
    click.echo(f"{plural(number, 'delivery', 'deliveries')} made ready.", err=True)


def _states(names: tuple[str, ...]) -> tuple[DeliveryState, ...]:
    from store.redriving import FAILED

    if ALL in names:
        return ()
    return tuple(map(DeliveryState, names)) or FAILED


def _redrivable(names: tuple[str, ...]) -> tuple[DeliveryState, ...]:
    """Read states of what is sent again. Raises `click.UsageError` for any other."""
    from console.deliveries import redrivable
    from store.redriving import REDRIVABLE

    try:
        return redrivable(_states(names) or REDRIVABLE)
    except InvalidSetting as error:
        raise click.UsageError(str(error)) from None


def _line(each: "Entry") -> str:
    head = f"{each.message[:SHOWN]}  {each.channel:16}  {each.state:10}  {each.kind:7}"
    told = f"{head}  {each.subscription:20}  {each.due:%Y-%m-%d %H:%M}  {each.attempts:>2}x"
    return f"{told}  {each.reason}".rstrip()
