"""Detect the language of every article version; what the publisher declares is only a hint."""

from collections.abc import Sequence
from dataclasses import replace

import apache_beam as beam

from pipelines.transforms.batches import BatchDoFn, Stepped, step
from schemas import ArticleVersion
from tocsin import language


class DetectLanguage(beam.PTransform):
    """Fill in `language` by `tocsin.language.detect`."""

    def expand(self, pcoll: beam.PCollection[ArticleVersion]) -> Stepped:
        """One article version in, the same with more known of it out."""
        return step(pcoll, "Detect", DetectFn())


class DetectFn(BatchDoFn):
    """Carries article versions to `tocsin.language`."""

    stage = "detect-language"

    def work(self, elements: Sequence[ArticleVersion]) -> list[list[ArticleVersion]]:
        """Detect from title and text together: short items have little else."""
        return [[replace(each, language=_language(each))] for each in elements]


def _language(article_version: ArticleVersion) -> str:
    article = article_version.article
    return language.detect(f"{article.title}\n{article.text}", article.language).language
