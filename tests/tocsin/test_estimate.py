from dataclasses import replace
from datetime import date, timedelta

from schemas import ArticleVersion, Subscription
from tests.tocsin.query.article_versions import NOON, an_article_version
from tocsin.estimate import Estimate, estimate
from tocsin.query.parse import parse

MALI = Subscription(id="mali", query="mali")


def seen(hours: float, text: str, story: str, **fields: object) -> ArticleVersion:
    moment = NOON + timedelta(hours=hours)
    return replace(an_article_version(text, first_seen=moment, **fields), story=story)


def of_mali(*versions: ArticleVersion, subscription: Subscription = MALI) -> Estimate:
    return estimate(parse(subscription.query), subscription, versions)


def test_a_story_rings_once_and_a_day_is_counted_by_what_is_covered() -> None:
    found = of_mali(
        seen(0, "Mali", "a"),
        seen(1, "Mali again", "a"),
        seen(2, "Niger", "b"),
        seen(13, "Mali", "c"),
        seen(48, "Mali", "d"),
    )
    assert (found.versions, found.alerts, found.a_day) == (5, 3, 1.5)
    assert (found.since, found.until) == (NOON, NOON + timedelta(hours=48))
    assert (found.busiest, found.on_busiest) == (date(2023, 8, 7), 1)


def test_what_a_subscription_is_silent_about_does_not_count() -> None:
    versions = [
        seen(0, "Mali", "a", flags=("backfill",)),
        seen(1, "Mali", "b", flags=("old",)),
        seen(24, "Mali", "c", flags=("late",)),
    ]
    assert of_mali(*versions).alerts == 0
    assert of_mali(*versions, subscription=replace(MALI, include_old=True)).alerts == 1


def test_an_hour_is_the_least_that_is_made_a_day_of() -> None:
    assert of_mali(seen(0, "Mali", "a")).a_day == 24
    assert of_mali().a_day is None
