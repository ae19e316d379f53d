"""Decode articles: bytes become records, or dead letters that keep the bytes."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import apache_beam as beam

from pipelines.metrics import counter
from pipelines.transforms.batches import FAILED, Stepped, routing
from schemas import ArticleVersion, DeadLetter, Line, TocsinError, dead_letter
from tocsin.lines import STAGE, ExtractHtml, read_line


@dataclass(eq=False)
class DecodeArticles(beam.PTransform):
    """Read every line by `tocsin.lines.read_line`. `extract_html` makes text of records with HTML."""

    extract_html: ExtractHtml | None = None

    def expand(self, pcoll: beam.PCollection[Line]) -> Stepped:
        """Split lines into article versions and dead letters."""
        outputs = pcoll | "Decode lines" >> routing(
            DecodeFn(self.extract_html), ArticleVersion, dead=DeadLetter
        )
        return Stepped(ok=outputs.ok, dead=outputs.dead)


class DecodeFn(beam.DoFn):
    """Carries lines to `tocsin.lines.read_line`."""

    def __init__(self, extract_html: ExtractHtml | None) -> None:
        self._extract_html = extract_html

    def setup(self) -> None:
        """Take hold of the counters."""
        self._in, self._ok = counter("records_in"), counter("articles_decoded")
        self._dead = counter("dead_letters")

    def process(self, line: Line) -> Iterator[Any]:
        """Emit one article version or one dead letter."""
        self._in.inc()
        try:
            found = read_line(line, extract_html=self._extract_html)
        except TocsinError:
            raise
        except Exception as error:  # nobody foresaw it: the record's fault, until proven otherwise
            reason = f"{type(error).__name__}: {error}"
            found = dead_letter(STAGE, FAILED, reason, line.content, origin=line.origin)
        if isinstance(found, DeadLetter):
            self._dead.inc()
            yield beam.pvalue.TaggedOutput("dead", found)
        else:
            self._ok.inc()
            yield ArticleVersion(article=found, origin=line.origin)
