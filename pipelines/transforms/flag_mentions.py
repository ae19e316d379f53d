"""Flag mentions of the watched actors, each with its evidence, and keep the near misses."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import apache_beam as beam

from pipelines.metrics import counter
from pipelines.rules import RuleSets
from pipelines.transforms.batches import BatchDoFn, Stepped, step
from schemas import ArticleVersion
from tocsin.matcher import matcher_for


@dataclass(eq=False)
class FlagMentions(beam.PTransform):
    """Fill in `mentions` and `near_misses` by the matcher of the rule set in force."""

    rules: RuleSets

    def expand(self, pcoll: beam.PCollection[ArticleVersion]) -> Stepped:
        """One article version in, the same with more known of it out."""
        return step(pcoll, "Find mentions", FlagFn(self.rules))


class FlagFn(BatchDoFn):
    """Carries article versions to `tocsin.matcher`."""

    stage = "flag-mentions"

    def __init__(self, rules: RuleSets) -> None:
        self._rules = rules

    def setup(self) -> None:
        """Take hold of the counters, and get ready for the first article."""
        self._mentions, self._near = counter("mentions"), counter("near_misses")
        for rule_set in self._rules.known():
            matcher_for(rule_set)

    def work(self, elements: Sequence[ArticleVersion]) -> list[list[ArticleVersion]]:
        """Find what names an actor in each."""
        return [[self._flag(each)] for each in elements]

    def _flag(self, article_version: ArticleVersion) -> ArticleVersion:
        article = article_version.article
        matcher = matcher_for(self._rules.in_force(article.first_seen))
        mentions, near_misses = matcher.find(
            article, language=article_version.language, story=article_version.story
        )
        self._mentions.inc(len(mentions))
        self._near.inc(len(near_misses))
        return replace(article_version, mentions=mentions, near_misses=near_misses)
