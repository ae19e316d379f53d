"""Whom does an article version ring, and which candidate stands for a story. Decisions only.

Delivery, throttling and the ledger come later in the flow; nothing here knows of them.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache

from schemas import (
    Alert,
    Article,
    ArticleVersion,
    Evidence,
    Flag,
    Mention,
    RuleSet,
    Subscription,
    encode,
)
from schemas.ids import alert_id
from tocsin.query.index import Queries
from tocsin.query.nodes import NAMED, Copies, Field, Leaf, Node, leaves
from tocsin.query.parse import parse
from tocsin.query.resolve import actor_names
from tocsin.query.view import language_tags, publisher_names

MOST_MENTIONS = 20
"""Mentions that one alert carries; an article that names an actor more often proves nothing more."""


@dataclass(frozen=True, slots=True)
class CompiledSubscriptions:
    """The subscriptions of a rule set by id, and their queries, compiled."""

    queries: Queries
    subscriptions: Mapping[str, Subscription]


class Asking(StrEnum):
    """Which subscriptions are asked: all, those whose queries need entities, or the others.

    The others need not wait for entities to be recognised.
    """

    ANYTHING = "anything"
    ENTITIES = "entities"
    NO_ENTITIES = "no-entities"

    def includes(self, query: str) -> bool:
        """Tell whether a query is asked. Raises `QueryError`."""
        if self is Asking.ANYTHING:
            return True
        return asks_for_entities(query) is (self is Asking.ENTITIES)


def asks_for_entities(query: str) -> bool:
    """Tell whether a query looks at entities. Raises `QueryError`."""
    found = (leaf for leaf, _ in leaves(parse(query)))
    return any(isinstance(leaf, Leaf) and leaf.field in NAMED for leaf in found)


@lru_cache(maxsize=16)
def _compiled(rules: "ById", asking: Asking) -> CompiledSubscriptions:
    asked = [each for each in rules.rule_set.subscriptions if asking.includes(each.query)]
    return CompiledSubscriptions(
        queries=Queries(
            {each.id: each.query for each in asked}, actor_names(rules.rule_set.watch_lists)
        ),
        subscriptions={each.id: each for each in asked},
    )


class ById:
    """A rule set that is equal to another of the same id, without a look at its content."""

    def __init__(self, rule_set: RuleSet) -> None:
        self.rule_set = rule_set

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ById) and other.rule_set.id == self.rule_set.id

    def __hash__(self) -> int:
        return hash(self.rule_set.id)


def rings_for(rule_set: RuleSet, asking: Asking = Asking.ANYTHING) -> CompiledSubscriptions:
    """Compile the subscriptions of a rule set that are asked; a worker does it once for each id.

    Raises `QueryError` for a query that is wrong.
    """
    return _compiled(ById(rule_set), asking)


def channels_of(rule_set: RuleSet) -> Mapping[str, tuple[str, ...]]:
    """Name the channels of each subscription of a rule set that has any, by its id."""
    return _channels_of(ById(rule_set))


@lru_cache(maxsize=16)
def _channels_of(rules: "ById") -> Mapping[str, tuple[str, ...]]:
    return {each.id: each.channels for each in rules.rule_set.subscriptions if each.channels}


def growth_points(rule_set: RuleSet) -> frozenset[int]:
    """Name the numbers of copies at which a query of the rule set may begin to match.

    A story that grows to one of them is matched again with all its articles.
    """
    return _growth_points(ById(rule_set))


@lru_cache(maxsize=16)
def _growth_points(rules: "ById") -> frozenset[int]:
    points: set[int] = set()
    for subscription in rules.rule_set.subscriptions:
        for leaf, _ in leaves(parse(subscription.query)):
            if isinstance(leaf, Copies):
                points |= {leaf.number, leaf.number + 1}
    return frozenset(points)


def grew_past(points: Collection[int], before: int, after: int) -> bool:
    """Tell whether a story reached one of the points when it grew."""
    return any(before < point <= after for point in points)


def alerts_for(
    queries: Queries,
    subscriptions: Mapping[str, Subscription],
    article_version: ArticleVersion,
    *,
    story: str,
    rule_set: str,
) -> list[Alert]:
    """Make one candidate alert for each subscription that the article version rings, sorted by id.

    `queries` are those of `subscriptions`, by the same ids. Mentions under a subscription's
    `min_confidence` do not count for it, neither as evidence nor against a NOT.
    """
    found: list[Alert] = []
    for confidence in sorted({each.min_confidence for each in subscriptions.values()}):
        sure = counting(article_version, confidence)
        for name, evidence in queries.match(sure):
            subscription = subscriptions[name]
            if subscription.min_confidence == confidence and not silence(
                subscription, article_version
            ):
                named = actors_asked_for(queries.node(name))
                alert = _alert(subscription, sure, named, evidence, story, rule_set)
                found.append(alert)
    return sorted(found, key=lambda alert: alert.subscription)


def counting(article_version: ArticleVersion, confidence: float) -> ArticleVersion:
    """Leave out the mentions that are not sure enough."""
    sure = tuple(each for each in article_version.mentions if each.confidence >= confidence)
    return (
        article_version
        if len(sure) == len(article_version.mentions)
        else replace(article_version, mentions=sure)
    )


def silence(subscription: Subscription, article_version: ArticleVersion) -> str:
    """Say why a subscription does not ring for an article version that its query matches; empty if it does."""
    article = article_version.article
    if Flag.LATE in article.flags:
        return "it came in too late to be compared with earlier articles (flag late)"
    if Flag.OLD in article.flags and not subscription.include_old:
        return "it was old news when it was first seen (flag old), and include_old is not set"
    if subscription.languages:
        known = language_tags(article_version)
        if not any(each.lower() in known for each in subscription.languages):
            language = article_version.language or article.language or "unknown"
            return f"its language is {language}, not {' or '.join(subscription.languages)}"
    if subscription.publishers:
        names = publisher_names(article)
        if not any(each.lower() in names for each in subscription.publishers):
            publisher = article.publisher or "unknown"
            return f"its publisher is {publisher}, not {' or '.join(subscription.publishers)}"
    return ""


def actors_asked_for(node: Node) -> frozenset[str]:
    """List the actors that a query asks for, not those it excludes."""
    return frozenset(
        leaf.actor
        for leaf, negated in leaves(node)
        if isinstance(leaf, Leaf) and leaf.field == Field.ACTOR and not negated
    )


def actors_named(node: Node) -> frozenset[str]:
    """List the actors that a query depends on: those that it asks for, and those that it excludes."""
    found = (leaf for leaf, _ in leaves(node) if isinstance(leaf, Leaf))
    return frozenset(leaf.actor for leaf in found if leaf.field == Field.ACTOR)


def _alert(
    subscription: Subscription,
    article_version: ArticleVersion,
    named: frozenset[str],
    evidence: tuple[Evidence, ...],
    story: str,
    rule_set: str,
) -> Alert:
    article: Article = article_version.article
    return Alert(
        id=alert_id(subscription.id, story),
        subscription=subscription.id,
        story=story,
        article=article.id,
        version=article.version,
        title=article.title,
        url=article.url,
        publisher=article.publisher,
        language=article_version.language or article.language,
        published=article.published,
        first_seen=article.first_seen,
        mentions=_shown(article_version.mentions, named),
        evidence=evidence,
        rule_set=rule_set,
        backfill=article.is_backfill,
    )


def _shown(mentions: tuple[Mention, ...], named: frozenset[str]) -> tuple[Mention, ...]:
    """Choose the mentions that an alert carries: the first ones of the actors in question."""
    wanted = [each for each in mentions if each.actor in named or not named]
    wanted.sort(key=lambda each: (each.field != "title", each.start, each.end, each.actor))
    return tuple(wanted[:MOST_MENTIONS])


def first(alerts: Iterable[Alert]) -> Alert:
    """Choose which of the candidates for one (subscription, story) stands.

    The first that is not backfill, in `Alert.order`; only where all are, the first of those. The
    answer does not depend on the order or the grouping in which candidates are compared.
    Raises ValueError when there is none.
    """
    return min(alerts, key=lambda alert: (alert.backfill, alert.order, encode(alert)))
