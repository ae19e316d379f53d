"""Collect a bundle's elements into batches, for work that is dear one by one (memory, models).

A batch that fails is tried again element by element: what fails alone is a dead letter, and the rest
flows on. What is wrong with the world (`Unavailable`) or with the settings stops the bundle instead.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import apache_beam as beam
from apache_beam.transforms.window import WindowedValue

from pipelines import watchdog
from pipelines.metrics import counter
from schemas import ArticleVersion, DeadLetter, Rejected, TocsinError, dead_letter, encode

BATCH_SIZE = 500
"""Elements per batch; the end of a bundle flushes earlier, so live latency does not wait for it."""

FAILED = "failed"
"""Code of a dead letter over which a step failed in a way that nobody foresaw."""


class Stepped(NamedTuple):
    """What a step made of the article versions, and those that it failed over."""

    ok: beam.PCollection[ArticleVersion]
    dead: beam.PCollection[DeadLetter]


class BatchDoFn(beam.DoFn):
    """Gathers up to `batch_size` article versions and hands them to `work` at once.

    `work` returns, for each and in the same order, what it gives rise to: plain values or
    `TaggedOutput`s. Each output keeps the timestamp and window of its element. `stage` is what dead
    letters call the step; `waits` says that it waits for others (a store, a broker), so that its time
    is no sign of a hang.
    """

    batch_size = BATCH_SIZE
    stage = ""
    waits = False

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
        for held, outputs in zip(waiting, self._worked([w.value for w in waiting]), strict=True):
            for output in outputs:
                if isinstance(output, beam.pvalue.TaggedOutput):
                    yield beam.pvalue.TaggedOutput(output.tag, held.with_value(output.value))
                else:
                    yield held.with_value(output)

    def _worked(self, elements: Sequence[Any]) -> Sequence[Iterable[Any]]:
        """Work on a batch, or, where that fails over some element, on each alone."""
        try:
            return self._work(elements)
        except Rejected:
            pass
        except TocsinError:
            raise
        except Exception:
            if not self.stage:
                raise
        return [self._alone(each) for each in elements]

    def _alone(self, element: Any) -> Iterable[Any]:
        try:
            return self._work([element])[0]
        except Rejected as error:
            code, reason = error.code, error.reason
        except TocsinError:
            raise
        except Exception as error:
            code, reason = FAILED, f"{type(error).__name__}: {error}"
        counter("dead_letters").inc()
        letter = failed_over(element, self.stage, code, reason)
        return [beam.pvalue.TaggedOutput("dead", letter)]

    def _work(self, elements: Sequence[Any]) -> Sequence[Iterable[Any]]:
        if not self.waits:
            return self.work(elements)
        with watchdog.paused():
            return self.work(elements)


def failed_over(element: ArticleVersion, stage: str, code: str, reason: str) -> DeadLetter:
    """Make the dead letter of an article version; its bytes are the article's, which may be sent again."""
    return dead_letter(stage, code, reason, encode(element.article), origin=element.origin)


def step(pcoll: beam.PCollection[ArticleVersion], label: str, dofn: BatchDoFn) -> Stepped:
    """Apply a step to every article version, under this label."""
    outputs = pcoll | label >> routing(dofn, ArticleVersion, dead=DeadLetter)
    return Stepped(ok=outputs.ok, dead=outputs.dead)


def routing(dofn: beam.DoFn, ok: Any, **tagged: Any) -> beam.PTransform:
    """Apply a DoFn whose main output is called `ok`; say what each output holds, by its tag."""
    typed = beam.ParDo(dofn).with_output_types(ok, **tagged)
    return typed.with_outputs(*tagged, main="ok")
