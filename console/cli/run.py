"""`tocsin run`: everything that runs continuously on one machine, started and kept running."""

import os
import sys
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from console.paths import EXISTING_FOLDER

if TYPE_CHECKING:
    from console.children import Child
    from console.gathering import Gathering
    from console.settings import Settings

SHOWN = 300
"""Characters of the last line of a role that are kept, for who asks why it ended."""

EXAMPLE = """\b
Examples:
  tocsin run
  tocsin run --seeds my-folder/ --no-feeds
  TOCSIN_STORE_URL=postgresql://tocsin@127.0.0.1/tocsin tocsin run
"""


@click.command(epilog=EXAMPLE)
@click.option("--seeds", type=EXISTING_FOLDER, help="Also follow this folder, as `connect seeds`.")
@click.option("--no-feeds", is_flag=True, help="Poll no feeds.")
@click.option(
    "--no-entities",
    is_flag=True,
    help="Leave the entity models out; the gazetteer stays. Much less work.",
)
@click.option("--prism-location", default="", help="Prism's binary, unless it is found.")
@click.option("--state", type=click.Path(path_type=Path, file_okay=False), hidden=True)
@click.pass_context
def command(
    ctx: click.Context,
    seeds: Path | None,
    no_feeds: bool,
    no_entities: bool,
    prism_location: str,
    state: Path | None,
) -> None:
    """Run everything that is continuous on this machine, until Ctrl-C.

    Feeds and folders are read into Kafka, articles go through the pipeline, alerts are delivered;
    each by a process of its own, which is started again when it ends. All goes on where it was, after
    whatever end. The settings are in [pipeline], [rules] and [run]; the metrics of all processes are
    served at [metrics] listen.
    """
    from console.exporter import serve_metrics
    from console.gathering import Gathering
    from console.logs import structured
    from console.readiness import prepare_prism, prepare_store, prepare_topics
    from console.run_folder import folder_for, held, metrics_of
    from console.sources import in_force

    structured()
    settings = _settled(in_force(), seeds, feeds=not no_feeds, entities=not no_entities)
    folder = state or folder_for(settings.store.url)
    with held(folder), metrics_of(folder) as metrics:
        gathering = Gathering(metrics)
        serve_metrics(settings.metrics.listen, gathering.registry())
        prism = prepare_prism(prism_location or settings.pipeline.prism_location)
        prepare_store(settings.store.url)
        prepare_topics(settings.kafka)
        pipeline = replace(settings.pipeline, prism_location=prism)
        settings = replace(settings, pipeline=pipeline)
        _run(settings, ctx.find_root().obj.get("config"), folder, gathering)


def _settled(
    settings: "Settings", seeds: Path | None, *, feeds: bool, entities: bool
) -> "Settings":
    """Let options go before settings."""
    run = replace(
        settings.run,
        seeds=str(seeds) if seeds else settings.run.seeds,
        feeds=settings.run.feeds and feeds,
    )
    pipeline = replace(settings.pipeline, entities=settings.pipeline.entities and entities)
    return replace(settings, run=run, pipeline=pipeline)


def _run(settings: "Settings", config: Path | None, folder: Path, gathering: "Gathering") -> None:
    """Keep the roles running until told to stop."""
    from console.roles import environment_for, roles
    from console.supervisor import Supervisor

    wanted = roles(settings, config)
    said: dict[str, str] = {}
    supervisor = Supervisor(
        wanted,
        environment_for(settings, os.environ, metrics=gathering.folder),
        write=_writer(said),
        most_memory=settings.run.memory_budget << 20,
        changed=_noting(folder, said),
        ended=lambda _: gathering.fold(),
    )
    _announce([each.name for each in wanted], settings.metrics.listen)
    supervisor.run()


def _announce(names: Sequence[str], listen: str) -> None:
    """Tell whoever sits before the terminal what runs now."""
    if sys.stderr.isatty():
        metrics = f"; metrics are at http://{listen}/metrics" if listen else ""
        click.echo(f"Running {', '.join(names)}{metrics}. Ctrl-C ends all.", err=True)


def _writer(said: dict[str, str]) -> Callable[[str, str], None]:
    """Give what writes the lines of roles on standard error, whole lines at a time; `said` has the last of each."""
    from console.role_lines import told

    on_terminal = sys.stderr.isatty()

    def write(role: str, line: str) -> None:
        if not line.startswith(" "):  # a hint or a place, which says nothing by itself
            said[role] = line[:SHOWN]
        sys.stderr.write(told(role, line, on_terminal=on_terminal) + "\n")
        sys.stderr.flush()

    return write


def _noting(folder: Path, said: Mapping[str, str]) -> "Callable[[Sequence[Child]], None]":
    """Give what notes which process has which role, for metrics and for whoever looks."""
    from console.machine import resident
    from console.metrics import ROLE_MEMORY, ROLE_RESTARTS, ROLE_UP
    from console.restarts import Reason
    from console.run_folder import Ends, note_roles

    counted: Counter[tuple[str, Reason]] = Counter()

    def note(children: "Sequence[Child]") -> None:
        for each in children:
            name, pid = each.role.name, each.pid
            ROLE_UP.labels(name).set(bool(pid))
            ROLE_MEMORY.labels(name).set_function(partial(resident, pid))
            for reason in Reason:
                more = each.restarts[reason] - counted[name, reason]
                ROLE_RESTARTS.labels(name, reason).inc(more)
                counted[name, reason] += more
        halted = [each.role.name for each in children if each.halted]
        ends = [
            Ends(
                role=each.role.name,
                count=each.failures,
                started=each.started if each.pid else 0.0,
                said=said.get(each.role.name, ""),
                reason=each.reason,
            )
            for each in children
        ]
        note_roles(folder, {each.role.name: each.pid for each in children}, halted, ends)

    return note
