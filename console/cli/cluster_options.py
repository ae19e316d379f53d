"""Options that the commands about a Flink cluster share, and what they say of parts."""

from collections.abc import Callable
from typing import Any

import click

PARTS = ("alerts", "entities")
"""The jobs: what needs no entities never waits for what does."""

Command = Callable[..., Any]


def flink_master(command: Command) -> Command:
    """Take the address of the JobManager."""
    return click.option(
        "--flink-master",
        envvar="TOCSIN_FLINK_MASTER",
        default="localhost:8081",
        show_default=True,
        metavar="HOST:PORT",
        help="Flink's JobManager; https://HOST where it stands behind TLS.",
    )(command)


def part_or_all(command: Command) -> Command:
    """Take a part, or both."""
    return click.option(
        "--part",
        type=click.Choice([*PARTS, "all"]),
        default="all",
        show_default=True,
        help="Which job.",
    )(command)


def parts_of(part: str) -> tuple[str, ...]:
    """Name the parts that are meant."""
    return PARTS if part == "all" else (part,)


def job_options(command: Command) -> Command:
    """Take everything that says how a job is to run on the cluster."""
    for option in reversed(_JOB_OPTIONS):
        command = option(command)
    return flink_master(command)


_JOB_OPTIONS = (
    click.option(
        "--job-server-jar",
        envvar="TOCSIN_FLINK_JOB_SERVER_JAR",
        default="",
        metavar="FILE",
        help="Beam's job server for Flink 2.2, which travels with the job.",
    ),
    click.option(
        "--parallelism",
        type=click.IntRange(min=1),
        default=1,
        show_default=True,
        help="Slots that the job takes; more than the topic has partitions are no use.",
    ),
    click.option(
        "--max-parallelism",
        type=click.IntRange(min=1),
        default=128,
        show_default=True,
        help="Never to be changed: savepoints are bound to it.",
    ),
    click.option(
        "--environment",
        type=click.Choice(["process", "external"]),
        default="process",
        show_default=True,
        help="Python workers: processes of the TaskManagers, or a worker pool beside each.",
    ),
    click.option(
        "--workers",
        default="",
        metavar="PATH|HOST:PORT",
        help="The path of tocsin-worker, or the pool; tocsin-worker or localhost:50000 unless said.",
    ),
    click.option(
        "--processes",
        type=click.IntRange(min=1),
        default=1,
        show_default=True,
        help="Worker processes of each TaskManager.",
    ),
)
