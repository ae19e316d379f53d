"""Nothing rings twice for a story, whatever the order; and what must ring does."""

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, select

from schemas import Alert, Article
from schemas.ids import alert_id
from store import forgetting
from store.deliveries import due
from store.engine import writing
from store.ledger import ring
from store.memory import SqlMemory
from store.results import write
from store.tables import delivery, ledger
from tests.memories import START, TIME_TO_LIVE, an_alert, an_article, edited, show
from tests.schemas.records import a_mention
from tests.store.test_memory import ARTICLES, OTHER, WIRE
from tocsin.memory import Part


@pytest.fixture
def store(empty_store: Callable[[], Engine]) -> Engine:
    return empty_store()


def known(store: Engine, *articles: Article) -> SqlMemory:
    memory = SqlMemory(store, TIME_TO_LIVE)
    show(memory, articles)
    return memory


def rung(store: Engine, *alerts: Alert, channels: tuple[str, ...] = ("kafka",)) -> list[Alert]:
    with writing(store) as connection:
        return ring(connection, alerts, lambda _: channels, START)


def entries(connection: Connection) -> list[tuple[str, str, str]]:
    columns = (ledger.c.subscription, ledger.c.story, ledger.c.article)
    return [tuple(row) for row in connection.execute(select(*columns).order_by(*columns))]


def test_an_alert_rings_once(store: Engine) -> None:
    one = an_article("one", WIRE)
    known(store, one)
    assert rung(store, an_alert(one)) == [an_alert(one)]
    assert rung(store, an_alert(one)) == []
    assert rung(store, an_alert(one, "mali"), an_alert(one)) == [an_alert(one, "mali")]
    with store.connect() as connection:
        assert entries(connection) == [("mali", one.id, one.id), ("niger", one.id, one.id)]


def test_a_copy_does_not_ring_again_and_the_first_of_a_batch_rings(store: Engine) -> None:
    root, first, second = (an_article(name, WIRE, hour) for hour, name in enumerate("abc"))
    known(store, root, first, second)
    assert rung(store, an_alert(second), an_alert(first)) == [an_alert(first, story=root.id)]
    assert rung(store, an_alert(root)) == []


def test_an_alert_is_written_under_the_root_of_now(store: Engine) -> None:
    root, copy = an_article("a", WIRE, 1), an_article("b", WIRE, 2)
    known(store, root, copy)
    stale = replace(an_alert(copy), mentions=(a_mention(article=copy.id, story=copy.id),))
    (alert,) = rung(store, stale)
    assert (alert.id, alert.story) == (alert_id("niger", root.id), root.id)
    assert alert.mentions == (a_mention(article=copy.id, story=root.id),)


def test_a_story_that_rang_under_another_root_does_not_ring_again(store: Engine) -> None:
    root, copy = an_article("b", WIRE, 5), an_article("c", WIRE, 6)
    known(store, root, copy)
    assert rung(store, an_alert(copy, story=root.id))
    earlier = an_article("a", WIRE, 1)
    known(store, earlier)
    assert rung(store, an_alert(earlier), an_alert(root), an_alert(copy)) == []
    with store.connect() as connection:
        assert entries(connection) == [("niger", root.id, copy.id)]


def test_two_that_rang_before_they_were_linked_stay_two(store: Engine) -> None:
    """An article between them, that is like both, comes last."""
    far, near = an_article("far", WIRE, 100), an_article("near", WIRE, 0)
    known(store, near, far)
    assert len(rung(store, an_alert(near), an_alert(far))) == 2
    between = an_article("between", WIRE, 50)
    memory = known(store, between)
    assert set(memory.roots([far.id, between.id]).values()) == {near.id}
    assert rung(store, an_alert(between)) == []
    with store.connect() as connection:
        assert len(entries(connection)) == 2


def test_a_story_that_falls_apart_rings_for_the_part_that_did_not(store: Engine) -> None:
    root, copy = an_article("root", WIRE, 1), an_article("copy", WIRE, 2)
    known(store, root, copy)
    assert rung(store, an_alert(root))
    known(store, an_article("root", OTHER, 0))  # its first version says something else
    assert rung(store, an_alert(copy)) == [an_alert(copy)]


def test_a_story_that_falls_apart_does_not_ring_again_for_the_article_that_rang(
    store: Engine,
) -> None:
    root, shown = an_article("root", WIRE, 1), an_article("shown", WIRE, 2)
    known(store, root, shown)
    assert [alert.story for alert in rung(store, an_alert(shown))] == [root.id]
    copy = an_article("copy", WIRE, 3)
    known(store, an_article("root", OTHER, 0), copy)
    assert rung(store, an_alert(shown)) == rung(store, an_alert(copy)) == []


def test_backfill_rings_nobody_and_does_not_keep_others_from_ringing(store: Engine) -> None:
    old, copy = an_article("old", WIRE, backfill=True), an_article("copy", WIRE, 1)
    known(store, old, copy)
    assert rung(store, an_alert(old)) == []
    assert rung(store, an_alert(old), an_alert(copy)) == [an_alert(copy, story=old.id)]


def test_articles_that_are_forgotten_ring_once_all_the_same(store: Engine) -> None:
    one = an_article("one", WIRE)
    memory = known(store, one)
    assert rung(store, an_alert(one))
    memory.forget(one.first_seen + timedelta(days=1), 10, Part(0))
    assert rung(store, an_alert(one)) == []
    assert rung(store, an_alert(an_article("two", OTHER)))


def forget_everything(memory: SqlMemory) -> None:
    memory.forget(START + timedelta(days=365), 100, Part(0))
    assert memory.counts()["articles"] == 0


def test_a_copy_that_is_edited_after_its_story_was_forgotten_does_not_ring_again(
    store: Engine,
) -> None:
    root, copy = an_article("root", WIRE), an_article("copy", WIRE, 1)
    memory = known(store, root, copy, quiet := an_article("quiet", OTHER))
    assert rung(store, an_alert(root), an_alert(root, "mali"))
    forget_everything(memory)
    edit, again = an_article("copy", edited(WIRE, 4), 400), an_article("new", edited(WIRE, 4), 401)
    known(store, edit, again, quiet)
    assert rung(store, an_alert(edit), an_alert(again, "mali", story=edit.id)) == []
    assert [alert.subscription for alert in rung(store, an_alert(edit, "chad"))] == ["chad"]
    assert rung(store, an_alert(quiet)) == [an_alert(quiet)]


def test_what_copies_a_copy_that_came_back_is_of_the_story_that_rang_for_ever(
    store: Engine,
) -> None:
    memory = known(store, an_article("root", WIRE), copy := an_article("copy", WIRE, 1))
    assert rung(store, an_alert(copy, story=an_article("root", WIRE).id))
    for hours in (400, 800, 1200):
        forget_everything(memory)
        edit = an_article("copy" if hours == 400 else f"new{hours - 400}", WIRE, hours)
        known(store, edit, new := an_article(f"new{hours}", WIRE, hours + 1))
        assert rung(store, an_alert(new), an_alert(edit)) == []


def test_a_story_is_known_by_every_root_under_which_it_rang(store: Engine) -> None:
    near, far, copy = (
        an_article(name, WIRE, at) for name, at in (("n", 0), ("f", 100), ("c", 101))
    )
    known(store, near, far, copy)
    assert len(rung(store, an_alert(near, "mali"), an_alert(far, "chad"))) == 2
    memory = known(store, an_article("between", WIRE, 50))  # makes them one story
    forget_everything(memory)
    edit = an_article("c", edited(WIRE, 4), 400)
    known(store, edit)
    assert rung(store, an_alert(edit, "mali"), an_alert(edit, "chad")) == []
    assert len(rung(store, an_alert(edit, "niger"))) == 1


def test_members_of_big_stories_are_kept_in_mind_though_they_go_in_pieces(
    store: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forgetting, "PIECE", 3)
    copies = [an_article(f"c{place}", WIRE, place) for place in range(8)]
    memory = known(store, *copies)
    assert rung(store, an_alert(copies[-1]))  # the article that rang goes with the first piece
    forget_everything(memory)
    for place, copy in enumerate(copies):
        known(store, edit := replace(copy, first_seen=START + timedelta(days=90 * (place + 1))))
        assert rung(store, an_alert(edit)) == []


def test_what_rings_waits_for_each_channel(store: Engine) -> None:
    one, two = an_article("one", WIRE, 2), an_article("two", OTHER, 1)
    known(store, one, two)
    rings = rung(store, an_alert(one), an_alert(two), channels=("kafka", "post"))
    assert [alert.article for alert in rings] == [two.id, one.id]
    with writing(store) as connection:
        write(connection, "alerts", rings)
        assert [id for id, _ in due(connection, 9)] == [alert.id for alert in rings]
        found = connection.execute(select(delivery.c.channel, delivery.c.state)).tuples().all()
        assert sorted(found) == [("kafka", "ready")] * 2 + [("post", "pending")] * 2


def test_what_is_not_committed_did_not_ring(store: Engine) -> None:
    one = an_article("one", WIRE)
    known(store, one)

    def crash() -> None:
        with writing(store) as connection:
            ring(connection, [an_alert(one)], lambda _: ("kafka",), START)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        crash()
    assert rung(store, an_alert(one)) == [an_alert(one)]


SUBSCRIPTIONS = st.lists(st.sampled_from(["niger", "mali", "chad"]), min_size=1, unique=True)


@given(
    articles=st.lists(st.tuples(ARTICLES, SUBSCRIPTIONS), min_size=1, max_size=10),
    shuffle=st.randoms(use_true_random=False),
    batch=st.integers(1, 5),
)
@settings(max_examples=30, suppress_health_check=list(HealthCheck))
def test_once_all_is_linked_each_story_rings_once_whatever_the_order(
    empty_store: Callable[[], Engine],
    articles: list[tuple[Article, list[str]]],
    shuffle: random.Random,
    batch: int,
) -> None:
    store = empty_store()
    memory = known(store, *(article for article, _ in articles))
    roots = memory.roots({article.id for article, _ in articles})
    alerts = [an_alert(article, name) for article, names in articles for name in names]
    arrived = [*alerts, *shuffle.sample(alerts, len(alerts) // 2)]
    shuffle.shuffle(arrived)
    rings = [
        alert
        for start in range(0, len(arrived), batch)
        for alert in rung(store, *arrived[start : start + batch])
    ]
    wanted = {(each.subscription, roots[each.article]) for each in alerts if not each.backfill}
    assert sorted((alert.subscription, alert.story) for alert in rings) == sorted(wanted)
    with store.connect() as connection:
        assert {(name, story) for name, story, _ in entries(connection)} == wanted


@given(
    articles=st.lists(ARTICLES, min_size=1, max_size=12),
    again=st.lists(st.integers(0, 11), max_size=6),
    batch=st.integers(1, 4),
)
@settings(max_examples=30, suppress_health_check=list(HealthCheck))
def test_while_links_change_only_those_ring_twice_that_were_apart_when_they_rang(
    empty_store: Callable[[], Engine], articles: list[Article], again: list[int], batch: int
) -> None:
    store = empty_store()
    arrived = [*articles, *(articles[at % len(articles)] for at in again)]
    before: list[Alert] = []
    for start in range(0, len(arrived), batch):
        part = arrived[start : start + batch]
        memory = known(store, *part)
        now = rung(store, *(an_alert(each) for each in part))
        ids = {id for alert in (*before, *now) for id in (alert.story, alert.article)}
        roots = memory.roots({*ids, *(each.id for each in part)})
        trees = [{roots[alert.story], roots[alert.article]} for alert in (*before, *now)]
        for place in range(len(before), len(trees)):
            assert not any(trees[place] & other for other in trees[:place])
        heard = set().union(*trees) if trees else set()
        assert all(roots[each.id] in heard for each in part if not each.is_backfill)
        before.extend(now)
    assert len({alert.id for alert in before}) == len(before)
