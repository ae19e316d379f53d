"""Flag mentions of the watched actors, each with its evidence, and keep the near misses."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import apache_beam as beam

from pipelines.metrics import counter
from schemas import ArticleVersion, RuleSet
from tocsin.matcher import matcher_for


@dataclass(eq=False)
class FlagMentions(beam.PTransform):
    """Fill in `mentions` and `near_misses` by the matcher of the rule set."""

    rules: RuleSet

    def expand(self, pcoll: beam.PCollection[ArticleVersion]) -> beam.PCollection[ArticleVersion]:
        """One article version in, the same with more known of it out."""
        return pcoll | "Find mentions" >> beam.ParDo(FlagFn(self.rules)).with_output_types(
            ArticleVersion
        )


class FlagFn(beam.DoFn):
    """Carries article versions to `tocsin.matcher`."""

    def __init__(self, rules: RuleSet) -> None:
        self._rules = rules

    def setup(self) -> None:
        """Build the automaton, once a process."""
        self._matcher = matcher_for(self._rules)
        self._mentions, self._near = counter("mentions"), counter("near_misses")

    def process(self, article_version: ArticleVersion) -> Iterator[ArticleVersion]:
        """Emit the article version with what names an actor in it."""
        mentions, near_misses = self._matcher.find(
            article_version.article, language=article_version.language, story=article_version.story
        )
        self._mentions.inc(len(mentions))
        self._near.inc(len(near_misses))
        yield replace(article_version, mentions=mentions, near_misses=near_misses)
