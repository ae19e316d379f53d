from datetime import UTC, datetime, timedelta

from schemas import Alert, Article, Mention, MentionKind, Story, StoryMember, TextField
from tocsin.summary import join, summarise

NOON = datetime(2023, 8, 10, 12, tzinfo=UTC)
NAMES = {"ecowas": "ECOWAS", "russia": "Russia"}


def an_article(name: str, minute: int = 0) -> Article:
    return Article(id=name, version="v", title=name, first_seen=NOON + timedelta(minutes=minute))


def a_mention(
    article: str, *, story: str = "", actor: str = "russia", confidence: float = 0.9
) -> Mention:
    return Mention(
        id=f"{article}-{actor}", article=article, version="v", story=story or article, actor=actor,
        alias="Russia", surface="Russia", kind=MentionKind.NAME, field=TextField.TEXT, start=0, end=6,
        sentence=f"Russia, says {article}.", language="en", confidence=confidence, because=(),
        rule_set="r",
    )  # fmt: skip


def a_story(name: str, *copies: str, publishers: int = 1) -> Story:
    members = tuple(StoryMember(article=c, first_seen=NOON, similarity=1.0) for c in copies)
    return Story(id=name, title=name, first_seen=NOON, copies=members, publishers=publishers)


def an_alert(subscription: str, story: str, *, backfill: bool = False) -> Alert:
    return Alert(
        id=f"{subscription}-{story}", subscription=subscription, story=story, article=story,
        version="v", title="", url="", publisher="", language="en", published=None, first_seen=NOON,
        mentions=(), evidence=(), rule_set="r", backfill=backfill,
    )  # fmt: skip


def test_mentions_join_their_article_version():
    articles = [an_article("a"), an_article("b"), an_article("c")]
    mentions = [a_mention("a"), a_mention("a", actor="ecowas"), a_mention("c")]
    assert [len(own) for _, own in join(articles, mentions)] == [2, 0, 1]


def test_an_actor_is_counted_by_story_copy_and_mention():
    named = [
        (an_article("a"), [a_mention("a")]),
        (
            an_article("b", 5),
            [a_mention("b", story="a"), a_mention("b", story="a", actor="ecowas")],
        ),
    ]
    found = summarise(named, [a_story("a", "b", publishers=2)], [], NAMES)
    ecowas, russia = found.actors
    assert (russia.stories, russia.copies, russia.mentions) == (1, 1, 2)
    assert (russia.first_seen, russia.last_seen) == (NOON, NOON + timedelta(minutes=5))
    assert (ecowas.stories, ecowas.copies, ecowas.mentions) == (1, 1, 1)
    assert (found.stories, found.copies, found.stories_with_mentions) == (1, 1, 1)


def test_an_actor_that_nobody_names_is_still_listed():
    assert [tally.stories for tally in summarise([], [], [], NAMES).actors] == [0, 0]


def test_the_story_at_most_publishers_leads_and_shows_its_surest_sentence():
    named = [
        (an_article("a"), [a_mention("a")]),
        (an_article("b"), [a_mention("b", confidence=0.5)]),
        (an_article("c"), [a_mention("c", story="b", confidence=0.8)]),
    ]
    stories = [a_story("a"), a_story("b", "c", publishers=2)]
    found = summarise(named, stories, [], NAMES, top=1)
    assert [(top.story, top.proofs[0].sentence) for top in found.top] == [("b", "Russia, says c.")]


def test_of_equally_sure_sentences_that_of_the_first_copy_is_shown():
    named = [
        (an_article("z"), [a_mention("z")]),
        (an_article("a", 5), [a_mention("a", story="z")]),
    ]
    (top,) = summarise(named, [a_story("z", "a")], [], NAMES).top
    assert top.proofs[0].sentence == "Russia, says z."


def test_backfill_is_told_apart():
    alerts = [an_alert("s", "a"), an_alert("s", "b", backfill=True)]
    (tally,) = summarise([], [], alerts, NAMES).subscriptions
    assert (tally.alerts, tally.backfill) == (2, 1)
