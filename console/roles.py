"""The roles of `tocsin run`: which there are by the settings, and what they are told."""

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from console.children import Role
from console.settings import Settings

ARENAS = "2"
"""Heaps that the C library opens in a process at most (`MALLOC_ARENA_MAX`). It would open eight a core, each
with gaps of its own: over ten minutes the part with the entities grew 2.5 times as fast, for no more speed."""


def roles(settings: Settings, config: Path | None = None) -> list[Role]:
    """Name the roles, in the order in which they are started: first what the others wait for."""
    given = ("--config", str(config)) if config else ()
    program = (sys.executable, "-m", "console", *given)
    return [Role(name=name, command=(*program, *words)) for name, words in _commands(settings)]


def _commands(settings: Settings) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield the name of each role, and the words of its command."""
    yield "rules", ("rules", "follow")
    yield from _part("alerts", settings.pipeline.alert_workers)
    yield "deliver", ("deliver",)
    # Without models there is still the gazetteer, which finds places.
    yield from _part("entities", settings.pipeline.workers)
    if settings.web.tokens:
        yield "web", ("web",)
    if settings.run.seeds:
        yield "connect-seeds", ("connect", "seeds", settings.run.seeds, "--follow")
    if settings.run.feeds:
        yield "connect-rss", ("connect", "rss")


def _part(part: str, workers: int) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield the workers of a part of the stream; each has a share of the log's partitions."""
    command = ("pipeline", "run", "--part", part)
    if workers == 1:
        yield part, command
        return
    for each in range(1, workers + 1):
        yield f"{part}-{each}", (*command, "--share", f"{each}/{workers}")


def environment_for(
    settings: Settings, environment: Mapping[str, str], *, metrics: Path
) -> dict[str, str]:
    """Give what the roles find in their environment: ours, and what was settled for all of them.

    Options of `tocsin run` are handed on as variables; each of them writes its metrics into `metrics`
    and serves none itself.
    """
    settled = {
        "TOCSIN_METRICS_LISTEN": "",
        "TOCSIN_PIPELINE_ENTITIES": str(settings.pipeline.entities).lower(),
        "TOCSIN_PIPELINE_PRISM_LOCATION": settings.pipeline.prism_location,
    }
    overruled = {f"{name}_FILE" for name in settled} | {"TOCSIN_PRISM_LOCATION"}
    kept = {name: value for name, value in environment.items() if name not in overruled}
    return (
        {"MALLOC_ARENA_MAX": ARENAS}
        | kept
        | settled
        # Lines come when they are said, not when a buffer is full.
        | {"PYTHONUNBUFFERED": "1", "PROMETHEUS_MULTIPROC_DIR": str(metrics)}
    )
