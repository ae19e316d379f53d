import apache_beam as beam
from apache_beam.testing.test_pipeline import TestPipeline
from apache_beam.testing.util import assert_that, equal_to
from apache_beam.transforms.window import TimestampedValue

from pipelines.transforms.batches import BatchDoFn


class Halves(BatchDoFn):
    batch_size = 4

    def work(self, elements):
        assert len(elements) <= self.batch_size
        return [
            [beam.pvalue.TaggedOutput("odd", each)] if each % 2 else [each // 2, each // 2]
            for each in elements
        ]


class WithTime(beam.DoFn):
    def process(self, element, timestamp=beam.DoFn.TimestampParam):
        yield (element, int(timestamp))


def test_every_element_is_worked_on_once_and_keeps_its_time():
    with TestPipeline(runner="FnApiRunner") as pipeline:
        numbers = (
            pipeline
            | beam.Create(range(10))
            | beam.Map(lambda n: TimestampedValue(n, n)).with_output_types(int)
        )
        out = numbers | beam.ParDo(Halves()).with_outputs("odd", main="even")
        even = out.even | "even time" >> beam.ParDo(WithTime())
        odd = out.odd | "odd time" >> beam.ParDo(WithTime())
        assert_that(even, equal_to([(n // 2, n) for n in range(0, 10, 2) for _ in "12"]), "even")
        assert_that(odd, equal_to([(n, n) for n in range(1, 10, 2)]), "odd")
