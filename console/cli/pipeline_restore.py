"""`tocsin pipeline restore`: a job that goes on from a savepoint."""

from typing import Any

import click

from console.cli.cluster_options import PARTS, job_options
from console.cli.pipeline_submit import cluster_of, send

EXAMPLE = """\b
Example:
  tocsin pipeline restore s3://savepoints/savepoint-598b86-b0bb2160226b --part alerts --parallelism 8
"""


@click.command("restore", epilog=EXAMPLE)
@click.argument("savepoint")
@click.option("--part", type=click.Choice(PARTS), required=True, help="Whose savepoint it is.")
@click.option("--allow-lost-state", is_flag=True, help="Drop the state of steps that are no more.")
@job_options
def command(savepoint: str, part: str, allow_lost_state: bool, **given: Any) -> None:
    """Send a job to a Flink cluster and let it go on from SAVEPOINT, which stop has written.

    With another --parallelism this is how a job is rescaled; with another release of Tocsin, how it
    is upgraded. A retained checkpoint serves as well as a savepoint.
    """
    send(cluster_of(**given), part, savepoint, allow_lost=allow_lost_state)
