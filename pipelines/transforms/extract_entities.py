"""Extract entities: the persons, organisations and places that an article version names."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import apache_beam as beam

from pipelines.memory import MemoryAt
from pipelines.metrics import counter
from pipelines.models import recogniser
from pipelines.transforms.batches import BatchDoFn, Stepped, step
from schemas import ArticleVersion, Entity, EntityType, StoryName
from tocsin.entities import MOST


@dataclass(eq=False)
class ExtractEntities(beam.PTransform):
    """Fill in `entities`; their names are kept in memory for the story record."""

    memory: MemoryAt
    models: bool = True

    def expand(self, pcoll: beam.PCollection[ArticleVersion]) -> Stepped:
        """One article version in, the same with more known of it out."""
        return step(pcoll, "Recognise", RecogniseFn(self.memory, self.models))


class RecogniseFn(BatchDoFn):
    """Carries batches of article versions to the recogniser."""

    batch_size = 64
    stage = "extract-entities"

    def __init__(self, memory: MemoryAt, models: bool) -> None:
        self._memory = memory
        self._models = models

    def setup(self) -> None:
        """Load the models, once a process."""
        self._recogniser = recogniser(enabled=self._models)
        self._found, self._full = counter("entities"), counter("entities_full")

    def work(self, elements: Sequence[ArticleVersion]) -> list[list[ArticleVersion]]:
        """Recognise a batch and note its names."""
        found = self._recogniser.recognise([(each.article, each.language) for each in elements])
        names = [name for entities in found for name in story_names(entities)]
        if names:
            self._memory.open().note_names(names)
        self._found.inc(sum(map(len, found)))
        self._full.inc(sum(len(entities) >= MOST for entities in found))
        return [
            [replace(each, entities=entities)]
            for each, entities in zip(elements, found, strict=True)
        ]


def story_names(entities: Sequence[Entity]) -> list[tuple[str, str, StoryName]]:
    """Name what one article version names, each name once."""
    names: dict[tuple[EntityType, str], tuple[str, str, StoryName]] = {}
    for each in entities:
        name = StoryName(type=each.type, name=each.name, articles=1, id=each.id)
        names.setdefault((each.type, each.name), (each.article, each.version, name))
    return list(names.values())
