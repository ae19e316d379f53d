"""Which part is done with what, for every implementation of `tocsin.memory.Memory`."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from schemas import Article, Flag, encode
from store import parts
from store.engine import writing
from store.memory import SqlMemory
from tests.memories import START, TIME_TO_LIVE, an_article, edited, prose, show
from tests.store.conftest import Opener
from tests.store.test_memory import ARTICLES, OTHER, WIRE
from tocsin.memory import WHOLE, Key, Memory, Part
from tocsin.process_memory import ProcessMemory


def key(article: Article) -> Key:
    return (article.id, article.version)


def test_a_version_is_handed_out_until_its_part_has_finished_it(empty_memory: Opener) -> None:
    memory = empty_memory()
    one, two = an_article("one", WIRE), an_article("two", OTHER)
    show(memory, [one, two])
    assert memory.unfinished([one, two], Part.ALERTS) == {key(one): one, key(two): two}
    memory.finish([key(one)], Part.ALERTS)
    assert memory.unfinished([one, two], Part.ALERTS) == {key(two): two}
    assert memory.unfinished([one, two], Part.ENTITIES) == {key(one): one, key(two): two}
    memory.remember([one])
    assert memory.unfinished([one], Part.ALERTS) == {}


def test_several_parts_at_once_are_done_when_each_of_them_is(empty_memory: Opener) -> None:
    memory, one = empty_memory(), an_article("one", WIRE)
    both = Part.ALERTS | Part.ENTITIES
    show(memory, [one])
    memory.finish([key(one)], Part.ALERTS)
    assert key(one) in memory.unfinished([one], both)
    memory.finish([key(one)], both)
    assert memory.unfinished([one], both) == memory.unfinished([one], Part.ENTITIES) == {}


def test_it_is_counted_how_much_of_a_story_a_part_is_done_with(empty_memory: Opener) -> None:
    memory = empty_memory()
    root, copy, other = (an_article(name, WIRE, at) for at, name in enumerate(("r", "c", "o")))
    alone = an_article("alone", OTHER)
    show(memory, [root, copy, other, alone])
    assert memory.done([root.id, alone.id], Part.ALERTS) == {root.id: 0, alone.id: 0}
    memory.finish([key(root), key(copy), key(alone)], Part.ALERTS)
    memory.finish([key(other)], Part.ENTITIES)
    assert memory.done([root.id, alone.id], Part.ALERTS) == {root.id: 2, alone.id: 1}
    assert memory.done([root.id], Part.ENTITIES) == {root.id: 1}
    assert memory.done([root.id], Part.ALERTS | Part.ENTITIES) == {root.id: 0}
    assert memory.versions_of([root.id]) == [root, copy, other]


def test_what_is_handed_out_is_the_record_that_is_kept(empty_memory: Opener) -> None:
    memory = empty_memory()
    early, late = an_article("one", WIRE, 1), an_article("one", WIRE, 2)
    show(memory, [early])
    memory.remember([late])
    assert memory.unfinished([late], Part.ALERTS) == {key(late): early}


def test_an_edit_has_to_be_done_though_the_first_version_is(empty_memory: Opener) -> None:
    memory = empty_memory()
    first, edit = an_article("one", WIRE), an_article("one", edited(WIRE, 4), 1)
    show(memory, [first])
    memory.finish([key(first)], Part.ALERTS)
    show(memory, [edit])
    assert list(memory.unfinished([first, edit], Part.ALERTS)) == [key(edit)]
    assert memory.reopened(Part.ALERTS) == []


def test_a_version_that_may_ring_only_now_is_done_again(empty_memory: Opener) -> None:
    memory = empty_memory()
    quiet, loud = an_article("one", WIRE, backfill=True), an_article("one", WIRE, 1)
    show(memory, [quiet])
    memory.finish([key(quiet)], Part.ALERTS)
    memory.remember([quiet])
    assert memory.unfinished([quiet], Part.ALERTS) == {}
    memory.remember([loud])
    assert not memory.unfinished([loud], Part.ALERTS)[key(loud)].is_backfill
    memory.finish([key(quiet)], Part.ALERTS)
    memory.remember([quiet, loud])
    assert memory.unfinished([quiet], Part.ALERTS) == {}


def test_what_a_part_failed_over_is_handed_on_no_more_and_done_when_it_comes_again(
    empty_memory: Opener,
) -> None:
    memory = empty_memory()
    root, copy = an_article("b", WIRE, 5), an_article("c", WIRE, 6)
    show(memory, [root, copy])
    memory.finish([key(root), key(copy)], WHOLE)
    show(memory, [an_article("a", WIRE, 1)])
    memory.park([key(root)], Part.ENTITIES)
    assert memory.reopened(Part.ENTITIES) == [copy]
    assert memory.reopened(Part.ALERTS) == [root, copy]
    show(memory, [an_article("a0", WIRE, 0)])  # moves the story again
    assert memory.reopened(Part.ENTITIES) == [copy]
    assert memory.unfinished([root, copy], Part.ENTITIES) == {key(root): root}
    memory.finish([key(root)], Part.ENTITIES)
    assert memory.unfinished([root, copy], WHOLE) == {}
    memory.park([("f" * 32, "f" * 32)], WHOLE)
    assert memory.rows()["reopened"] == 2


def test_what_memory_does_not_know_is_not_done(empty_memory: Opener) -> None:
    memory, one = empty_memory(), an_article("one", WIRE)
    assert memory.unfinished([one], Part.ALERTS) == {key(one): one}
    memory.finish([key(one)], Part.ALERTS, {one.id: one.id})
    assert memory.unfinished([one], Part.ALERTS) == {key(one): one}
    assert memory.unfinished([], Part.ALERTS) == {}


def test_a_story_that_gets_another_root_is_done_again_by_those_who_were_done(
    empty_memory: Opener,
) -> None:
    memory = empty_memory()
    root, copy, other = an_article("b", WIRE, 5), an_article("c", WIRE, 6), an_article("o", OTHER)
    show(memory, [root, copy, other])
    done = [key(root), key(copy), key(other)]
    memory.finish(done, Part.ALERTS)
    memory.finish(done[:1], Part.ENTITIES)
    show(memory, [an_article("a", WIRE, 1)])
    for _ in range(2):  # a crash loses nothing: they are given until they are finished
        assert memory.reopened(Part.ALERTS) == [root, copy]
    assert memory.reopened(Part.ENTITIES) == [root]
    assert memory.reopened(Part.ALERTS, limit=1) == [min(root, copy, key=key)]
    assert memory.rows() == {"articles": 4, "versions": 4, "reopened": 2}
    assert memory.unfinished([root, copy], Part.ALERTS) == {}
    memory.finish([key(root)], Part.ALERTS)
    assert memory.reopened(Part.ALERTS) == [copy]
    memory.finish([key(root), key(copy)], Part.ALERTS | Part.ENTITIES)
    assert memory.reopened(Part.ALERTS | Part.ENTITIES) == []
    assert memory.rows()["reopened"] == 0


def test_every_version_of_a_moved_article_is_done_again(empty_memory: Opener) -> None:
    memory = empty_memory()
    first, edit = an_article("b", WIRE, 5), an_article("b", edited(WIRE, 4), 6)
    show(memory, [first, edit])
    memory.finish([key(first), key(edit)], Part.ALERTS)
    show(memory, [an_article("a", WIRE, 1)])
    memory.finish([key(first)], Part.ALERTS)
    assert memory.reopened(Part.ALERTS) == [edit]


def test_a_record_that_moves_its_own_article_reopens_it(empty_memory: Opener) -> None:
    """The batch that is linked has it, but only as a duplicate of what is done."""
    memory = empty_memory()
    root, copy = an_article("a", WIRE, 2), an_article("b", WIRE, 3)
    show(memory, [root, copy])
    memory.finish([key(root), key(copy)], Part.ALERTS)
    earlier = an_article("b", WIRE, 1)
    show(memory, [earlier])
    assert [each.id for each in memory.reopened(Part.ALERTS)] == [earlier.id, root.id]


def test_what_was_done_under_a_root_that_is_none_any_more_stays_open(empty_memory: Opener) -> None:
    memory = empty_memory()
    root, copy = an_article("b", WIRE, 5), an_article("c", WIRE, 6)
    show(memory, [root, copy])
    stories = memory.roots([root.id, copy.id])
    late = an_article("a", WIRE, 1)
    show(memory, [late])  # while the other two were being worked on
    assert memory.reopened(Part.ALERTS) == []
    memory.finish([key(root), key(copy)], Part.ALERTS, stories)
    assert memory.reopened(Part.ALERTS) == [root, copy]
    memory.finish([key(root), key(copy)], Part.ALERTS, memory.roots([root.id, copy.id]))
    assert memory.reopened(Part.ALERTS) == []


def test_attempts_at_a_reopened_version_are_counted_until_it_is_survived_or_a_part_is_done_with_it(
    empty_store: Callable[[], Engine],
) -> None:
    engine = empty_store()
    memory = SqlMemory(engine, TIME_TO_LIVE)
    root, copy = an_article("b", WIRE, 5), an_article("c", WIRE, 6)
    show(memory, [root, copy])
    memory.finish([key(root), key(copy)], WHOLE)
    show(memory, [an_article("a", WIRE, 1)])

    def attempts(article: Article) -> int:
        with writing(engine) as connection:
            return parts.attempt(connection, key(article))

    assert [attempts(root) for _ in range(3)] == [1, 2, 3]
    assert attempts(copy) == 1
    with writing(engine) as connection:
        parts.survived(connection, key(root))
    show(memory, [an_article("a0", WIRE, 0)])  # moves the story again
    assert (attempts(root), attempts(copy)) == (1, 2)
    memory.park([key(copy)], Part.ENTITIES)
    assert (attempts(root), attempts(copy)) == (2, 1)
    memory.finish([key(root)], WHOLE)
    assert attempts(root) == 0


@dataclass
class Work:
    """A batch that a worker has taken and not yet got done with."""

    stories: dict[Key, str]
    part: Part

    def end(self, memory: Memory, done: dict[tuple[Part, Key], str]) -> None:
        memory.finish(
            self.stories, self.part, {each[0]: root for each, root in self.stories.items()}
        )
        done.update({(self.part, each): root for each, root in self.stories.items()})

    def fail(self, memory: Memory, done: dict[tuple[Part, Key], str]) -> None:
        memory.park(self.stories, self.part)
        for each in self.stories:
            done.pop((self.part, each), None)


def take(memory: Memory, batch: list[Article], part: Part) -> Work:
    """Begin a batch as the stream does."""
    show(memory, batch)
    todo = memory.unfinished(batch, part) | {key(each): each for each in memory.reopened(part)}
    roots = memory.roots({article for article, _ in todo})
    return Work({each: roots[each[0]] for each in todo}, part)


STEPS = st.lists(
    st.tuples(
        st.lists(ARTICLES, min_size=1, max_size=3),
        st.sampled_from(list(Part)),
        st.sampled_from(["finish", "crash", "finish later", "fail"]),
    ),
    min_size=1,
    max_size=9,
)


@given(steps=STEPS)
@settings(max_examples=40, suppress_health_check=list(HealthCheck))
def test_whatever_crashes_everything_is_done_in_the_end_under_its_last_root(
    empty_memory: Opener, steps: list[tuple[list[Article], Part, str]]
) -> None:
    memory = empty_memory()
    done: dict[tuple[Part, Key], str] = {}
    at_work: list[Work] = []
    for batch, part, ending in steps:
        taken = take(memory, batch, part)
        for each in batch:
            assert key(each) in taken.stories or (part, key(each)) in done
        if ending == "finish":
            taken.end(memory, done)
        elif ending == "fail":
            taken.fail(memory, done)
        elif ending == "finish later":
            at_work.append(taken)
    for late in at_work:
        late.end(memory, done)
    log = [article for batch, _, _ in steps for article in batch]
    for part in Part:
        while (again := take(memory, log, part)).stories:  # a restart from older offsets
            again.end(memory, done)
    for article in memory.articles():
        for part in Part:
            assert done[part, key(article)] == memory.roots([article.id])[article.id]


def told(memory: Memory, batch: list[Article], part: Part) -> dict[str, object]:
    """All that memory says of what is to be done and what is forgotten."""
    return {
        "unfinished": {key: encode(it) for key, it in memory.unfinished(batch, part).items()},
        "reopened": [encode(each) for each in memory.reopened(part)],
        "articles": [encode(each) for each in memory.articles()],
        "rows": memory.rows(),
        "span": (memory.horizon(), memory.newest()),
        "parts": memory.parts(),
    }


@given(steps=STEPS, waited=st.sampled_from([Part(0), *Part, WHOLE]), hours=st.integers(1, 160))
@settings(max_examples=40, suppress_health_check=list(HealthCheck))
def test_every_memory_says_the_same_of_what_is_to_be_done_and_what_is_forgotten(
    empty_memory: Opener,
    steps: list[tuple[list[Article], Part, str]],
    waited: Part,
    hours: int,
) -> None:
    memory, other = empty_memory(), ProcessMemory(TIME_TO_LIVE)
    for batch, part, ending in steps:
        memory.begin(part)
        other.begin(part)
        one, two = take(memory, batch, part), take(other, batch, part)
        assert one == two
        assert told(memory, batch, part) == told(other, batch, part)
        if ending == "finish":
            one.end(memory, {})
            two.end(other, {})
        elif ending == "fail":
            one.fail(memory, {})
            two.fail(other, {})
        elif ending == "crash":
            before = START + timedelta(hours=hours)
            assert memory.forget(before, 2, waited) == other.forget(before, 2, waited)
        assert told(memory, batch, part) == told(other, batch, part)


@given(steps=STEPS, hours=st.integers(1, 160))
@settings(max_examples=40, suppress_health_check=list(HealthCheck))
def test_no_part_finds_that_what_it_has_to_do_was_forgotten(
    empty_memory: Opener, steps: list[tuple[list[Article], Part, str]], hours: int
) -> None:
    """Whatever is forgotten meanwhile: what was in time for the first part is in time for the other."""
    memory = empty_memory()
    late: dict[Key, bool] = {}
    seen: set[tuple[Part, Key]] = set()
    for batch, part, ending in steps:
        taken = take(memory, batch, part)
        for article in memory.unfinished(batch, part).values():
            if (part, key(article)) not in seen:
                is_late = Flag.LATE in article.flags
                assert late.setdefault(key(article), is_late) == is_late
        if ending == "finish":
            taken.end(memory, {})
            seen |= {(part, each) for each in taken.stories}
        memory.forget(START + timedelta(hours=hours), 3, WHOLE)


@pytest.mark.parametrize("roots", [[], ["f" * 32]])
def test_stories_are_given_by_their_roots(empty_memory: Opener, roots: list[str]) -> None:
    memory = empty_memory()
    root, copy, other = (
        an_article("b", WIRE, 5),
        an_article("c", WIRE, 6),
        an_article("o", prose(9)),
    )
    show(memory, [root, copy, other])
    whole = list(memory.stories())
    assert memory.stories_of([*roots, copy.id, other.id, root.id]) == whole
    assert memory.stories_of([*roots, root.id]) == whole[1:]
    assert memory.stories_of(roots) == []
