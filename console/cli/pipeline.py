"""`tocsin pipeline`: the stream, run here or handed to a Flink cluster."""

import importlib

import click

COMMANDS = ("run", "submit", "status", "stop", "restore", "workers")
"""In the order of `tocsin pipeline --help`; each is imported when it is asked for."""


class PipelineGroup(click.Group):
    """Commands of modules of their own."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Name the commands in their documented order."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import `console.cli.pipeline_<name>` and take its `command`."""
        if cmd_name not in COMMANDS:
            return None
        found: click.Command = importlib.import_module(f"console.cli.pipeline_{cmd_name}").command
        return found


@click.group(cls=PipelineGroup)
def command() -> None:
    """Run the pipeline on this machine, or hand it to a Flink cluster and look after it there."""
