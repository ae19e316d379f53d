"""What a replay reads: files and folders, or topics of Kafka. Which of both, the arguments say."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from console.paths import existing
from schemas import DeadLetter, Line, Skipped

if TYPE_CHECKING:
    from connectors.log import Stretch

IN_TOPIC = "kafka:"
"""What a part of a topic begins with."""

PIECE = 10_000
"""Messages after which the progress bar moves."""

_PART = re.compile(r"kafka:([A-Za-z0-9._-]+)(?:/(\d+)(?:@(\d+)(?:-(\d+))?)?)?", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What is read, and by whom; how much that is, of what: KB of files or messages of topics."""

    files: Sequence[Any]
    skipped: tuple[Skipped, ...]
    read_file: Callable[[Any], Iterable[Line | DeadLetter | Skipped]]
    size: int
    unit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicPart:
    """A topic by its full name; of it one partition, of that the offsets from `start` to before `end`."""

    topic: str
    partition: int | None = None
    start: int | None = None
    end: int | None = None


def topic_part(text: str) -> TopicPart:
    """Read `kafka:TOPIC[/PARTITION[@FROM[-TO]]]`. Raises `BadParameter`."""
    found = _PART.fullmatch(text)
    if found is None:
        raise click.BadParameter(
            f"{text} is no part of a topic: write kafka:TOPIC, kafka:TOPIC/PARTITION or"
            " kafka:TOPIC/PARTITION@FROM-TO",
            param_hint="PATH",
        )
    partition, start, end = (int(each) if each else None for each in found.groups()[1:])
    if start is not None and end is not None and start >= end:
        raise click.BadParameter(
            f"{text} holds nothing: offsets are read from {start} to before {end}",
            param_hint="PATH",
        )
    return TopicPart(topic=found[1], partition=partition, start=start, end=end)


def source_of(paths: Sequence[str], results: Path | None, start: datetime | None) -> Source:
    """Find what is to be read, before anything is written beside it.

    Of topics that is what may hold articles first seen at `start`, or earlier ones that those may
    copy. Raises `NoSuchPath`, `BadParameter`, `InvalidSetting`, `Unavailable`.
    """
    in_topics = [path.startswith(IN_TOPIC) for path in paths]
    if all(in_topics):
        return _of_topics([topic_part(path) for path in paths], start)
    if any(in_topics):
        raise click.UsageError("name files or topics, not both in one replay")
    return _of_files([existing(path) for path in paths], results)


def _of_files(paths: Sequence[Path], results: Path | None) -> Source:
    from connectors.seeds.folder import list_files, read_file

    listing = list_files(paths, results=results)
    return Source(
        files=listing.files,
        skipped=listing.skipped,
        read_file=read_file,
        size=sum(file.size for file in listing.files),
        unit="KB",
    )


def _of_topics(parts: Sequence[TopicPart], start: datetime | None) -> Source:
    """Ask Kafka what there is.

    A message is produced after its article was first seen, so its time says from where to read; up to
    where is not known from it, so the rest is read, and left out by its articles' own times.
    """
    from connectors.log import read_lines, stretches
    from console.sources import in_force
    from tocsin.stories import TIME_TO_LIVE

    kafka = in_force().kafka
    since = None if start is None else start - TIME_TO_LIVE
    found = [
        piece
        for part in parts
        for stretch in stretches(
            kafka,
            part.topic,
            partition=part.partition,
            start=part.start,
            end=part.end,
            since=since,
        )
        for piece in _pieces(stretch)
    ]
    return Source(
        files=found,
        skipped=(),
        read_file=partial(read_lines, kafka),
        size=sum(piece.size for piece in found),
        unit="messages",
    )


def _pieces(stretch: "Stretch") -> "Iterator[Stretch]":
    """Cut a stretch, so that progress can be told on the way."""
    for start in range(stretch.start, stretch.end, PIECE):
        yield replace(stretch, start=start, end=min(start + PIECE, stretch.end))
