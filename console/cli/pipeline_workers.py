"""`tocsin pipeline workers`: Python workers beside a TaskManager of Flink, and their metrics."""

import os
import tempfile
from pathlib import Path

import click

EXAMPLE = """\b
Example:
  tocsin pipeline workers --port 50000
"""

FOLD_SECONDS = 15.0
"""How often the counts of workers that have ended are taken over."""


@click.command("workers", epilog=EXAMPLE)
@click.option("--port", default=50_000, show_default=True, help="Where TaskManagers ask for them.")
def command(port: int) -> None:
    """Start workers for a TaskManager of Flink beside it, until it is stopped.

    It is what submit --environment external needs, one beside every TaskManager. What the workers
    count is served at [metrics] listen. The port asks nobody who they are: close it to all others.
    """
    from console.endings import until_told
    from console.exporter import serve_metrics
    from console.gathering import VARIABLE, Gathering
    from console.logs import quiet_beam, structured
    from console.run_folder import metrics_of
    from console.sources import in_force

    settings = in_force()
    quiet_beam()
    structured()
    from pipelines.worker_pool import worker_pool

    folder = Path(tempfile.gettempdir(), f"tocsin-workers-{port}")
    with until_told() as stop, metrics_of(folder) as counted:
        # For the workers; this process counts nothing.
        os.environ[VARIABLE] = str(counted)
        gathering = Gathering(counted)
        serve_metrics(settings.metrics.listen, gathering.registry())
        with worker_pool(port) as listening:
            click.echo(f"Workers can be asked for at port {listening}.", err=True)
            while not stop.wait(FOLD_SECONDS):
                gathering.fold()
