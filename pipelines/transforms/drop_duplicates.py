"""Drop duplicates and number versions: what memory has seen already goes no further."""

from collections.abc import Sequence
from dataclasses import dataclass

import apache_beam as beam

from pipelines.memory import MemoryAt
from pipelines.metrics import counter
from pipelines.transforms.batches import BatchDoFn
from schemas import Article
from tocsin.memory import Seen


@dataclass(eq=False)
class DropDuplicates(beam.PTransform):
    """Remember every article version and link it to its copies; hand on those that are new.

    Remembering is committed before copies are looked up: of two copies in flight at least one sees
    the other.
    """

    memory: MemoryAt

    def expand(self, pcoll: beam.PCollection[Article]) -> beam.PCollection[Article]:
        """Let new articles and new versions through, once."""
        return pcoll | "Remember articles" >> beam.ParDo(RememberFn(self.memory)).with_output_types(
            Article
        )


class RememberFn(BatchDoFn):
    """Carries batches of articles to memory."""

    def __init__(self, memory: MemoryAt) -> None:
        self._memory = memory

    def setup(self) -> None:
        """Take hold of the counters."""
        self._counters = {
            Seen.NEW: counter("articles_new"),
            Seen.EDIT: counter("articles_edited"),
            Seen.DUPLICATE: counter("duplicates"),
        }

    def work(self, elements: Sequence[Article]) -> list[list[Article]]:
        """Remember a batch, then link it."""
        memory = self._memory.open()
        outcomes = memory.remember(elements)
        memory.link({article.id for article in elements})
        for seen in outcomes:
            self._counters[seen].inc()
        return [
            [] if seen is Seen.DUPLICATE else [article]
            for article, seen in zip(elements, outcomes, strict=True)
        ]
