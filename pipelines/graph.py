"""The whole graph on one screen: what happens to an article, from bytes to alerts.

    lines → decode → drop duplicates, link copies                      `remember`
          → group stories → language → mentions → entities → alerts    `enrich`

Live, both are one straight line, from the log to the sinks. A replay runs them one after the other
over the same memory, so that every link between copies is known before the first alert, whatever the
order of the input. Rejects of every step leave it as dead letters, collected in one list.
"""

from dataclasses import dataclass
from typing import NamedTuple

import apache_beam as beam

from pipelines import coders  # noqa: F401  (registers the coders of all records)
from pipelines.memory import MemoryAt
from pipelines.rules import RuleSets
from pipelines.transforms.batches import Stepped
from pipelines.transforms.decode_articles import DecodeArticles
from pipelines.transforms.detect_language import DetectLanguage
from pipelines.transforms.drop_duplicates import DropDuplicates
from pipelines.transforms.extract_entities import ExtractEntities
from pipelines.transforms.flag_mentions import FlagMentions
from pipelines.transforms.group_stories import GroupStories
from pipelines.transforms.raise_alerts import RaiseAlerts
from schemas import ArticleVersion, DeadLetter, Line
from tocsin.alerting import Asking
from tocsin.lines import ExtractHtml
from tocsin.memory import WHOLE, Part

ASKING = {
    Part.ALERTS: Asking.NO_ENTITIES,
    Part.ENTITIES: Asking.ENTITIES,
    WHOLE: Asking.ANYTHING,
}
"""The subscriptions that each part matches, so that none waits for entities that needs none."""


@dataclass(frozen=True)
class Rules:
    """What decides: the rule sets, and whether entity models are used."""

    rule_sets: RuleSets
    entities: bool = True


class Remembered(NamedTuple):
    """Article versions to work on, those that are done already, and the lines that are none."""

    ok: beam.PCollection[ArticleVersion]
    dropped: beam.PCollection[ArticleVersion]
    dead: beam.PCollection[DeadLetter]


def remember(
    lines: beam.PCollection[Line],
    memory: MemoryAt,
    extract_html: ExtractHtml | None = None,
    part: Part = WHOLE,
) -> Remembered:
    """Decode lines and let memory see them."""
    decoded = lines | "DecodeArticles" >> DecodeArticles(extract_html)
    seen = decoded.ok | "DropDuplicates" >> DropDuplicates(memory, part)
    dead = (decoded.dead, seen.dead) | "Not articles" >> beam.Flatten()
    return Remembered(ok=seen.ok, dropped=seen.dropped, dead=dead)


def enrich(
    article_versions: beam.PCollection[ArticleVersion],
    rules: Rules,
    memory: MemoryAt,
    part: Part = WHOLE,
) -> Stepped:
    """Find out what each article version names, and whom it rings."""
    grouped = article_versions | "GroupStories" >> GroupStories(memory, rules.rule_sets, part)
    detected = grouped.ok | "DetectLanguage" >> DetectLanguage()
    flagged = detected.ok | "FlagMentions" >> FlagMentions(rules.rule_sets)
    steps = [grouped, detected, flagged]
    if Part.ENTITIES in part:
        steps.append(flagged.ok | "ExtractEntities" >> ExtractEntities(memory, rules.entities))
    alerted = steps[-1].ok | "RaiseAlerts" >> RaiseAlerts(rules.rule_sets, ASKING[part])
    dead = [each.dead for each in (*steps, alerted)] | "Failed" >> beam.Flatten()
    return Stepped(ok=alerted.ok, dead=dead)
