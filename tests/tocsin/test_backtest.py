"""Old and new rules asked of the same article versions: what is added, lost and the same."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from schemas import (
    Actor,
    Alias,
    ArticleVersion,
    EntityType,
    RuleSet,
    Subscription,
    WatchList,
    freeze,
)
from tests.tocsin.query.article_versions import NOON, a_mention, an_article_version, an_entity
from tocsin.alerting import alerts_for, rings_for
from tocsin.backtest import Backtest
from tocsin.comparison import Comparison
from tocsin.language import detect
from tocsin.questions import Side
from tocsin.rule_changes import Status


def an_actor(id: str, *aliases: str) -> Actor:
    named = tuple(Alias(text=each, language="*") for each in aliases)
    return Actor(id=id, name=id.title(), aliases=named)


def lists(**actors: tuple[str, ...]) -> tuple[WatchList, ...]:
    return (
        WatchList(name="all", actors=tuple(an_actor(id, *each) for id, each in actors.items())),
    )


LISTS = lists(wagner=("Wagner",), ecowas=("ECOWAS",))


def rules(*subscriptions: Subscription, watch_lists: Sequence[WatchList] = LISTS) -> RuleSet:
    return freeze(tuple(watch_lists), subscriptions)


def asks(id: str, query: str, **fields: object) -> Subscription:
    return Subscription(id=id, query=query, **fields)  # type: ignore[arg-type]


def seen(minutes: float, text: str, story: str = "", **fields: object) -> ArticleVersion:
    moment = NOON + timedelta(minutes=minutes)
    id = f"{story or 'article'}-{minutes}"
    made = an_article_version(text, id=id, first_seen=moment, **fields)
    found = [
        a_mention(made.article, word, actor=word.lower())
        for word in ("Wagner", "ECOWAS")
        if word in text
    ]
    return replace(made, story=story or id, mentions=tuple(found))


def compared(
    old: RuleSet, new: RuleSet, versions: Iterable[ArticleVersion], *named: str
) -> tuple[Comparison, ...]:
    backtest = Backtest(old, new, named)
    for each in versions:
        backtest.add(each)
    return backtest.compare()


def stories(found: Comparison) -> list[list[str]]:
    return [[rung.story for rung in each] for each in (found.added, found.lost, found.same)]


def test_what_a_changed_query_adds_loses_and_keeps_is_told_by_story() -> None:
    (found,) = compared(
        rules(asks("mine", "mali OR chad")),
        rules(asks("mine", "mali OR niger")),
        [seen(0, "Mali", "a"), seen(1, "Chad", "b"), seen(2, "Niger", "c"), seen(3, "Togo", "d")],
    )
    assert stories(found) == [["c"], ["b"], ["a"]]
    assert (found.status, found.before.alerts, found.after.alerts) == (Status.CHANGED, 2, 2)
    assert found.after.versions == 4


def test_a_story_rings_once_and_counts_as_the_same_whichever_article_matched() -> None:
    (found,) = compared(
        rules(asks("mine", "mali")),
        rules(asks("mine", "chad")),
        [seen(0, "Mali", "a"), seen(1, "Chad", "a"), seen(2, "Chad again", "a")],
    )
    assert stories(found) == [[], [], ["a"]]
    assert found.same[0].article == "a-1"


def test_what_rings_nobody_live_rings_nobody_here() -> None:
    kept = [
        seen(0, "Mali", flags=("backfill",)),
        seen(1, "Mali", flags=("late",)),
        seen(2, "Mali", flags=("old",)),
        seen(3, "Mali", publisher="other.example"),
        seen(4, "Mali mines", publisher="press.example"),
    ]
    new = asks("mine", "mali", publishers=("press.example",))
    (found,) = compared(rules(), rules(new), kept)
    assert (found.status, stories(found)) == (Status.ADDED, [["article-4"], [], []])


def test_only_what_decides_what_rings_counts_as_a_change() -> None:
    was = [asks("one", "mali"), asks("two", "chad"), asks("gone", "niger")]
    now = [
        replace(was[0], channels=("hook",), name="One", query="(mali)"),
        replace(was[1], languages=("fr",)),
    ]
    backtest = Backtest(rules(*was), rules(*now))
    assert {each.id: each.status.value for each in backtest.pairs} == {
        "gone": "removed",
        "one": "unchanged",
        "two": "changed",
    }
    assert [each.subscription for each in backtest.compare()] == ["gone", "two"]


def test_unchanged_subscriptions_are_asked_where_they_are_named() -> None:
    same = rules(asks("mine", "mali"), asks("yours", "mali"))
    (found,) = compared(same, same, [seen(0, "Mali", "a")], "mine")
    assert (found.subscription, found.status) == ("mine", Status.UNCHANGED)
    assert stories(found) == [[], [], ["a"]]


def test_mentions_that_are_not_sure_enough_do_not_count() -> None:
    unsure = seen(0, "Wagner left", "a")
    unsure = replace(unsure, mentions=tuple(replace(it, confidence=0.5) for it in unsure.mentions))
    (found,) = compared(
        rules(asks("mine", "actor:wagner")),
        rules(asks("mine", "actor:wagner", min_confidence=0.6)),
        [unsure, seen(1, "Wagner came", "b")],
    )
    assert stories(found) == [[], ["a"], ["b"]]


def test_stored_entities_are_asked_and_nothing_else_is_read_than_what_is_asked() -> None:
    version = seen(0, "The junta spoke in Niamey.", "a")
    place = an_entity(version.article, "Niamey", type=EntityType.PLACE)
    backtest = Backtest(rules(), rules(asks("mine", "place:niamey")))
    assert backtest.kinds == ("entities",)
    backtest.add(replace(version, entities=(place,)))
    (found,) = backtest.compare()
    assert stories(found)[0] == ["a"]
    assert Backtest(rules(), rules(asks("m", "actor:wagner"))).kinds == ("mentions",)
    assert Backtest(rules(), rules(asks("m", "mali"))).kinds == ()


ENGLISH = "The minister said on Monday that the border with Mali would be closed for a week."
FRENCH = "Le ministre a dit lundi que la frontière avec le Mali serait fermée pour une semaine."


def test_languages_are_found_for_filters_and_for_queries_also_under_not() -> None:
    versions = [seen(0, ENGLISH, "en"), seen(1, FRENCH, "fr")]
    new = [
        asks("all-but", "mali NOT language:fr"),
        asks("either", "language:fr OR togo"),
        asks("filter", "mali", languages=("fr",)),
        asks("french", "language:fr mali"),
        asks("only", "language:fr"),
    ]
    found = compared(rules(), rules(*new), versions)
    assert {each.subscription: stories(each)[0] for each in found} == {
        "all-but": ["en"],
        "either": ["fr"],
        "filter": ["fr"],
        "french": ["fr"],
        "only": ["fr"],
    }
    assert found[0].languages[0].name == "en"


def test_actors_that_changed_are_looked_for_in_both_and_others_are_as_they_are_stored() -> None:
    old = lists(wagner=("Wagner",), ecowas=("ECOWAS",))
    new = lists(wagner=("Africa Corps",), ecowas=("ECOWAS",))
    wanted = (asks("corps", "actor:wagner"), asks("states", "actor:ecowas"))
    corps, stale = seen(0, "The Africa Corps came", "corps"), seen(1, "Wagner left", "wagner")
    stored = replace(seen(2, "Nobody came", "stored"), mentions=seen(2, "ECOWAS").mentions)
    before, after = rules(*wanted, watch_lists=old), rules(*wanted, watch_lists=new)
    (found,) = compared(before, after, [corps, stale])
    assert (found.subscription, found.status) == ("corps", Status.CHANGED)
    assert stories(found) == [["corps"], ["wagner"], []]
    (unchanged,) = compared(before, after, [stored], "states")
    assert stories(unchanged) == [[], [], ["stored"]]


def test_evidence_is_given_by_the_rules_of_either_side() -> None:
    old, new = lists(wagner=("Wagner",)), lists(wagner=("Africa Corps",))
    wanted = asks("mine", "actor:wagner")
    backtest = Backtest(rules(wanted, watch_lists=old), rules(wanted, watch_lists=new))
    version = seen(0, "The Africa Corps came. Wagner left.")
    for side, name in ((Side.BEFORE, "Wagner"), (Side.AFTER, "Africa Corps")):
        (proof,) = backtest.proof(side, "mine", version)
        assert proof.text == name
    assert backtest.proof(Side.AFTER, "mine", seen(0, "Nothing")) == ()


def test_counts_by_publisher_name_first_who_differs_most() -> None:
    (found,) = compared(
        rules(asks("mine", "mali OR chad")),
        rules(asks("mine", "mali OR niger")),
        [
            seen(0, "Mali", publisher="a.example"),
            seen(1, "Mali", publisher="a.example"),
            seen(2, "Niger", publisher="b.example"),
            seen(3, "Chad", publisher="b.example"),
        ],
    )
    told = [(each.name, each.added, each.lost, each.same) for each in found.publishers]
    assert told == [("b.example", 1, 1, 0), ("a.example", 0, 0, 2)]


WORDS = ("mali", "chad", "niger", "Wagner", "ECOWAS", "wire")
LEAVES = ("mali", "chad", "niger", "actor:wagner", "actor:ecowas", "language:en", "copies>0")

queries = st.lists(st.sampled_from(LEAVES), min_size=1, max_size=3).flatmap(
    lambda leaves: st.sampled_from(
        [" OR ".join(leaves), " AND ".join(leaves), f"wire NOT {leaves[0]}"]
    )
)
subscriptions = st.builds(
    Subscription,
    id=st.sampled_from(("a", "b", "c")),
    query=queries,
    languages=st.sampled_from(((), ("en",))),
    publishers=st.sampled_from(((), ("press.example",))),
    min_confidence=st.sampled_from((0.0, 0.5, 0.95)),
    include_old=st.booleans(),
)
watch_lists = st.sampled_from(
    (
        LISTS,
        lists(wagner=("Wagner", "Niger"), ecowas=("ECOWAS",)),
        lists(wagner=("wire",), ecowas=("Mali",)),
    )
)
rule_sets = st.builds(
    lambda wanted, watched: rules(*wanted, watch_lists=watched),
    st.lists(subscriptions, max_size=3, unique_by=lambda each: each.id),
    watch_lists,
)
texts = st.lists(st.sampled_from(WORDS), min_size=1, max_size=4).map(" ".join)
histories = st.lists(
    st.tuples(texts, st.sampled_from("xyz"), st.sampled_from(((), ("backfill",), ("old",)))),
    max_size=6,
).map(
    lambda rows: [
        replace(seen(at, text, story, flags=flags, publisher="press.example"), copies=at % 2)
        for at, (text, story, flags) in enumerate(rows)
    ]
)


@given(rule_sets, histories)
def test_equal_rule_sets_have_no_difference(same: RuleSet, versions: list[ArticleVersion]) -> None:
    assert compared(same, same, versions) == ()
    named = [each.id for each in same.subscriptions]
    for found in compared(same, same, versions, *named):
        assert (found.added, found.lost) == ((), ())
        assert found.before == found.after


@given(rule_sets, rule_sets, histories)
def test_what_is_added_and_what_is_the_same_is_what_the_new_rules_alone_ring_for(
    old: RuleSet, new: RuleSet, versions: list[ArticleVersion]
) -> None:
    names = {each.id for each in (*old.subscriptions, *new.subscriptions)}
    if not names:
        return
    alone = {
        each.subscription: each
        for each in compared(rules(watch_lists=old.watch_lists), new, versions, *names)
    }
    gone = {
        each.subscription: each
        for each in compared(old, rules(watch_lists=new.watch_lists), versions, *names)
    }
    for found in compared(old, new, versions, *names):
        added, lost, same = (
            {rung.story for rung in each} for each in (found.added, found.lost, found.same)
        )
        assert added | same == _rung_for(alone, found.subscription)
        assert lost | same == _rung_for(gone, found.subscription)


def _rung_for(found: dict[str, Comparison], id: str) -> set[str]:
    if id not in found:
        return set()
    return {rung.story for rung in (*found[id].added, *found[id].lost)}


@given(rule_sets, histories)
def test_it_rings_for_what_the_pipeline_rings_for(
    new: RuleSet, versions: list[ArticleVersion]
) -> None:
    rings = rings_for(new)
    expected: dict[str, set[str]] = {}
    for each in versions:
        language = detect(f"{each.article.title}\n{each.article.text}").language
        for alert in alerts_for(
            rings.queries,
            rings.subscriptions,
            replace(each, language=language),
            story=each.story,
            rule_set=new.id,
        ):
            if not alert.backfill:
                expected.setdefault(alert.subscription, set()).add(alert.story)
    old = rules(watch_lists=new.watch_lists)
    for found in compared(old, new, versions):
        assert set(stories(found)[0]) == expected.get(found.subscription, set())


@given(rule_sets, st.lists(subscriptions, max_size=3, unique_by=lambda each: each.id), histories)
def test_what_is_said_to_be_unchanged_rings_the_same(
    old: RuleSet, wanted: list[Subscription], versions: list[ArticleVersion]
) -> None:
    """Whoever is left out by default would have shown no difference."""
    new = rules(*wanted, watch_lists=old.watch_lists)
    unchanged = [it.id for it in Backtest(old, new).pairs if it.status is Status.UNCHANGED]
    if unchanged:
        for found in compared(old, new, versions, *unchanged):
            assert (found.added, found.lost) == ((), ())
