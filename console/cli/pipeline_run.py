"""`tocsin pipeline run`: one part of the stream on this machine, on Prism."""

import sys
from datetime import timedelta
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from console.settings import Settings
    from pipelines.io.log import Share
    from pipelines.monitor import Job

EXAMPLE = """\b
Examples:
  tocsin pipeline run
  tocsin pipeline run --part entities --share 1/2
  tocsin pipeline run --no-entities --to-end
"""

PARTS = ("alerts", "entities", "all")


@click.command("run", epilog=EXAMPLE)
@click.option(
    "--part",
    type=click.Choice(PARTS),
    default="all",
    show_default=True,
    help="alerts: what needs no entities; entities: the rest. Each reads the log by itself.",
)
@click.option(
    "--share", default="1/1", metavar="K/N", help="Read only the Kth of N shares of the log."
)
@click.option(
    "--no-entities", is_flag=True, help="Leave the entity models out; the gazetteer stays."
)
@click.option("--to-end", is_flag=True, help="Stop where the log ends now.")
@click.option(
    "--prism-location",
    envvar="TOCSIN_PRISM_LOCATION",
    default="",
    help="Prism's binary, unless it is found.",
)
@click.option("--trap", default="", hidden=True, metavar="[hang:]TEXT")
def command(
    part: str, share: str, no_entities: bool, to_end: bool, prism_location: str, trap: str
) -> None:
    """Run the stream: articles out of Kafka, alerts into the store, until it is stopped.

    It goes on from where it was. `tocsin run` starts one process a part, and whatever else is needed.
    """
    from console.exporter import serve_metrics
    from console.logs import quiet_beam, structured
    from console.scratch import scratch
    from console.sources import in_force

    settings = in_force()
    quiet_beam()
    structured()
    serve_metrics(settings.metrics.listen)
    from pipelines.monitor import leave, run
    from pipelines.options import streaming_options

    entities = settings.pipeline.entities and not no_entities
    job = job_of(settings, part, share, entities=entities, to_end=to_end, trap=trap)
    location = prism_location or settings.pipeline.prism_location
    if sys.stderr.isatty():
        click.echo(f"Reading {job.log.topic} as {job.log.group}. Ctrl-C ends it.", err=True)
    try:
        with scratch():
            run(job, streaming_options(location, job.log.group))
    except KeyboardInterrupt:
        click.echo("Stopped.", err=True)
        leave()


def job_of(
    settings: "Settings", part: str, share: str, *, entities: bool, to_end: bool, trap: str = ""
) -> "Job":
    """Make of settings and options what the stream is told. Secrets are not among it, but their names."""
    from connectors.kafka import Publishing
    from connectors.seeds.pages import extract_page
    from console.job_settings import without_secrets
    from pipelines.graph import Rules
    from pipelines.io.log import KafkaLog
    from pipelines.io.write_results import Sinks
    from pipelines.memory import MemoryAt
    from pipelines.monitor import Job
    from pipelines.rules import LiveRules
    from pipelines.secrets import looked_up
    from schemas.topics import topic
    from tocsin.memory import WHOLE, Part

    parts = {"alerts": Part.ALERTS, "entities": Part.ENTITIES, "all": WHOLE}
    settings = without_secrets(settings)
    given, kafka = settings.pipeline, settings.kafka
    return Job(
        log=KafkaLog.of(
            kafka.client(),
            topic=topic("articles").full_name(kafka.prefix),
            group=f"{kafka.prefix}-{part}",
        ),
        rules=Rules(LiveRules(settings.store.url), entities),
        sinks=Sinks(
            publishing=Publishing(kafka, looked_up),
            memory=MemoryAt(settings.store.url, timedelta(seconds=given.memory_ttl)),
            part=parts[part],
            channels=("kafka",),
            rules=LiveRules(settings.store.url),
            keep=timedelta(seconds=given.keep),
            link=settings.delivery.link,
        ),
        shares=(share_of(share),),
        extract_html=extract_page,
        to_end=to_end,
        trap=trap,
    )


def share_of(text: str) -> "Share":
    """Read `K/N`."""
    from pipelines.io.log import Share

    number, _, of = text.partition("/")
    if not (number.isdecimal() and of.isdecimal() and 1 <= int(number) <= int(of)):
        raise click.BadParameter(f"{text!r} is no share such as 1/2", param_hint="--share")
    return Share(int(number), int(of))
