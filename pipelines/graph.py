"""The whole graph on one screen: what happens to an article, from bytes to alerts.

    lines → decode → drop duplicates, link copies                      `remember`
          → group stories → language → mentions → entities → alerts    `enrich`

Live, both parts are one pipeline. A replay runs them one after the other over the same memory, so
that every link between copies is known before the first alert, whatever the order of the input.
Rejects of every step leave it as dead letters.
"""

from dataclasses import dataclass
from typing import NamedTuple

import apache_beam as beam

from pipelines import coders  # noqa: F401  (registers the coders of all records)
from pipelines.memory import MemoryAt
from pipelines.transforms.decode_articles import DecodeArticles
from pipelines.transforms.detect_language import DetectLanguage
from pipelines.transforms.drop_duplicates import DropDuplicates
from pipelines.transforms.extract_entities import ExtractEntities
from pipelines.transforms.flag_mentions import FlagMentions
from pipelines.transforms.group_stories import GroupStories
from pipelines.transforms.raise_alerts import RaiseAlerts
from schemas import Alert, Article, ArticleVersion, DeadLetter, Line, RuleSet
from tocsin.lines import ExtractHtml


@dataclass(frozen=True)
class Rules:
    """What decides: the rule set, and whether entity models are used."""

    rule_set: RuleSet
    entities: bool = True


class Remembered(NamedTuple):
    """Articles that memory had not seen, and the lines that are none."""

    ok: beam.PCollection[Article]
    dead: beam.PCollection[DeadLetter]


class Enriched(NamedTuple):
    """Article versions with all that is known of them, and candidate alerts."""

    article_versions: beam.PCollection[ArticleVersion]
    alerts: beam.PCollection[Alert]


def remember(
    lines: beam.PCollection[Line], memory: MemoryAt, extract_html: ExtractHtml | None = None
) -> Remembered:
    """Decode lines and let memory see them."""
    decoded = lines | "DecodeArticles" >> DecodeArticles(extract_html)
    fresh = decoded.ok | "DropDuplicates" >> DropDuplicates(memory)
    return Remembered(ok=fresh, dead=decoded.dead)


def enrich(articles: beam.PCollection[Article], rules: Rules, memory: MemoryAt) -> Enriched:
    """Find out what each article version names, and whom it rings."""
    article_versions = (
        articles
        | "GroupStories" >> GroupStories(memory)
        | "DetectLanguage" >> DetectLanguage()
        | "FlagMentions" >> FlagMentions(rules.rule_set)
        | "ExtractEntities" >> ExtractEntities(memory, models=rules.entities)
    )
    alerts = article_versions | "RaiseAlerts" >> RaiseAlerts(rules.rule_set)
    return Enriched(article_versions=article_versions, alerts=alerts)
