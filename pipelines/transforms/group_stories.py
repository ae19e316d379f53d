"""Group copies into stories: every article version learns the story that it belongs to.

Live a story grows. Where it grows past a number of copies that some query asks for, all that it holds
is handed on again beside the copy that came: the query may match another article than that one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import apache_beam as beam

from pipelines.memory import MemoryAt
from pipelines.rules import RuleSets
from pipelines.transforms.batches import BatchDoFn, Stepped, step
from schemas import Article, ArticleVersion
from tocsin.alerting import grew_past, growth_points
from tocsin.memory import Part


@dataclass(eq=False)
class GroupStories(beam.PTransform):
    """Ask memory for the root of each article; the root gives the story its id."""

    memory: MemoryAt
    rules: RuleSets
    part: Part

    def expand(self, pcoll: beam.PCollection[ArticleVersion]) -> Stepped:
        """One article version in, the same with more known of it out."""
        return step(pcoll, "Resolve roots", ResolveFn(self.memory, self.rules, self.part))


class ResolveFn(BatchDoFn):
    """Carries batches of articles to memory and takes their roots back."""

    stage = "group-stories"
    waits = True

    def __init__(self, memory: MemoryAt, rules: RuleSets, part: Part) -> None:
        self._memory = memory
        self._rules = rules
        self._part = part

    def work(self, elements: Sequence[ArticleVersion]) -> list[list[ArticleVersion]]:
        """Resolve a batch at once."""
        memory = self._memory.open()
        roots = memory.roots({each.article.id for each in elements})
        copies = memory.copies(set(roots.values()))
        found = [
            [replace(each, story=roots[each.article.id], copies=copies[roots[each.article.id]])]
            for each in elements
        ]
        found[-1] += self._grown([each for (each,) in found], copies)
        return found

    def _grown(
        self, came: Sequence[ArticleVersion], copies: Mapping[str, int]
    ) -> list[ArticleVersion]:
        """Find the rest of the stories that have grown far enough; out of memory nothing comes.

        How far a story had grown is what this part has finished of it: memory may know more, from
        before a crash or from others, of which the rest has never been asked.
        """
        points = {
            each.story: growth_points(self._rules.in_force(each.article.first_seen))
            for each in came
            if each.origin
        }
        asked = {story: some for story, some in points.items() if copies[story] and some}
        if not asked:
            return []
        done = self._memory.open().done(asked, self._part)
        grown = {
            story
            for story, some in asked.items()
            if grew_past(some, max(done[story] - 1, 0), copies[story])
        }
        if not grown:
            return []
        memory, here = self._memory.open(), {_key(each.article) for each in came}
        rest = [it for it in memory.versions_of(grown) if _key(it) not in here]
        roots = memory.roots({article.id for article in rest})
        return [
            ArticleVersion(article=it, story=roots[it.id], copies=copies.get(roots[it.id], 0))
            for it in rest
        ]


def _key(article: Article) -> tuple[str, str]:
    return (article.id, article.version)
