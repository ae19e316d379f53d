"""Raise alerts: subscriptions are matched against every version of every copy."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import apache_beam as beam

from pipelines.metrics import counter
from pipelines.rules import RuleSets
from pipelines.transforms.batches import BatchDoFn, Stepped, step
from schemas import Alert, ArticleVersion
from tocsin.alerting import Asking, alerts_for, rings_for


@dataclass(eq=False)
class RaiseAlerts(beam.PTransform):
    """Fill in `alerts`: one candidate for each subscription that an article version matches.

    Which candidate stands for (subscription, story) is decided where alerts are kept: by the ledger
    live, by the sorted file in a replay. `asking` says which subscriptions are asked.
    """

    rules: RuleSets
    asking: Asking = Asking.ANYTHING

    def expand(self, pcoll: beam.PCollection[ArticleVersion]) -> Stepped:
        """One article version in, the same with more known of it out."""
        return step(pcoll, "Match subscriptions", MatchFn(self.rules, self.asking))


class MatchFn(BatchDoFn):
    """Carries article versions to `tocsin.alerting`."""

    stage = "raise-alerts"

    def __init__(self, rules: RuleSets, asking: Asking) -> None:
        self._rules = rules
        self._asking = asking

    def setup(self) -> None:
        """Take hold of the counter, and get ready for the first article."""
        self._matched = counter("alerts_matched")
        for rule_set in self._rules.known():
            rings_for(rule_set, self._asking)

    def work(self, elements: Sequence[ArticleVersion]) -> list[list[ArticleVersion]]:
        """Find whom each rings."""
        return [[replace(each, alerts=self._alerts(each))] for each in elements]

    def _alerts(self, article_version: ArticleVersion) -> tuple[Alert, ...]:
        rule_set = self._rules.in_force(article_version.article.first_seen)
        rings = rings_for(rule_set, self._asking)
        alerts = alerts_for(
            rings.queries,
            rings.subscriptions,
            article_version,
            story=article_version.story,
            rule_set=rule_set.id,
        )
        self._matched.inc(len(alerts))
        return tuple(alerts)
