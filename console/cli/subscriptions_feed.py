"""`tocsin subscriptions feed`: the Atom feed of a subscription, for readers of feeds."""

from datetime import UTC, datetime
from pathlib import Path

import click


@click.command(
    epilog="\b\nExamples:\n  tocsin subscriptions feed russia\n"
    "  tocsin subscriptions feed russia --out /srv/www/russia.xml\n"
)
@click.argument("name", metavar="ID")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="File to write.")
@click.option("--store", metavar="URL", help="Store of the stream; else that of the settings.")
def feed(name: str, out: Path | None, store: str | None) -> None:
    """Write what rang last for a subscription as an Atom feed, at most a hundred alerts.

    A file is replaced whole: whoever serves it never shows half of one.
    """
    from console.alert_feed import alert_feed
    from console.stores import looked_into

    with looked_into(store) as engine:
        content = alert_feed(engine, name, datetime.now(UTC))
    if out is None:
        click.echo(content.decode(), nl=False)
        return
    part = out.with_name(f".{out.name}.part")
    part.write_bytes(content)
    part.replace(out)
    click.echo(f"{out}: written.", err=True)
