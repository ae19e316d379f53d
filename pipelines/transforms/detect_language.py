"""Detect the language of every article version; what the publisher declares is only a hint."""

from dataclasses import replace

import apache_beam as beam

from schemas import ArticleVersion
from tocsin import language


class DetectLanguage(beam.PTransform):
    """Fill in `language` by `tocsin.language.detect`."""

    def expand(self, pcoll: beam.PCollection[ArticleVersion]) -> beam.PCollection[ArticleVersion]:
        """One article version in, the same with more known of it out."""
        return pcoll | "Detect" >> beam.Map(detect).with_output_types(ArticleVersion)


def detect(article_version: ArticleVersion) -> ArticleVersion:
    """Detect from title and text together: short items have little else."""
    article = article_version.article
    found = language.detect(f"{article.title}\n{article.text}", article.language)
    return replace(article_version, language=found.language)
