from dataclasses import replace
from datetime import timedelta
from functools import reduce

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import Actor, Alert, ArticleVersion, Subscription, WatchList, freeze
from schemas.ids import alert_id
from tests.tocsin.query.article_versions import NOON, a_mention, an_article_version
from tocsin.alerting import MOST_MENTIONS, alerts_for, first, rings_for

LISTS = (
    WatchList(
        name="test",
        actors=(
            Actor(id="wagner-group", name="Wagner Group", short=("wagner",)),
            Actor(id="russia", name="Russia"),
        ),
    ),
)


def a_subscription(query: str = "actor:wagner", **fields: object) -> Subscription:
    return Subscription(id="mine", query=query, **fields)  # type: ignore[arg-type]


def a_text(confidence: float = 0.9, **fields: object) -> ArticleVersion:
    article_version = an_article_version("Wagner men left. Russia stayed.", **fields)
    mentions = (
        a_mention(article_version.article, "Wagner", actor="wagner-group", confidence=confidence),
        a_mention(article_version.article, "Russia", actor="russia"),
    )
    return replace(article_version, mentions=mentions)


def ring(article_version: ArticleVersion, *subscriptions: Subscription) -> list[Alert]:
    rules = freeze(LISTS, subscriptions)
    rings = rings_for(rules)
    return alerts_for(
        rings.queries, rings.subscriptions, article_version, story="story", rule_set=rules.id
    )


def test_an_alert_shows_the_article_and_what_satisfied_the_query() -> None:
    (alert,) = ring(a_text(title="News", publisher="volta.example"), a_subscription())
    assert alert.id == alert_id("mine", "story")
    assert (alert.article, alert.title, alert.publisher) == ("article", "News", "volta.example")
    assert [each.text for each in alert.evidence] == ["Wagner"]


def test_each_matching_subscription_rings_for_itself_in_the_order_of_ids() -> None:
    wanted = [replace(a_subscription("russia"), id=each) for each in ("b", "a")]
    assert [alert.subscription for alert in ring(a_text(), *wanted)] == ["a", "b"]


@pytest.mark.parametrize(
    ("query", "actors"),
    [
        ("actor:wagner", ["wagner-group"]),
        ("actor:wagner OR actor:russia", ["wagner-group", "russia"]),
        ("stayed", ["wagner-group", "russia"]),
    ],
)
def test_an_alert_carries_mentions_of_the_actors_asked_for_else_of_all(
    query: str, actors: list[str]
) -> None:
    (alert,) = ring(a_text(), a_subscription(query))
    assert [each.actor for each in alert.mentions] == actors


def test_an_alert_carries_so_many_mentions_and_no_more() -> None:
    article_version = a_text()
    many = tuple(replace(article_version.mentions[0], id=str(n)) for n in range(MOST_MENTIONS + 5))
    (alert,) = ring(replace(article_version, mentions=many), a_subscription())
    assert len(alert.mentions) == MOST_MENTIONS


@pytest.mark.parametrize(
    ("wanted", "fields", "rings"),
    [
        ({"languages": ("fr",)}, {"language": "fr-CA"}, True),
        ({"languages": ("fr", "en")}, {"language": "en"}, True),
        ({"languages": ("fr",)}, {"language": "en"}, False),
        ({"languages": ("fr",)}, {}, False),
        ({"publishers": ("volta.example",)}, {"publisher": "volta.example"}, True),
        ({"publishers": ("volta.example",)}, {"publisher": "lake.example"}, False),
        ({}, {"flags": ("old",)}, False),
        ({"include_old": True}, {"flags": ("old",)}, True),
        ({"include_old": True}, {"flags": ("late",)}, False),
        ({}, {"flags": ("backfill",)}, True),
    ],
)
def test_filters_decide_beside_the_query(
    wanted: dict[str, object], fields: dict[str, object], rings: bool
) -> None:
    assert bool(ring(a_text(**fields), a_subscription(**wanted))) is rings


def test_backfill_is_marked() -> None:
    assert ring(a_text(flags=("backfill",)), a_subscription())[0].backfill
    assert not ring(a_text(), a_subscription())[0].backfill


def test_mentions_that_are_not_sure_enough_do_not_count_on_either_side_of_not() -> None:
    article_version = a_text(confidence=0.4)
    strict = {"min_confidence": 0.5}
    assert ring(article_version, a_subscription())
    assert not ring(article_version, a_subscription(**strict))
    assert not ring(article_version, a_subscription("russia NOT actor:wagner"))
    assert ring(article_version, a_subscription("russia NOT actor:wagner", **strict))


def test_subscriptions_of_different_strictness_do_not_change_each_other() -> None:
    article_version = a_text(confidence=0.4)
    lax, strict = a_subscription(), replace(a_subscription(min_confidence=0.5), id="strict")
    assert [alert.subscription for alert in ring(article_version, lax, strict)] == ["mine"]


def test_a_rule_set_is_compiled_once() -> None:
    rules = freeze(LISTS, (a_subscription(),))
    assert rings_for(rules) is rings_for(freeze(LISTS, (a_subscription(),)))


def a_candidate(minutes: int, article: str, backfill: bool) -> Alert:
    (alert,) = ring(a_text(), a_subscription())
    seen = NOON + timedelta(minutes=minutes)
    return replace(alert, first_seen=seen, article=article, backfill=backfill)


CANDIDATES = st.lists(
    st.builds(a_candidate, st.integers(0, 3), st.sampled_from("abc"), st.booleans()),
    min_size=1,
    max_size=6,
)


@given(CANDIDATES, st.randoms(use_true_random=False))
def test_which_candidate_stands_depends_on_neither_order_nor_grouping(candidates, random) -> None:
    chosen = first(candidates)
    shuffled = random.sample(candidates, len(candidates))
    assert first(shuffled) == chosen
    assert reduce(lambda one, other: first([one, other]), shuffled) == chosen


def test_the_first_that_is_not_backfill_stands_else_the_first() -> None:
    early, late = a_candidate(0, "a", True), a_candidate(5, "b", False)
    assert first([early, late]) == late
    assert first([a_candidate(1, "c", True), early]) == early
