"""The command tree. Commands are imported when they are called: `tocsin --help` stays fast."""

import importlib
import os
import select
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from console.paths import EXISTING
from console.restarts import HALTED
from schemas.errors import Halted, QueryError, TocsinError

# One thread for matrix products: models are small, and a core each is what other workers have.
for _library in ("OPENBLAS", "OMP", "MKL", "BLIS"):
    os.environ.setdefault(f"{_library}_NUM_THREADS", "1")

COMMANDS = {
    "replay": "Run the whole pipeline over files, folders or topics, bounded; send nothing to anyone.",
    "watch-lists": "List, check and try watch lists.",
    "subscriptions": "Check and try subscriptions and queries.",
    "rules": "Bring rule sets into force, follow their files, list them.",
    "validate": "Check settings, channels, watch lists, subscriptions: file:line: message.",
    "explain": "Say why an alert rang, or why an article rang nobody.",
    "backtest": "Compare other rules with those in force, over what is stored.",
    "extract": "Turn pages into articles, one JSON line each.",
    "parse-feed": "Turn feeds into entries, one JSON line a feed.",
    "match": "Say which articles match which queries, at full speed.",
    "run": "Run everything that is continuous on this machine, and keep it running.",
    "pipeline": "Run the pipeline here, or hand it to a Flink cluster and look after it.",
    "connect": "Read feeds, folders or archives into Kafka.",
    "deliver": "Send the alerts that wait to their topic and to people.",
    "web": "Serve the HTTP API of subscriptions and deliveries; make tokens for it.",
    "channels": "List the channels that alerts go by, and make secrets for webhooks.",
    "deliveries": "List what goes to people, and send again what failed.",
    "feeds": "Add, list, check and remove feeds; OPML in and out.",
    "dead-letters": "List and show what could not be processed, and send it in again.",
    "topics": "Make Kafka's topics, and check them.",
    "config": "Show the settings in force, and where each comes from.",
    "doctor": "Check what Tocsin needs here, and say how to mend it.",
    "evaluate": "Measure detection on labelled sets.",
}
"""Name and one line of help, in the order of `tocsin --help`."""


class LazyGroup(click.Group):
    """Commands that are imported only when asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Name the commands in their documented order."""
        return list(COMMANDS)

    def make_context(
        self,
        info_name: str | None,
        args: list[str],
        parent: click.Context | None = None,
        **extra: Any,
    ) -> click.Context:
        """Read the arguments; `--help` and `--version` are answered here."""
        with _until_nobody_reads():
            return super().make_context(info_name, args, parent, **extra)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import `console.cli.<name>` and take its `command`."""
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"console.cli.{cmd_name.replace('-', '_')}")
        found: click.Command = module.command
        return found

    def invoke(self, ctx: click.Context) -> object:
        """Run a command, for as long as somebody reads what it says."""
        with _until_nobody_reads():
            return super().invoke(ctx)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list without importing a single command."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="tocsin")
@click.option("--debug", is_flag=True, help="Show tracebacks.")
@click.option(
    "--config",
    envvar="TOCSIN_CONFIG",
    type=EXISTING,
    help="File of settings instead of ./tocsin.toml.",
)
@click.pass_context
def cli(ctx: click.Context, debug: bool, config: Path | None) -> None:
    """Watch the news and ring for the people who must know first."""
    ctx.obj = {"debug": debug, "config": config}


def main() -> None:
    """Run the command line: exit 0 done, 1 failed, 2 wrong usage; errors in one sentence.

    3 says that the stream stopped itself and is not to be started again before somebody has looked.
    """
    signal.signal(signal.SIGTERM, _stop)
    try:
        code = cli.main(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        click.echo("Stopped.", err=True)
        sys.exit(130)
    except (TocsinError, OSError) as error:
        if "--debug" in sys.argv:
            raise
        click.echo(f"Error: {describe(error)}", err=True)
        sys.exit(HALTED if isinstance(error, Halted) else 1)
    # A command that ends early gives its exit code; others give nothing.
    sys.exit(code)


@contextmanager
def _until_nobody_reads() -> Iterator[None]:
    """Do something; a reader who has had enough (`| head`) ends it, and that is no failure."""
    try:
        yield
    except BrokenPipeError:
        if _is_read():
            raise
        # What is still in the buffer has nowhere to go, and nobody to be told so.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise click.exceptions.Exit(0) from None


def _is_read() -> bool:
    """Tell whether standard output still has a reader: else another pipe broke, which is a failure."""
    output = select.poll()
    output.register(sys.stdout.fileno(), 0)
    return not output.poll(0)


def _stop(*_: object) -> None:
    """End on SIGTERM as on Ctrl-C: whatever is under way cleans up behind itself."""
    raise KeyboardInterrupt


_AROUND = 60
"""Characters of a long query that are shown on each side of a column."""


def describe(error: TocsinError | OSError) -> str:
    """Say an error in words: for a query with a caret under the column, and its number, then the hint."""
    if isinstance(error, OSError):
        place = f"{error.filename}: " if error.filename else ""
        return f"{place}{error.strerror or error}"
    lines = [str(error)]
    if isinstance(error, QueryError) and error.query:
        lines += _pointed_at(error.query, error.column)
    if error.hint:
        lines.append(f"  {error.hint}")
    return "\n".join(lines)


def _pointed_at(query: str, column: int) -> list[str]:
    """Show a query, or what of a long one stands around a column, and point at it.

    The number is for writing from right to left, under which no caret stands right.
    """
    from rich.cells import cell_len

    before, behind = query[: column - 1], query[column - 1 :]
    if len(query) > 2 * _AROUND:
        before = before if len(before) <= _AROUND else f"…{before[-_AROUND:]}"
        behind = behind if len(behind) <= _AROUND else f"{behind[:_AROUND]}…"
    return [f"  {before}{behind}", f"  {' ' * cell_len(before)}^ column {column}"]
