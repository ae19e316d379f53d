"""Every counter of the stream, with what it counts. Documentation is generated from this list.

A counter counts in two places: in Beam, which adds up a bounded run, and for Prometheus, which asks
the workers of a stream. What comes in goes out by one door: `records_in` = `articles_done` +
`duplicates` + `dead_letters`, less what is in work; `articles_reopened` come in beside.
"""

from datetime import UTC, datetime
from typing import Literal

from apache_beam.metrics.metric import Metrics, MetricsFilter
from apache_beam.metrics.metricbase import Counter as BeamCounter  # type: ignore[attr-defined,unused-ignore]
from prometheus_client import Counter, Gauge, Histogram

NAMESPACE = "tocsin"

MetricName = Literal[
    "records_in",  # lines handed to decoding
    "articles_decoded",  # lines that were an article
    "articles_new",  # first version of an article
    "articles_edited",  # another version of a known article
    "articles_again",  # a version that memory knew
    "duplicates",  # versions that were done already, dropped
    "articles_late",  # articles that came when what they might copy was forgotten
    "articles_reopened",  # articles done again because another one moved their story
    "rejected",  # articles outside the asked span of time
    "files_skipped",  # files that are no input
    "dead_letters",  # records that could not be processed
    "articles_out",  # article versions handed to the sinks of a replay
    "articles_done",  # article versions that all sinks of a stream have
    "mentions",  # places that name a watched actor
    "near_misses",  # places that look like one and are not
    "entities",  # places that name a person, organisation or place
    "entities_full",  # article versions with as many entities as are kept at most
    "alerts_matched",  # (subscription, article version) pairs that matched
    "alerts_rung",  # alerts new to the ledger
    "stories_too_long",  # story records that a topic does not take
]

RECORDS = Counter(
    "tocsin_pipeline_records",
    "Records of the stream, by its part (alerts, entities) and by what became of them.",
    ["part", "name"],
)
ALERT_SECONDS = Histogram(
    "tocsin_alert_seconds",
    "Seconds from first seen to the alert in the ledger.",
    ["part"],
    buckets=(0.1, 0.25, 0.5, 1, 1.5, 2, 3, 4, 6, 10, 30, 60, 300, 1800),
)
WATERMARK_LAG = Gauge(
    "tocsin_watermark_lag_seconds",
    "How old, by first seen, the oldest record of the last poll was; 0 when all is read.",
    ["group"],
    multiprocess_mode="livemax",
)
LOG_LAG = Gauge(
    "tocsin_log_lag",
    "Records in the log that a group has not read yet.",
    ["group"],
    multiprocess_mode="livesum",
)
COMMITTED = Counter(
    "tocsin_offsets_committed", "Records behind which a group will not go.", ["group"]
)
MEMORY_ROWS = Gauge(
    "tocsin_memory_rows", "Rows of memory, by table.", ["table"], multiprocess_mode="livemostrecent"
)
RULE_SET = Gauge(
    "tocsin_rule_set_info",
    "1 for the rule set that the last article got, 0 for those before.",
    ["rule_set"],
    multiprocess_mode="livemostrecent",
)


class Count:
    """One counter in both places."""

    def __init__(self, name: MetricName) -> None:
        self._beam: BeamCounter = Metrics.counter(NAMESPACE, name)
        self._name = name

    def inc(self, number: int = 1) -> None:
        """Add to it."""
        self._beam.inc(number)
        RECORDS.labels(_part, self._name).inc(number)


def counter(name: MetricName) -> Count:
    """Get the counter of this name."""
    return Count(name)


_part = "all"


def part_is(name: str) -> None:
    """Say which part of the stream this process does."""
    global _part
    _part = name


def read(result: object) -> dict[str, int]:
    """Read all counters of a finished run."""
    found = result.metrics().query(MetricsFilter().with_namespace(NAMESPACE))  # type: ignore[attr-defined]
    totals: dict[str, int] = {}
    for each in found["counters"]:
        name = each.key.metric.name
        totals[name] = totals.get(name, 0) + (each.result or 0)  # Prism gives None for nothing
    return totals


def lag_is(group: str, *, records: int, seconds: float) -> None:
    """Say how far a group is behind."""
    LOG_LAG.labels(group).set(records)
    WATERMARK_LAG.labels(group).set(max(seconds, 0.0))


def alert_after(first_seen: datetime) -> None:
    """Say that an alert is in the ledger now. The clock serves this measure alone."""
    ALERT_SECONDS.labels(_part).observe((datetime.now(UTC) - first_seen).total_seconds())


def rule_set_is(id: str) -> None:
    """Say which rule set the last article got."""
    if id not in _shown:
        for other in _shown:
            RULE_SET.labels(other).set(0)
        _shown.add(id)
    RULE_SET.labels(id).set(1)


_shown: set[str] = set()
