"""Write JSON lines: each worker appends sorted runs, the end of the replay merges them into files."""

import os
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import apache_beam as beam

from pipelines.io.sorted_lines import RunWriter, merge, write_atomically
from schemas import Alert, Article, ArticleVersion, DeadLetter, Skipped, encode

Keyed = tuple[str, str, bytes]
"""(file, sort key, line)."""


@dataclass(eq=False)
class WriteJsonl(beam.PTransform):
    """Write every element's lines, as `lines_of` gives them, to runs under `folder`."""

    folder: str
    lines_of: Callable[[Any], Iterable[Keyed]]

    def expand(self, pcoll: beam.PCollection[Any]) -> beam.PCollection[Any]:
        """Consume everything; nothing comes out."""
        return pcoll | "Append lines" >> beam.ParDo(AppendFn(self.folder, self.lines_of))


class AppendFn(beam.DoFn):
    """Appends keyed lines to this worker's runs."""

    def __init__(self, folder: str, lines_of: Callable[[Any], Iterable[Keyed]]) -> None:
        self._folder = Path(folder)
        self._lines_of = lines_of
        self._writers: dict[str, RunWriter] = {}

    def process(self, element: Any) -> None:
        """Append the element's lines."""
        for name, key, line in self._lines_of(element):
            writer = self._writers.get(name)
            if writer is None:
                # Names run files only; nothing of it reaches a record.
                owner = f"{os.getpid()}-{threading.get_ident()}-{id(self)}"
                writer = self._writers[name] = RunWriter(self._folder, name, owner)
            writer.add(key, line)

    def finish_bundle(self) -> None:
        """Leave nothing in memory when the bundle is done."""
        for writer in self._writers.values():
            writer.flush()


def instant_key(instant: datetime) -> str:
    """Write an instant so that text order is time order."""
    return instant.strftime("%Y%m%d%H%M%S%f")


def article_key(article: Article) -> str:
    """Order of every file: (first seen, id, version)."""
    return f"{instant_key(article.first_seen)} {article.id} {article.version}"


def article_version_lines(article_version: ArticleVersion) -> Iterator[Keyed]:
    """Give the lines of one article version: the article, what it names or nearly names, whom it rings."""
    key = article_key(article_version.article)
    yield "articles", key, encode(article_version.article)
    parts = (
        ("entities", article_version.entities),
        ("mentions", article_version.mentions),
        ("near-misses", article_version.near_misses),
    )
    for name, records in parts:
        for number, record in enumerate(records):
            yield name, f"{key} {number:06d}", encode(record)
    for alert in article_version.alerts:
        yield "alert-candidates", _standing_key(alert), encode(alert)


def _standing_key(alert: Alert) -> str:
    """Key a candidate alert so that the one that stands for its story comes first."""
    first, article, version = alert.order
    return f"{alert.id} {int(alert.backfill)} {instant_key(first)} {article} {version}"


def dead_letter_lines(letter: DeadLetter) -> Iterator[Keyed]:
    """Give a dead letter, keyed by its content: where it lay and how often is left out."""
    yield "dead-letters", f"{letter.stage} {letter.code} {letter.id}", encode(letter)


def skipped_lines(skipped: Skipped) -> Iterator[Keyed]:
    """Give a file that was passed over, keyed by its name."""
    yield "skipped", encode(skipped.name).decode(), encode(skipped)


def merge_file(runs: Path, name: str, target: Path) -> int:
    """Merge all runs of `name` into one sorted file; returns its number of lines."""
    return write_atomically(target, (line for _, line in merge(runs, name)))


def merge_first(runs: Path, name: str, target: Path, *, parts: int) -> int:
    """As `merge_file`, but of lines whose keys agree in the first `parts` words keep the first."""
    return write_atomically(target, (line for _, line in first_of_each(merge(runs, name), parts)))


def first_of_each(
    keyed: Iterable[tuple[bytes, bytes]], parts: int
) -> Iterator[tuple[bytes, bytes]]:
    """Drop lines whose key begins with the same `parts` words as the line before."""
    last: list[bytes] = []
    for key, line in keyed:
        words = key.split(b" ")[:parts]
        if words != last:
            last = words
            yield key, line
