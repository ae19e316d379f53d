"""Replay: files through the whole graph into sorted files, bounded; sends nothing to anyone.

Two passes over an on-disk memory: the first remembers and links every article, the second enriches
them in order. So the output depends on the set of input records and the rule set alone, and memory
use stays flat.
"""

import shutil
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import apache_beam as beam
from apache_beam.options.pipeline_options import PipelineOptions

from pipelines import metrics
from pipelines.failures import finished, own_error
from pipelines.graph import Rules, enrich, remember
from pipelines.io.read_lines import ReadSeeds, Source
from pipelines.io.read_memory import ALWAYS, ReadMemory, Span
from pipelines.io.sorted_lines import RunWriter, write_atomically
from pipelines.io.write_jsonl import (
    WriteJsonl,
    article_version_lines,
    dead_letter_lines,
    instant_key,
    merge_file,
    merge_first,
    skipped_lines,
)
from pipelines.memory import MemoryAt
from pipelines.options import Runner, options_for
from schemas import Alert, DeadLetter, Line, Skipped, Story, TocsinError, decode, encode
from tocsin.lines import ExtractHtml

FILES = (
    "articles",
    "stories",
    "entities",
    "mentions",
    "near-misses",
    "alerts",
    "dead-letters",
)
"""The `.jsonl` files that a replay writes."""


@dataclass(frozen=True)
class Input:
    """What is read: files in order, those passed over already, the reader of each, and of the HTML in records."""

    files: Sequence[Source]
    skipped: Sequence[Skipped]
    read_file: Callable[[Any], Iterable[Line | DeadLetter | Skipped]]
    extract_html: ExtractHtml | None = None


@dataclass(frozen=True)
class Counts:
    """What came in and where it went. `came_in == accounted_for`, exactly.

    All count records (article versions), but `lines`, which counts the lines of each output file.
    """

    came_in: int
    out: int
    duplicates: int
    rejected: int
    dead_letters: int
    skipped: tuple[Skipped, ...] = ()
    lines: dict[str, int] = field(default_factory=dict)

    @property
    def accounted_for(self) -> int:
        """Records that left, by whichever door."""
        return self.out + self.duplicates + self.rejected + self.dead_letters


def replay(
    source: Input,
    rules: Rules,
    out: Path,
    *,
    span: Span = ALWAYS,
    options: PipelineOptions | None = None,
) -> Counts:
    """Run everything that `source` holds through the graph, into `FILES` under `out`.

    `out` must exist. What lies outside `span` serves only to find copies. Working files stand under
    `out` and are gone at the end.
    """
    options = options or options_for(Runner.DIRECT)
    work = out / ".work"
    work.mkdir()
    memory = MemoryAt(f"sqlite:///{work / 'memory.sqlite'}")
    try:
        totals = _first_pass(source, memory, work, options)
        totals |= _second_pass(rules, memory, work, span, options)
        lines = write_files(memory, work, out, span)
        skipped = [*source.skipped, *_read_skipped(work)]
    finally:
        memory.close()
        shutil.rmtree(work, ignore_errors=True)
    repeated = totals.get("dead_letters", 0) - lines["dead-letters"]
    return Counts(
        came_in=totals.get("records_in", 0),
        out=lines["articles"],
        duplicates=totals.get("duplicates", 0) + repeated,
        rejected=totals.get("rejected", 0),
        dead_letters=lines["dead-letters"],
        skipped=tuple(sorted(skipped, key=lambda each: each.name)),
        lines=lines,
    )


def _first_pass(
    source: Input, memory: MemoryAt, work: Path, options: PipelineOptions
) -> dict[str, int]:
    """Remember every article, link every copy, put the rejects aside."""
    pipeline = beam.Pipeline(options=options)
    found = pipeline | "ReadSeeds" >> ReadSeeds(tuple(source.files), source.read_file)
    remembered = remember(found.ok, memory, source.extract_html)
    rejects = {"unreadable": found.dead, "undecodable": remembered.dead}
    for name, dead in rejects.items():
        _ = dead | f"Write {name}" >> WriteJsonl(str(work), dead_letter_lines)
    _ = found.skipped | "Write skipped" >> WriteJsonl(str(work), skipped_lines)
    return _run(pipeline)


def _second_pass(
    rules: Rules, memory: MemoryAt, work: Path, span: Span, options: PipelineOptions
) -> dict[str, int]:
    """Enrich what is remembered, in order."""
    pipeline = beam.Pipeline(options=options)
    articles = pipeline | "ReadMemory" >> ReadMemory(memory, span)
    enriched = enrich(articles, rules, memory)
    _ = enriched.ok | "Write articles" >> WriteJsonl(str(work), article_version_lines)
    _ = enriched.dead | "Write failed" >> WriteJsonl(str(work), dead_letter_lines)
    return _run(pipeline)


def _run(pipeline: beam.Pipeline) -> dict[str, int]:
    """Run to the end; returns the counters. What stops a step is raised as what it was."""
    try:
        result = finished(pipeline)
    except (RuntimeError, TocsinError) as error:
        own = own_error(error)
        if own is error:
            raise
        raise own from error
    return metrics.read(result)


def write_files(memory: MemoryAt, work: Path, out: Path, span: Span) -> dict[str, int]:
    """Merge the sorted runs into the output files; returns the lines of each."""
    lines = {
        name: merge_file(work, name, out / f"{name}.jsonl")
        for name in ("articles", "entities", "mentions", "near-misses")
    }
    stories = (encode(story) + b"\n" for story in memory.open().stories() if _touches(story, span))
    lines["stories"] = write_atomically(out / "stories.jsonl", stories)
    lines["alerts"] = _write_alerts(work, out / "alerts.jsonl")
    lines["dead-letters"] = _write_dead_letters(work, out / "dead-letters.jsonl")
    return lines


def _touches(story: Story, span: Span) -> bool:
    """Tell whether any article of the story lies in the span."""
    return span.holds(story.first_seen) or any(span.holds(c.first_seen) for c in story.copies)


def _write_alerts(work: Path, target: Path) -> int:
    """Let the first candidate of each (subscription, story) stand, then sort by time."""
    standing = work / "standing-alerts.jsonl"
    merge_first(work, "alert-candidates", standing, parts=1)
    writer = RunWriter(work, "alerts", "0")
    with standing.open("rb") as found:
        for line in found:
            alert = decode(Alert, line)
            first, article, version = alert.order
            key = f"{instant_key(first)} {article} {version} {alert.subscription}"
            writer.add(key, line.rstrip(b"\n"))
    writer.flush()
    return merge_file(work, "alerts", target)


def _write_dead_letters(work: Path, target: Path) -> int:
    """Write each dead letter once, without where it lay and how often it was tried."""
    scratch = work / "dead-letters.jsonl"
    merge_first(work, "dead-letters", scratch, parts=3)
    with scratch.open("rb") as found:
        letters = (replace(decode(DeadLetter, line), origin="", attempts=0) for line in found)
        return write_atomically(target, (encode(letter) + b"\n" for letter in letters))


def _read_skipped(work: Path) -> list[Skipped]:
    scratch = work / "skipped.jsonl"
    merge_file(work, "skipped", scratch)
    with scratch.open("rb") as found:
        return [decode(Skipped, line) for line in found]
