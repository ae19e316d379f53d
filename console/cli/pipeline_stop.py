"""`tocsin pipeline stop`: jobs on a Flink cluster, ended with a savepoint to go on from."""

import click

from console.cli.cluster_options import flink_master, part_or_all, parts_of

EXAMPLE = """\b
Examples:
  tocsin pipeline stop --savepoint s3://savepoints/
  tocsin pipeline stop --part entities --no-savepoint
"""


@click.command("stop", epilog=EXAMPLE)
@part_or_all
@click.option("--savepoint", "folder", metavar="URL", help="Folder that the whole cluster reaches.")
@click.option("--no-savepoint", is_flag=True, help="Cancel: begin again at the committed offsets.")
@click.option("--wait", default=600.0, show_default=True, help="Seconds that it may take.")
@flink_master
def command(
    part: str, folder: str | None, no_savepoint: bool, wait: float, flink_master: str
) -> None:
    """Stop jobs on a Flink cluster, and print the savepoint of each; exit 1 when none runs."""
    from pipelines.job_manager import JobManager
    from pipelines.job_status import job_name

    if no_savepoint == bool(folder):
        raise click.UsageError("Say --savepoint URL, or --no-savepoint.")
    manager = JobManager(flink_master)
    jobs = [manager.running(job_name(each)) for each in parts_of(part)]
    for job in filter(None, jobs):
        if folder:
            click.echo(f"{job.name} {manager.stop(job, folder, wait=wait)}")
        else:
            manager.cancel(job, wait=wait)
            click.echo(f"{job.name} cancelled")
    if not any(jobs):
        click.echo(f"No job of ours runs at {manager.url}.", err=True)
        raise SystemExit(1)
