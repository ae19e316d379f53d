"""Options that commands about subscriptions share, and who says that they are the one who does it."""

import getpass

import click

from console.paths import EXISTING

AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON, one object a line.")
SUBSCRIPTIONS = click.option("--subscriptions", type=EXISTING, help="File or folder; else shipped.")
LISTS = click.option("--watch-lists", type=EXISTING, help="Folder or file; else shipped.")
STORE = click.option("--store", metavar="URL", help="The store; else that of the settings.")
NAME = click.argument("name", metavar="ID")


def _login() -> str:
    """Name who is logged in; a container may have users without a name."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"


def _somebody(context: click.Context, parameter: click.Parameter, name: str) -> str:
    """Refuse nobody: a history without names tells nothing."""
    if not name.strip():
        raise click.BadParameter("say who it is, or leave it out")
    return name.strip()


BY = click.option(
    "--by",
    metavar="NAME",
    default=_login,
    callback=_somebody,
    help="Who does it, for the history; else your login.",
)
WHY = click.option("--why", metavar="TEXT", default="", help="A word for the history.")
