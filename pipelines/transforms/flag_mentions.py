"""Flag mentions of the watched actors, each with its evidence, and keep the near misses."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import apache_beam as beam

from pipelines.metrics import counter
from schemas import RuleSet
from tocsin.matcher import matcher_for
from tocsin.query.document import Document


@dataclass(eq=False)
class FlagMentions(beam.PTransform):
    """Fill in `mentions` and `near_misses` by the matcher of the rule set."""

    rules: RuleSet

    def expand(self, pcoll: beam.PCollection[Document]) -> beam.PCollection[Document]:
        """Document in, document out."""
        return pcoll | "Find mentions" >> beam.ParDo(FlagFn(self.rules)).with_output_types(Document)


class FlagFn(beam.DoFn):
    """Carries documents to `tocsin.matcher`."""

    def __init__(self, rules: RuleSet) -> None:
        self._rules = rules

    def setup(self) -> None:
        """Build the automaton, once a process."""
        self._matcher = matcher_for(self._rules)
        self._mentions, self._near = counter("mentions"), counter("near_misses")

    def process(self, document: Document) -> Iterator[Document]:
        """Emit the document with what names an actor in it."""
        mentions, near_misses = self._matcher.find(
            document.article, language=document.language, story=document.story
        )
        self._mentions.inc(len(mentions))
        self._near.inc(len(near_misses))
        yield replace(document, mentions=mentions, near_misses=near_misses)
