"""What is forgotten, and that the rest answers as before."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, func, select, text

from schemas import Article, EntityType, Flag, StoryName
from store import forgetting
from store.engine import open_engine
from store.memory import SqlMemory
from store.tables import memory_band, memory_name, memory_reopened, memory_version
from tests.memories import START, TIME_TO_LIVE, an_article, edited, everything, prose, show
from tests.store.conftest import Opener
from tests.store.test_memory import ARTICLES, OTHER, WIRE
from tocsin.memory import WHOLE, Part

NOBODY = Part(0)


def at(hours: float) -> datetime:
    return START + timedelta(hours=hours)


def test_stories_are_forgotten_once_their_last_article_is_old(empty_memory: Opener) -> None:
    memory = empty_memory()
    assert (memory.newest(), memory.horizon()) == (None, None)
    old, young = an_article("old", OTHER, 1), an_article("young", WIRE, 60)
    root = an_article("root", WIRE, 0)
    show(memory, [old, root, young])
    assert memory.forget(at(0.5), 10, NOBODY) == 0
    assert memory.horizon() is None
    assert memory.forget(at(30), 10, NOBODY) == 1
    assert (memory.newest(), memory.horizon()) == (at(60), at(30))
    assert memory.counts() == {"articles": 2, "versions": 2, "stories": 1}
    assert memory.roots([young.id]) == {young.id: root.id}
    assert memory.forget(at(61), 10, NOBODY) == 1
    assert memory.rows() == {"articles": 0, "versions": 0, "reopened": 0}
    assert memory.forget(at(10), 10, NOBODY) == 0
    assert memory.horizon() == at(61)


def test_no_more_stories_are_forgotten_at_a_time_than_asked_for(empty_memory: Opener) -> None:
    memory = empty_memory()
    show(memory, [an_article(f"s{place}", prose(place), place) for place in range(7)])
    assert [memory.forget(at(6), 4, NOBODY) for _ in range(3)] == [4, 2, 0]
    assert memory.counts()["articles"] == 1


def test_an_article_that_waits_to_be_linked_is_not_forgotten(empty_memory: Opener) -> None:
    memory = empty_memory()
    one = an_article("one", WIRE)
    memory.remember([one])
    assert memory.forget(at(100), 10, NOBODY) == 0
    memory.link([one.id])
    assert memory.forget(at(100), 10, NOBODY) == 1


def test_a_story_waits_for_each_part_that_has_not_finished_all_its_versions(
    empty_memory: Opener,
) -> None:
    memory = empty_memory()
    root, copy, other = an_article("r", WIRE), an_article("c", WIRE, 1), an_article("o", OTHER, 2)
    edit = an_article("c", edited(WIRE, 4), 3)
    show(memory, [root, copy, edit, other])
    memory.finish([(each.id, each.version) for each in (root, copy, other)], WHOLE)
    assert memory.forget(at(9), 10, WHOLE) == 1
    assert memory.counts() == {"articles": 2, "versions": 3, "stories": 1}
    memory.finish([(edit.id, edit.version)], Part.ALERTS)
    assert memory.forget(at(9), 10, WHOLE) == memory.forget(at(9), 10, Part.ENTITIES) == 0
    memory.remember([replace(copy, flags=(Flag.BACKFILL,))])
    assert memory.forget(at(9), 10, Part.ALERTS) == 1
    assert memory.counts()["articles"] == 0


def test_who_ever_began_to_work_on_a_memory_is_a_part_of_it(empty_memory: Opener) -> None:
    memory = empty_memory()
    assert memory.parts() == NOBODY
    for _ in range(2):
        memory.begin(Part.ENTITIES)
    assert memory.parts() == Part.ENTITIES
    memory.begin(WHOLE)
    assert memory.parts() == WHOLE


def test_what_comes_too_late_is_late_for_whoever_is_given_it(empty_memory: Opener) -> None:
    memory = empty_memory()
    show(memory, [an_article("old", OTHER, 0), behind := an_article("behind", prose(3), 90)])
    assert memory.forget(at(20), 10, NOBODY) == 1
    late, near = an_article("late", WIRE, 91.9), an_article("near", prose(4), 92)
    assert memory.unfinished([late], WHOLE)[(late.id, late.version)].flags == (Flag.LATE,)
    show(memory, [late, near])
    again = an_article("late", WIRE, 200)  # comes again, with a later record
    show(memory, [again, behind])
    for part in Part:
        given = memory.unfinished([again, near, behind], part)
        assert [each.flags for each in given.values()] == [(Flag.LATE,), (), ()]
    flags = {each.id: each.flags for each in memory.articles()}
    assert flags == {behind.id: (), late.id: (Flag.LATE,), near.id: ()}
    memory.finish([(late.id, late.version)], Part.ALERTS)
    show(memory, [an_article("first", WIRE, 91)])
    assert [each.flags for each in memory.reopened(Part.ALERTS)] == [(Flag.LATE,)]


def test_what_was_in_time_stays_so_however_far_behind_a_part_is(empty_memory: Opener) -> None:
    memory = empty_memory()
    show(memory, [an_article("old", OTHER, 0), slow := an_article("slow", WIRE, 1)])
    memory.finish([(slow.id, slow.version)], Part.ALERTS)
    assert memory.forget(at(50), 10, Part.ALERTS) == 1
    assert memory.forget(at(0.5), 10, NOBODY) == 1
    assert memory.horizon() == at(50)
    other = an_article("old", OTHER, 0)
    assert memory.unfinished([other], Part.ENTITIES)[(other.id, other.version)].flags == (
        Flag.LATE,
    )


def test_a_search_ends_where_many_stories_wait_for_a_part(
    empty_store: Callable[[], Engine], monkeypatch
) -> None:
    monkeypatch.setattr(forgetting, "PAGE", 2)
    monkeypatch.setattr(forgetting, "MOST_WAITING", 3)
    memory = SqlMemory(empty_store(), TIME_TO_LIVE)
    articles = [an_article(f"s{place}", prose(place), place) for place in range(8)]
    show(memory, articles)
    memory.finish([(each.id, each.version) for each in articles[1::2]], Part.ALERTS)
    assert memory.forget(at(9), 10, Part.ALERTS) == 3
    memory.finish([(each.id, each.version) for each in articles[:2]], Part.ALERTS)
    assert memory.forget(at(9), 10, Part.ALERTS) == 1
    assert memory.forget(at(9), 10, NOBODY) == 4


def test_what_was_forgotten_is_new_and_not_done_when_it_comes_again(empty_memory: Opener) -> None:
    memory, one = empty_memory(), an_article("one", WIRE)
    show(memory, [one])
    memory.finish([(one.id, one.version)], Part.ALERTS)
    memory.forget(at(1), 10, NOBODY)
    assert [seen.value for seen in memory.remember([one])] == ["new"]
    assert (one.id, one.version) in memory.unfinished([one], Part.ALERTS)


@given(
    articles=st.lists(ARTICLES, min_size=1, max_size=14),
    before=st.sampled_from([0, 1, 31, 72, 74, 101, 160]),
    limit=st.integers(1, 4),
)
@settings(max_examples=40, suppress_health_check=list(HealthCheck))
def test_what_is_left_answers_as_before(
    empty_memory: Opener, articles: list[Article], before: int, limit: int
) -> None:
    memory = empty_memory()
    show(memory, articles)
    stories = list(memory.stories())
    left = [story for story in stories if last_seen(story) >= at(before)]
    ids = {story.id for story in left} | {copy.article for story in left for copy in story.copies}
    roots = {
        article: root for article, root in everything(memory)["roots"].items() if article in ids
    }
    forgotten = 0
    while count := memory.forget(at(before), limit, NOBODY):
        assert count <= limit
        forgotten += count
    assert forgotten == len(stories) - len(left)
    assert list(memory.stories()) == left
    assert memory.roots(ids) == roots
    assert memory.copies([story.id for story in left]) == {
        story.id: len(story.copies) for story in left
    }
    assert memory.rows()["articles"] == memory.counts()["articles"] == len(ids)
    assert memory.rows()["versions"] == memory.counts()["versions"]
    show(memory, [an_article("late", WIRE, 170)])
    show(again := empty_memory(), [an_article("late", WIRE, 170), *articles])
    young = {story.id for story in left if last_seen(story) >= at(170) - TIME_TO_LIVE}
    if before <= 170 - 72:  # nothing that it may copy is gone
        late = an_article("late", WIRE).id
        assert memory.roots([late]) == again.roots([late])
        assert set(memory.roots([late]).values()) <= young | {late}


def last_seen(story) -> datetime:
    return max([story.first_seen, *(copy.first_seen for copy in story.copies)])


def test_a_big_story_goes_in_pieces_and_nothing_of_it_stays(
    empty_store: Callable[[], Engine], monkeypatch
) -> None:
    monkeypatch.setattr(forgetting, "PIECE", 7)
    engine = empty_store()
    memory = SqlMemory(engine, TIME_TO_LIVE)
    copies = [an_article(f"c{place}", WIRE, place / 10) for place in range(30)]
    show(memory, [*copies, an_article("other", OTHER, 99)])
    noted = StoryName(type=EntityType.PLACE, name="Niger", articles=1)
    memory.note_names([(each.id, each.version, noted) for each in copies])
    memory.finish([(each.id, each.version) for each in copies], Part.ALERTS)
    show(memory, [an_article("first", WIRE, -1)])
    assert memory.rows()["reopened"] == 30
    assert memory.forget(at(50), 10, NOBODY) == 1
    assert memory.counts() == {"articles": 1, "versions": 1, "stories": 1}
    with engine.connect() as connection:
        bands = select(func.count(func.distinct(memory_band.c.article)))
        left = [connection.scalar(bands)]
        for table in (memory_version, memory_name, memory_reopened):
            left.append(connection.scalar(select(func.count()).select_from(table)))
    assert left == [1, 1, 0, 0]


def test_the_file_does_not_grow_while_as_much_is_forgotten_as_comes(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'store.sqlite'}")
    memory = SqlMemory(engine, TIME_TO_LIVE)
    pages = []
    for day in range(10):
        articles = [an_article(f"s{day}-{n}", prose(n + 1000 * day), day * 24) for n in range(60)]
        show(memory, articles)
        memory.finish([(each.id, each.version) for each in articles], Part.ALERTS)
        memory.forget(at((day - 1) * 24), 1000, Part.ALERTS)
        with engine.connect() as connection:
            pages.append(connection.scalar(text("PRAGMA page_count")))
    assert memory.counts()["articles"] == 120
    assert pages[-1] <= 1.05 * pages[3]
