"""Group copies into stories: every article version learns the story that it belongs to."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import apache_beam as beam

from pipelines.memory import MemoryAt
from pipelines.transforms.batches import BatchDoFn, Stepped, step
from schemas import ArticleVersion


@dataclass(eq=False)
class GroupStories(beam.PTransform):
    """Ask memory for the root of each article; the root gives the story its id."""

    memory: MemoryAt

    def expand(self, pcoll: beam.PCollection[ArticleVersion]) -> Stepped:
        """One article version in, the same with more known of it out."""
        return step(pcoll, "Resolve roots", ResolveFn(self.memory))


class ResolveFn(BatchDoFn):
    """Carries batches of articles to memory and takes their roots back."""

    stage = "group-stories"
    waits = True

    def __init__(self, memory: MemoryAt) -> None:
        self._memory = memory

    def work(self, elements: Sequence[ArticleVersion]) -> list[list[ArticleVersion]]:
        """Resolve a batch at once."""
        memory = self._memory.open()
        roots = memory.roots({each.article.id for each in elements})
        copies = memory.copies(set(roots.values()))
        return [
            [replace(each, story=roots[each.article.id], copies=copies[roots[each.article.id]])]
            for each in elements
        ]
