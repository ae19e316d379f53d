"""Raise alerts: subscriptions are matched against every version of every copy."""

from collections.abc import Iterator
from dataclasses import dataclass

import apache_beam as beam

from pipelines.metrics import counter
from schemas import Alert, ArticleVersion, RuleSet
from tocsin.alerting import alerts_for, rings_for


@dataclass(eq=False)
class RaiseAlerts(beam.PTransform):
    """Emit one candidate alert for each subscription that an article version matches.

    Which candidate stands for (subscription, story) is decided where alerts are kept: by the ledger
    live, by the sorted file in a replay.
    """

    rules: RuleSet

    def expand(self, pcoll: beam.PCollection[ArticleVersion]) -> beam.PCollection[Alert]:
        """Article versions in, alerts out."""
        return pcoll | "Match subscriptions" >> beam.ParDo(MatchFn(self.rules)).with_output_types(
            Alert
        )


class MatchFn(beam.DoFn):
    """Carries article versions to `tocsin.alerting`."""

    def __init__(self, rules: RuleSet) -> None:
        self._rules = rules

    def setup(self) -> None:
        """Compile the subscriptions, once a process."""
        self._rings = rings_for(self._rules)
        self._matched = counter("alerts_matched")

    def process(self, article_version: ArticleVersion) -> Iterator[Alert]:
        """Emit what the article version rings."""
        alerts = alerts_for(
            self._rings.queries,
            self._rings.subscriptions,
            article_version,
            story=article_version.story,
            rule_set=self._rules.id,
        )
        self._matched.inc(len(alerts))
        yield from alerts
