"""Entities: the protocol of a recogniser, and the gazetteer that needs no model."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Protocol

from schemas import Article, Entity, TextField
from tocsin.agreement import agree
from tocsin.gazetteer import Gazetteer
from tocsin.names import fold_names
from tocsin.spans import Span

__all__ = ["MOST", "Gazetteer", "Recogniser", "entities_of", "fold_names"]

MOST = 10_000
"""Entities that are kept of one article version, the first by their places. The longest honest text
known to us, of 2 MB, has 3,000; one made of nothing but names would have half a million."""


class Recogniser(Protocol):
    """Finds persons, organisations and places. One small interface, so that a better model fits."""

    @property
    def name(self) -> str:
        """Name and version of what recognises; part of the rule set's id."""

    def recognise(self, articles: Sequence[tuple[Article, str]]) -> list[tuple[Entity, ...]]:
        """Find the entities of each (article, detected language); the answers in the same order."""


def entities_of(article: Article, found: Mapping[TextField, Sequence[Span]]) -> tuple[Entity, ...]:
    """Make the entities of one article of the spans in its fields, title first, names folded.

    There are `MOST` of them at most; what comes after those is left out.
    """
    texts = {TextField.TITLE: article.title, TextField.TEXT: article.text}
    agreed = agree(texts, found)
    return fold_names(
        [
            Entity(
                article=article.id,
                version=article.version,
                type=span.type,
                text=text[span.start : span.end],
                start=span.start,
                end=span.end,
                field=field,
                name=span.name or " ".join(text[span.start : span.end].split()),
                id=span.id,
                model=span.model,
            )
            for field, text, span in islice(_in_order(texts, agreed), MOST)
        ]
    )


def _in_order(
    texts: Mapping[TextField, str], found: Mapping[TextField, Sequence[Span]]
) -> Iterator[tuple[TextField, str, Span]]:
    """Yield the spans by their places, each with the field and the text that it is of."""
    for field, text in texts.items():
        for span in sorted(found.get(field, ()), key=lambda it: it.order):
            yield field, text, span
