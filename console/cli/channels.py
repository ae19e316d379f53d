"""`tocsin channels`: the channels that alerts go by, and new secrets for webhooks."""

import json
import os
import secrets

import click

from schemas import Channel, ChannelKind

EXAMPLE = """\b
Examples:
  tocsin channels list
  tocsin channels secret
"""


@click.group(epilog=EXAMPLE)
def command() -> None:
    """List the channels that alerts go by, and make secrets for webhooks."""


@command.command("list", epilog="\b\nExample:\n  tocsin channels list --json\n")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, one object a line.")
def list_(as_json: bool) -> None:
    """List the channels of [delivery] channels: id, kind, where it leads, and its fallback.

    Of a webhook only the host is shown, and of Apprise the service alone: the rest may be a secret.
    """
    from console.channels import load_channels
    from console.sources import in_force

    found = load_channels(in_force(), os.environ)
    for each in found.values():
        if as_json:
            row = {"id": each.id, "kind": each.kind, "to": _shown(each), "fallback": each.fallback}
            click.echo(json.dumps(row))
            continue
        fallback = f"  else {each.fallback}" if each.fallback else ""
        click.echo(f"{each.id:<20} {each.kind:<8} {_shown(each)}{fallback}".rstrip())
    if not found:
        click.echo("No channel yet: name a file of them by [delivery] channels.", err=True)


@command.command(epilog="\b\nExample:\n  tocsin channels secret > desk.secret\n")
def secret() -> None:
    """Print a new secret for a webhook, to be set as TOCSIN_CHANNEL_<ID>_SECRET.

    Whoever receives the webhook needs the same, to tell that it comes from here.
    """
    from tocsin.channels import secret_of

    click.echo(secret_of(secrets.token_bytes(32)))


def _shown(channel: Channel) -> str:
    """Say where a channel leads, without what may be a secret."""
    from urllib.parse import urlsplit

    if channel.kind is ChannelKind.WEBHOOK:
        parts = urlsplit(channel.to)
        return f"{parts.scheme}://{parts.hostname}"
    if channel.kind is ChannelKind.APPRISE:
        return f"{channel.to.partition('://')[0]}://***"
    return channel.to
