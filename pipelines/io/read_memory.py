"""Read memory: everything that a first pass remembered, in order of (first seen, id, version)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import apache_beam as beam

from pipelines.memory import MemoryAt
from pipelines.metrics import counter
from pipelines.progress import Step, report
from schemas import ArticleVersion


@dataclass(frozen=True)
class Span:
    """A span of first-seen time, half open; None is without end."""

    start: datetime | None = None
    end: datetime | None = None

    def holds(self, instant: datetime) -> bool:
        """Tell whether the instant lies inside."""
        return (self.start is None or instant >= self.start) and (
            self.end is None or instant < self.end
        )


ALWAYS = Span()
"""The span without ends."""


@dataclass(eq=False)
class ReadMemory(beam.PTransform):
    """Yield what memory holds; what lies outside `span` only served to find copies, and is counted."""

    memory: MemoryAt
    span: Span

    def expand(self, pbegin: beam.pvalue.PBegin) -> beam.PCollection[ArticleVersion]:
        """Start from memory."""
        return (
            pbegin
            | "Start" >> beam.Impulse()
            | "Read articles"
            >> beam.ParDo(ReadMemoryFn(self.memory, self.span)).with_output_types(ArticleVersion)
        )


class ReadMemoryFn(beam.DoFn):
    """Walks memory from its first article to its last."""

    def __init__(self, memory: MemoryAt, span: Span) -> None:
        self._memory = memory
        self._span = span

    def setup(self) -> None:
        """Take hold of the counters."""
        self._out, self._rejected = counter("articles_out"), counter("rejected")

    def process(self, _: bytes) -> Iterator[ArticleVersion]:
        """Emit the article versions of the span."""
        memory = self._memory.open()
        report(Step.ENRICH, 0, memory.counts()["versions"])
        for article in memory.articles():
            report(Step.ENRICH, 1)
            if self._span.holds(article.first_seen):
                self._out.inc()
                yield ArticleVersion(article=article)
            else:
                self._rejected.inc()
