"""`tocsin pipeline status`: how the stream's jobs do on a Flink cluster."""

import json
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from console.cli.cluster_options import PARTS, flink_master

if TYPE_CHECKING:
    from pipelines.job_status import JobStatus


@click.command("status", epilog="\b\nExample:\n  tocsin pipeline status --flink-master flink:8081")
@flink_master
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
def command(flink_master: str, as_json: bool) -> None:
    """Show the jobs on a Flink cluster; exit 1 unless every one runs."""
    from pipelines.job_manager import JobManager
    from pipelines.job_status import status

    manager = JobManager(flink_master)
    overview = manager.overview()
    found = [status(manager, part) for part in PARTS]
    if as_json:
        told = {"cluster": asdict(overview), "jobs": [asdict(each) for each in found]}
        click.echo(json.dumps(told, ensure_ascii=False, indent=2, default=str))
    else:
        click.echo(
            f"{manager.url}: Flink {overview.version}, task managers: {overview.task_managers},"
            f" free slots: {overview.free_slots} of {overview.slots}"
        )
        now = datetime.now(UTC)
        for each in found:
            click.echo("\n".join(in_words(each, now)))
    if not all(each.is_running for each in found):
        raise SystemExit(1)


def in_words(status: "JobStatus", now: datetime) -> list[str]:
    """Say how a job does: a line, and another one with why it last failed."""
    if status.job is None:
        return [f"{status.name:16} is not there"]
    kept = "no checkpoint yet"
    if status.checkpoints and status.checkpoints.last:
        age = (now - status.checkpoints.last).total_seconds()
        kept = f"last checkpoint {max(age, 0):.0f} s ago"
        if status.checkpoints.failed:
            kept += f", {status.checkpoints.failed} failed"
    since = f"{status.job.started:%Y-%m-%d %H:%M:%S}Z"
    lines = [f"{status.name:16} {status.job.state} since {since}, {kept}, {status.job.id}"]
    return [*lines, f"{'':16} {status.failure}"] if status.failure else lines
