"""`tocsin config`: the settings in force."""

import json
import sys

import click


@click.group()
def command() -> None:
    """Show the settings in force."""


@command.command(epilog="\b\nExample:\n  tocsin config show")
@click.option("--json", "as_json", is_flag=True, help="Print them as JSON.")
def show(as_json: bool) -> None:
    """Print every setting, its value, and where it comes from; secrets are masked.

    A setting comes from its default, from a line of the settings file, or from the environment.
    """
    from console.sources import loaded

    found = list(loaded().shown())
    if as_json:
        rows = {str(key): {"value": value, "from": origin} for key, value, origin in found}
        click.echo(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    section = ""
    for key, value, origin in found:
        if key.section != section:
            section = key.section
            click.echo(f"[{section}]")
        shown = json.dumps(value, ensure_ascii=False)
        click.echo(f"{key.name} = {shown}" + ("" if origin == "default" else f"  # {origin}"))
    sys.stdout.flush()
