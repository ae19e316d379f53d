"""Collect a bundle's elements into batches, for work that is dear one by one (memory, models)."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import apache_beam as beam
from apache_beam.transforms.window import WindowedValue

BATCH_SIZE = 500
"""Elements per batch; the end of a bundle flushes earlier, so live latency does not wait for it."""


class BatchDoFn(beam.DoFn):
    """Gathers up to `batch_size` elements and hands them to `work` at once.

    `work` returns, for each element and in the same order, what it gives rise to: plain values or
    `TaggedOutput`s. Each output keeps the timestamp and window of its element.
    """

    batch_size = BATCH_SIZE

    def work(self, elements: Sequence[Any]) -> Sequence[Iterable[Any]]:
        """Do the work of one batch."""
        raise NotImplementedError

    def start_bundle(self) -> None:
        """Begin with an empty batch."""
        self._waiting: list[WindowedValue] = []

    def process(
        self,
        element: Any,
        timestamp: Any = beam.DoFn.TimestampParam,
        window: Any = beam.DoFn.WindowParam,
    ) -> Iterator[Any]:
        """Keep the element; work when the batch is full."""
        self._waiting.append(WindowedValue(element, timestamp, (window,)))
        if len(self._waiting) >= self.batch_size:
            yield from self._flush()

    def finish_bundle(self) -> Iterator[Any]:
        """Work on what is left."""
        yield from self._flush()

    def _flush(self) -> Iterator[Any]:
        waiting, self._waiting = self._waiting, []
        if not waiting:
            return
        for held, outputs in zip(waiting, self.work([w.value for w in waiting]), strict=True):
            for output in outputs:
                if isinstance(output, beam.pvalue.TaggedOutput):
                    yield beam.pvalue.TaggedOutput(output.tag, held.with_value(output.value))
                else:
                    yield held.with_value(output)
