"""Detect the language of every article version; what the publisher declares is only a hint."""

from dataclasses import replace

import apache_beam as beam

from tocsin import language
from tocsin.query.document import Document


class DetectLanguage(beam.PTransform):
    """Fill in `language` by `tocsin.language.detect`."""

    def expand(self, pcoll: beam.PCollection[Document]) -> beam.PCollection[Document]:
        """Document in, document out."""
        return pcoll | "Detect" >> beam.Map(detect).with_output_types(Document)


def detect(document: Document) -> Document:
    """Detect from title and text together: short items have little else."""
    article = document.article
    found = language.detect(f"{article.title}\n{article.text}", article.language)
    return replace(document, language=found.language)
