"""Decode articles: bytes become records, or dead letters that keep the bytes."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import apache_beam as beam

from pipelines.metrics import counter
from schemas import Article, DeadLetter, Line, Rejected, dead_letter
from tocsin import articles
from tocsin.extract import Extracted

STAGE = "decode"

ExtractHtml = Callable[[str, str], Extracted]
"""Makes text of (page, URL); the edge gives one that works in a killable child."""


class Decoded(NamedTuple):
    """Articles, and the records that are none."""

    ok: beam.PCollection[Article]
    dead: beam.PCollection[DeadLetter]


@dataclass(eq=False)
class DecodeArticles(beam.PTransform):
    """Read every line by `tocsin.articles.read`. `extract_html` makes text of records with HTML."""

    extract_html: ExtractHtml | None = None

    def expand(self, pcoll: beam.PCollection[Line]) -> Decoded:
        """Split lines into articles and dead letters."""
        outputs = pcoll | "Decode lines" >> beam.ParDo(DecodeFn(self.extract_html)).with_outputs(
            "dead", main="ok"
        )
        return Decoded(
            ok=outputs.ok | "Articles" >> beam.Map(_same).with_output_types(Article),
            dead=outputs.dead | "Undecodable" >> beam.Map(_same).with_output_types(DeadLetter),
        )


def _same(element: Any) -> Any:
    return element


class DecodeFn(beam.DoFn):
    """Carries lines to `tocsin.articles.read`."""

    def __init__(self, extract_html: ExtractHtml | None) -> None:
        self._extract_html = extract_html

    def setup(self) -> None:
        """Take hold of the counters."""
        self._in, self._ok = counter("records_in"), counter("articles_decoded")
        self._dead = counter("dead_letters")

    def process(self, line: Line) -> Iterator[Any]:
        """Emit one article or one dead letter."""
        self._in.inc()
        try:
            article = articles.read(line.content, extract_html=self._extract_html)
        except Rejected as error:
            self._dead.inc()
            letter = dead_letter(STAGE, error.code, error.reason, line.content, origin=line.origin)
            yield beam.pvalue.TaggedOutput("dead", letter)
        else:
            self._ok.inc()
            yield article
