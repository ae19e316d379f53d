from dataclasses import fields as fields_of
from dataclasses import replace

from schemas import ArticleVersion, NearMiss, Subscription, freeze
from tests.tocsin.query.article_versions import a_mention, an_article_version
from tests.tocsin.test_alerting import LISTS
from tocsin.alerting import alerts_for, rings_for
from tocsin.explain import Explanation, explain, lines
from tocsin.query.resolve import actor_names


def a_text(*, mentioned: bool = True, **fields: object) -> ArticleVersion:
    article_version = an_article_version(
        "Wagner men left Mali. Russia stayed.", title="News", **fields
    )
    mention = a_mention(article_version.article, "Wagner", actor="wagner-group", confidence=0.6)
    if mentioned:
        return replace(article_version, mentions=(mention,))
    names = [each.name for each in fields_of(NearMiss)]
    given = {name: getattr(mention, name) for name in names}
    missed = NearMiss(**{**given, "because": ("alias 'Wagner' is ambiguous",)})
    return replace(article_version, near_misses=(missed,))


def explained(
    article_version: ArticleVersion,
    query: str,
    *,
    run: ArticleVersion | None = None,
    **fields: object,
) -> Explanation:
    wanted = Subscription(id="mine", query=query, **fields)  # type: ignore[arg-type]
    rings = rings_for(freeze(LISTS, (wanted,)))
    alerts = alerts_for(
        rings.queries, rings.subscriptions, run or article_version, story="story", rule_set="rules"
    )
    return explain(article_version, wanted, actor_names(LISTS), alerts)


def test_what_rang_is_proved_leaf_by_leaf_with_the_reasons_of_the_mention() -> None:
    found = explained(a_text(), "actor:wagner mali NOT opera")
    assert found.rang
    assert found.matches
    assert [(each.leaf, each.negated, each.found, each.helps) for each in found.leaves] == [
        ("actor:wagner", False, True, True),
        ("mali", False, True, True),
        ("opera", True, False, True),
    ]
    assert found.leaves[0].because == ("stands alone",)
    written = "\n".join(lines(found))
    assert "[Wagner] men left Mali." in written
    assert f"alert {found.alert}" in written


def test_a_leaf_that_failed_is_named_and_an_actor_leaf_tells_its_near_misses() -> None:
    found = explained(a_text(mentioned=False), "actor:wagner mali")
    assert not found.rang
    assert [each.helps for each in found.leaves] == [False, True]
    assert "alias 'Wagner' is ambiguous" in found.leaves[0].because[0]
    assert "NO  actor:wagner: not here" in "\n".join(lines(found))


def test_a_word_that_was_excluded_and_stands_there_is_shown() -> None:
    found = explained(a_text(), "actor:wagner NOT mali")
    assert [each.helps for each in found.leaves] == [True, False]
    assert "NO  NOT mali: text 16-20: Wagner men left [Mali]." in "\n".join(lines(found))


def test_a_mention_that_was_not_sure_enough_is_told() -> None:
    found = explained(a_text(), "actor:wagner", min_confidence=0.8)
    assert not found.rang
    assert "confidence 0.6, 0.8 is asked" in found.leaves[0].because[0]


def test_a_filter_that_kept_it_silent_is_told() -> None:
    assert "flag old" in explained(a_text(flags=("old",)), "mali").reasons[0]
    found = explained(a_text(language="en"), "mali", languages=("fr",))
    assert found.matches
    assert "its language is en, not fr" in found.reasons[0]


def test_a_story_that_rang_through_another_copy_names_it() -> None:
    other = a_text(id="other", publisher="volta.example")
    found = explained(a_text(), "mali", run=other)
    assert found.rang
    assert found.shown == "other"
    assert "another article of it: other (volta.example" in found.reasons[0]
    assert lines(found)[0] == "mine rang for another article of the story of “News”"
    assert lines(explained(a_text(), "mali"))[0] == "mine rang for “News”"
    assert lines(explained(a_text(), "opera"))[0] == "mine did not ring for “News”"


def test_an_alert_of_another_story_does_not_count() -> None:
    found = explained(replace(a_text(), story="elsewhere"), "mali", run=a_text())
    assert not found.rang
    assert "other rules" in found.reasons[0]


def test_backfill_is_told() -> None:
    flagged = a_text(flags=("backfill",))
    assert "recorded, and delivered to nobody" in explained(flagged, "mali").reasons[0]
    loud = explained(flagged, "mali", run=a_text(id="other"))
    assert loud.reasons[0] == "This version came in as backfill, which rings nobody."


def test_a_nearness_tells_where_its_parts_stand_near_or_not() -> None:
    found = explained(a_text(), "left NEAR/0 mali")
    assert found.matches
    assert found.leaves[0].because == ("mali: text 16-20: Wagner men left [Mali].",)
    found = explained(a_text(), "left NEAR/0 russia")
    assert not found.matches
    assert found.leaves[0].because == (
        "left: text 11-15: Wagner men [left] Mali.",
        "russia: text 22-28: [Russia] stayed.",
    )


def test_a_word_that_is_spelled_otherwise_is_shown_as_it_stands() -> None:
    found = explained(a_text(), "=WAGNER")
    assert found.leaves[0].because == ("WAGNER: text 0-6: [Wagner] men left Mali.",)
    written = "\n".join(lines(found))
    assert "NO  =WAGNER: not here\n        WAGNER: text 0-6" in written
