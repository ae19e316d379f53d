"""Every counter of the stream, with what it counts. Documentation is generated from this list."""

from typing import Literal

from apache_beam.metrics.metric import Metrics, MetricsFilter
from apache_beam.metrics.metricbase import Counter  # type: ignore[attr-defined,unused-ignore]

NAMESPACE = "tocsin"

MetricName = Literal[
    "records_in",  # lines handed to decoding
    "articles_decoded",  # lines that were an article
    "articles_new",  # first version of an article
    "articles_edited",  # another version of a known article
    "duplicates",  # versions known already, dropped
    "rejected",  # articles outside the asked span of time
    "files_skipped",  # files that are no input
    "dead_letters",  # records that could not be processed
    "articles_out",  # article versions handed to the sinks
    "mentions",  # places that name a watched actor
    "near_misses",  # places that look like one and are not
    "entities",  # places that name a person, organisation or place
    "alerts_matched",  # (subscription, article version) pairs that matched
]


def counter(name: MetricName) -> Counter:
    """Get the counter of this name."""
    return Metrics.counter(NAMESPACE, name)


def read(result: object) -> dict[str, int]:
    """Read all counters of a finished run."""
    found = result.metrics().query(MetricsFilter().with_namespace(NAMESPACE))  # type: ignore[attr-defined]
    totals: dict[str, int] = {}
    for each in found["counters"]:
        name = each.key.metric.name
        totals[name] = totals.get(name, 0) + each.result
    return totals
