"""Read seeds: files become lines. Which files, and how each kind is read, is the connector's affair."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import apache_beam as beam

from pipelines.metrics import counter
from pipelines.progress import Step, report
from pipelines.transforms.batches import routing
from schemas import DeadLetter, Line, Skipped


class Source(Protocol):
    """A file as the reader knows it; `size` in bytes is only for the progress bar."""

    @property
    def size(self) -> int:
        """Bytes on disk."""


class Read(NamedTuple):
    """Lines, what could not be read, and what is no input."""

    ok: beam.PCollection[Line]
    dead: beam.PCollection[DeadLetter]
    skipped: beam.PCollection[Skipped]


@dataclass(eq=False)
class ReadSeeds(beam.PTransform):
    """Read files in their order by `read_file`, without a shuffle: a folder of any size streams."""

    files: Sequence[Source]
    read_file: Callable[[Any], Iterable[Line | DeadLetter | Skipped]]

    def expand(self, pbegin: beam.pvalue.PBegin) -> Read:
        """Start from the list of files."""
        outputs = (
            pbegin
            | "Start" >> beam.Impulse()
            | "Read files"
            >> routing(
                ReadFn(tuple(self.files), self.read_file), Line, dead=DeadLetter, skipped=Skipped
            )
        )
        return Read(ok=outputs.ok, dead=outputs.dead, skipped=outputs.skipped)


class ReadFn(beam.DoFn):
    """Walks the files and routes what their reader yields."""

    def __init__(self, files: tuple[Source, ...], read_file: Callable[[Any], Any]) -> None:
        self._files = files
        self._read_file = read_file

    def setup(self) -> None:
        """Take hold of the counters."""
        self._in, self._dead = counter("records_in"), counter("dead_letters")
        self._skipped = counter("files_skipped")

    def process(self, _: bytes) -> Iterator[Any]:
        """Emit lines; a dead letter counts as a record that came in."""
        for file in self._files:
            for found in self._read_file(file):
                if isinstance(found, Line):
                    yield found
                elif isinstance(found, DeadLetter):
                    self._in.inc()
                    self._dead.inc()
                    yield beam.pvalue.TaggedOutput("dead", found)
                else:
                    self._skipped.inc()
                    yield beam.pvalue.TaggedOutput("skipped", found)
            report(Step.READ, file.size)
