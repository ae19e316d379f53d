"""A spaCy pipeline cut down to its entity recogniser. Importing this module imports spaCy.

Two things make it fast on one core: the recogniser alone (it carries its own word vectors), and
matrix products by numpy, whose BLAS is 2.5 times as fast on these shapes as the one spaCy brings.
"""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import spacy
from thinc.api import NumpyOps

from pipelines.labels import TYPES
from tocsin.spans import Span


class _Products(NumpyOps):  # type: ignore[misc,no-any-unimported,unused-ignore]
    """The usual operations with matrix products left to numpy."""

    def gemm(
        self, x: Any, y: Any, out: Any = None, trans1: bool = False, trans2: bool = False
    ) -> Any:
        """Multiply two matrices, either of them transposed first."""
        left = x.T if trans1 else x
        right = y.T if trans2 else y
        if out is None:
            return left @ right
        out[...] = left @ right
        return out


_one_at_a_time = threading.Lock()
"""Memory zones do not overlap, and a runner may have several threads in a worker."""


@dataclass(frozen=True, slots=True)
class SpacyModel:
    """One loaded model."""

    name: str
    pipeline: Any

    def guess(self, texts: Sequence[str]) -> list[list[Span]]:
        """Find the names in each text; the strings met are forgotten afterwards.

        Texts go through one by one: in a batch the rounding of a product, and so now and then a
        name, would depend on the neighbours of a text.
        """
        with _one_at_a_time, self.pipeline.memory_zone():
            return [
                [
                    Span(
                        start=it.start_char,
                        end=it.end_char,
                        type=TYPES[it.label_],
                        model=self.name,
                    )
                    for it in document.ents
                    if it.label_ in TYPES
                ]
                for document in self.pipeline.pipe(texts, batch_size=1)
            ]


def load(package: str, name: str) -> SpacyModel:
    """Load the entity recogniser of an installed model package, and nothing else of it."""
    others = [it for it in spacy.info(package)["pipeline"] if it != "ner"]
    pipeline = spacy.load(package, exclude=others)
    products = _Products()
    for layer in pipeline.get_pipe("ner").model.walk():
        layer.ops = products
    return SpacyModel(name, pipeline)
