"""`tocsin pipeline submit`: the stream's jobs, handed to a Flink cluster."""

import shlex
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from console.cli.cluster_options import job_options, part_or_all, parts_of

if TYPE_CHECKING:
    from pipelines.cluster import Cluster
    from pipelines.io.log import Share

EXAMPLE = """\b
Examples:
  tocsin pipeline submit --job-server-jar FILE
  tocsin pipeline submit --part alerts --parallelism 4 --flink-master flink:8081
  tocsin pipeline submit --environment external --workers localhost:50000 --dry-run
"""


@click.command("submit", epilog=EXAMPLE)
@part_or_all
@job_options
@click.option("--if-absent", is_flag=True, help="Leave a job that is there already as it is.")
@click.option("--dry-run", is_flag=True, help="Print Beam's options; send nothing.")
def command(part: str, if_absent: bool, dry_run: bool, **given: Any) -> None:
    """Send the jobs tocsin-alerts and tocsin-entities to a Flink cluster, without any state.

    They begin at the offsets that their groups have committed. What is remembered and what has rung
    stands in the store: no alert is lost or rings twice. To go on from a savepoint, see restore.
    """
    cluster = cluster_of(**given)
    for each in parts_of(part):
        if dry_run:
            tell_options(cluster, each)
        elif not (if_absent and is_there(cluster, each)):
            send(cluster, each)


def cluster_of(
    *,
    flink_master: str,
    job_server_jar: str,
    parallelism: int,
    max_parallelism: int,
    environment: str,
    workers: str,
    processes: int,
) -> "Cluster":
    """Make of the options where and how a job is to run."""
    from console.logs import quiet_beam

    quiet_beam()
    from pipelines.cluster import Cluster, Environment

    kind = Environment(environment)
    usual = "tocsin-worker" if kind is Environment.PROCESS else "localhost:50000"
    return Cluster(
        master=flink_master,
        jar=job_server_jar,
        parallelism=parallelism,
        max_parallelism=max_parallelism,
        environment=kind,
        workers=workers or usual,
        processes=processes,
    )


def is_there(cluster: "Cluster", part: str) -> bool:
    """Tell whether the cluster has a part's job already, and say so."""
    from pipelines.job_manager import JobManager
    from pipelines.job_status import job_name

    found = JobManager(cluster.master).running(job_name(part))
    if found:
        click.echo(f"{found.name} {found.id} is there already, {found.state}.", err=True)
    return found is not None


def tell_options(cluster: "Cluster", part: str) -> None:
    """Print the options that a job would be sent with, as one types them."""
    from pipelines.cluster import flags_for

    click.echo(shlex.join(flags_for(cluster, part)))


def shares_for(slots: int) -> "tuple[Share, ...]":
    """Cut the log into a share for each slot."""
    from pipelines.io.log import Share

    return tuple(Share(number, slots) for number in range(1, slots + 1))


def send(cluster: "Cluster", part: str, savepoint: str = "", *, allow_lost: bool = False) -> None:
    """Send a part's job, built by the settings in force here, and say what the cluster calls it."""
    from console.cli.pipeline_run import job_of
    from console.scratch import scratch
    from console.sources import in_force
    from pipelines.cluster import check, submit
    from pipelines.io.read_kafka import LONG
    from pipelines.job_status import job_name
    from pipelines.monitor import build
    from pipelines.uber_jar import Restore

    check(cluster, part)
    settings = in_force()
    job = job_of(settings, part, "1/1", entities=settings.pipeline.entities, to_end=False)
    job = replace(job, shares=shares_for(cluster.parallelism), pace=LONG)
    restore = Restore(path=savepoint, allow_lost=allow_lost)
    with scratch():
        started = submit(lambda pipeline: build(pipeline, job), cluster, part, restore)
    click.echo(f"{job_name(part)} {started}")
