"""Entities: the protocol of a recogniser, and the gazetteer that needs no model."""

from collections.abc import Sequence
from typing import Protocol

from schemas import Article, Entity


class Recogniser(Protocol):
    """Finds persons, organisations and places. One small interface, so that a better model fits."""

    @property
    def name(self) -> str:
        """Name and version of what recognises; part of the rule set's id."""

    def recognise(self, articles: Sequence[tuple[Article, str]]) -> list[tuple[Entity, ...]]:
        """Find the entities of each (article, detected language); the answers in the same order."""
