"""Group copies into stories: every article version learns the story that it belongs to."""

from collections.abc import Sequence
from dataclasses import dataclass

import apache_beam as beam

from pipelines.memory import MemoryAt
from pipelines.transforms.batches import BatchDoFn
from schemas import Article, ArticleVersion


@dataclass(eq=False)
class GroupStories(beam.PTransform):
    """Ask memory for the root of each article; the root gives the story its id."""

    memory: MemoryAt

    def expand(self, pcoll: beam.PCollection[Article]) -> beam.PCollection[ArticleVersion]:
        """Turn articles into article versions that know their story."""
        return pcoll | "Resolve roots" >> beam.ParDo(ResolveFn(self.memory)).with_output_types(
            ArticleVersion
        )


class ResolveFn(BatchDoFn):
    """Carries batches of articles to memory and takes their roots back."""

    def __init__(self, memory: MemoryAt) -> None:
        self._memory = memory

    def work(self, elements: Sequence[Article]) -> list[list[ArticleVersion]]:
        """Resolve a batch at once."""
        memory = self._memory.open()
        roots = memory.roots({article.id for article in elements})
        copies = memory.copies(set(roots.values()))
        return [
            [ArticleVersion(article=each, story=roots[each.id], copies=copies[roots[each.id]])]
            for each in elements
        ]
