"""One set of tests for every implementation of `tocsin.memory.Memory`."""

import random
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemas import EntityType, Flag, StoryName, encode
from tests.memories import (
    START,
    an_article,
    edited,
    everything,
    expected_parents,
    prose,
    show,
)
from tests.store.conftest import Opener
from tocsin.memory import Parent, Seen
from tocsin.process_memory import ProcessMemory

WIRE = prose(1)
OTHER = prose(2)


def test_a_new_article_an_edit_and_a_duplicate_are_told_apart(empty_memory: Opener) -> None:
    memory = empty_memory()
    first, edit = an_article("one", WIRE), an_article("one", edited(WIRE, 5), 1)
    assert memory.remember([first, edit, first]) == [Seen.NEW, Seen.EDIT, Seen.DUPLICATE]
    assert memory.remember([edit, an_article("two", OTHER)]) == [Seen.DUPLICATE, Seen.NEW]
    assert memory.counts() == {"articles": 2, "versions": 3, "stories": 2}


def test_a_copy_points_to_the_earliest_similar_article(empty_memory: Opener) -> None:
    memory = empty_memory()
    root, second = an_article("root", WIRE), an_article("second", edited(WIRE, 40), 1)
    third = an_article("third", edited(WIRE, 60), 2)
    memory.remember([third, root, second])
    links = memory.link({root.id, second.id, third.id})
    assert {link.article: link.parent for link in links} == {second.id: root.id, third.id: root.id}
    assert all(0.9 < link.similarity < 1 for link in links)
    assert memory.link({root.id, second.id, third.id}) == []


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_pages_that_name_one_page_are_one_story_though_they_share_little(
    empty_memory: Opener, order: tuple[int, ...]
) -> None:
    full = f"{WIRE} {OTHER}"
    articles = [
        an_article("site", " ".join(WIRE.split()[:20]), 2, path="lite", canonical="story"),
        an_article("site", full, 1),
        an_article("site", " ".join(OTHER.split()[:30]), 3, path="print", canonical="story"),
    ]
    memory = empty_memory()
    show(memory, [articles[at] for at in order], batch=1)
    [story] = memory.stories()
    assert story.id == articles[1].id
    assert all(0 < copy.similarity < 0.5 for copy in story.copies)


@pytest.mark.parametrize("page", ["", "story"])
def test_what_shares_nothing_is_no_copy_whatever_page_it_names(
    empty_memory: Opener, page: str
) -> None:
    memory = empty_memory()
    show(memory, [an_article("site", WIRE), an_article("site", OTHER, path="b", canonical=page)])
    assert memory.counts()["stories"] == 2


def test_an_earlier_article_that_arrives_late_takes_the_children_over(empty_memory: Opener) -> None:
    memory = empty_memory()
    show(memory, [an_article("b", WIRE, 5), an_article("c", WIRE, 6)])
    late = an_article("a", WIRE, 1)
    memory.remember([late])
    children = sorted(an_article(name, WIRE).id for name in ("b", "c"))
    assert memory.link([late.id]) == [
        Parent(article=child, parent=late.id, similarity=1.0) for child in children
    ]
    assert set(memory.roots(children).values()) == {late.id}


def test_copies_lie_within_the_time_to_live_and_no_further(empty_memory: Opener) -> None:
    memory = empty_memory()
    root, inside = an_article("root", WIRE), an_article("inside", WIRE, 72)
    outside = an_article("outside", WIRE, 72.001)
    show(memory, [outside, inside, root])
    # What lies outside of the root's reach copies the copy, and so belongs to the story.
    assert memory.roots([inside.id]) == {inside.id: root.id}
    assert [copy.article for copy in next(memory.stories()).copies] == [inside.id, outside.id]
    assert memory.copies([root.id]) == {root.id: 2}
    alone = empty_memory()
    show(alone, [root, outside])
    assert alone.counts()["stories"] == 2


def test_an_earlier_version_with_another_text_dissolves_the_links(empty_memory: Opener) -> None:
    memory = empty_memory()
    root, copy = an_article("root", WIRE, 1), an_article("copy", WIRE, 2)
    show(memory, [root, copy])
    earlier = an_article("root", OTHER, 0)
    assert memory.remember([earlier]) == [Seen.EDIT]
    assert memory.link([earlier.id]) == [Parent(article=copy.id, parent=copy.id, similarity=1.0)]
    assert memory.counts()["stories"] == 2


def test_a_story_shows_the_earliest_version_of_its_root(empty_memory: Opener) -> None:
    memory = empty_memory()
    late = an_article("root", edited(WIRE, 3), 3, title="Second headline")
    show(memory, [late, an_article("root", WIRE, 0, title="First headline")])
    story = next(memory.stories())
    assert (story.title, story.first_seen) == ("First headline", START)


def test_of_equal_versions_the_least_record_is_kept_and_backfill_cleared(
    empty_memory: Opener,
) -> None:
    backfilled = an_article("one", WIRE, 0, backfill=True)
    live = replace(an_article("one", WIRE, 2), authors=("A. Writer",))
    for order in ([backfilled, live], [live, backfilled]):
        memory = empty_memory()
        show(memory, order, batch=1)
        (kept,) = memory.articles()
        assert (kept.first_seen, kept.flags, kept.authors) == (START, (), ())
    memory = empty_memory()
    show(memory, [backfilled])
    assert next(memory.articles()).flags == (Flag.BACKFILL,)


def test_names_are_added_up_over_the_versions_of_a_story(empty_memory: Opener) -> None:
    memory = empty_memory()
    root, copy = an_article("root", WIRE), an_article("copy", WIRE, 1)
    show(memory, [root, copy])
    niger = StoryName(type=EntityType.PLACE, name="Niger", articles=1)
    bazoum = StoryName(type=EntityType.PERSON, name="Mohamed Bazoum", articles=1)
    known = replace(niger, id="NE")
    for _ in range(2):  # noting a version again changes nothing
        memory.note_names([(root.id, root.version, niger), (root.id, root.version, bazoum)])
        memory.note_names([(copy.id, copy.version, known)])
    assert next(memory.stories()).names == (replace(known, articles=2), bazoum)


def test_publishers_are_counted_once_each(empty_memory: Opener) -> None:
    memory = empty_memory()
    here = [
        replace(an_article(name, WIRE, hour), publisher=publisher)
        for hour, (name, publisher) in enumerate([("a", "x"), ("b", "y"), ("c", "x"), ("d", "")])
    ]
    show(memory, here)
    story = next(memory.stories())
    assert story.publishers == 2
    assert [copy.article for copy in story.copies] == [article.id for article in here[1:]]


def test_unknown_articles_are_their_own_roots(empty_memory: Opener) -> None:
    memory = empty_memory()
    assert memory.roots(["f" * 32]) == {"f" * 32: "f" * 32}
    assert memory.link(["f" * 32]) == []
    assert memory.remember([]) == []


def test_more_than_a_page_is_streamed_in_order(empty_memory: Opener) -> None:
    memory = empty_memory()
    many = [an_article(f"site{place}", prose(place, 12), place % 7) for place in range(1100)]
    show(memory, many, batch=500)
    streamed = list(memory.articles())
    assert [each.order for each in streamed] == sorted(each.order for each in many)
    stories = list(memory.stories())
    assert [(each.first_seen, each.id) for each in stories] == sorted(
        (each.first_seen, each.id) for each in many
    )


def test_a_long_walk_past_lookalikes_still_finds_the_parent(empty_memory: Opener) -> None:
    """Short items that share bands, but too little for copies, stand before the one that is copied."""
    base = prose(3, 40)
    lookalikes = [
        an_article(f"near{place}", edited(base, place, 39 - place // 2), place / 100)
        for place in range(12)
    ]
    copied = edited(base, 18, 19, 20, 21, 22, 23, 24)
    root, copy = an_article("true", copied, 5), an_article("copy", copied, 6)
    show(memory := empty_memory(), [*lookalikes, root, copy])
    assert memory.roots([copy.id])[copy.id] == root.id
    parents = expected_parents([*lookalikes, root, copy])
    assert everything(memory)["roots"] == _roots(parents, [*lookalikes, root, copy])


def test_a_big_story_in_any_order_has_one_root(empty_memory: Opener) -> None:
    copies = [an_article(f"site{place}", WIRE, place / 100) for place in range(400)]
    random.Random(4).shuffle(copies)
    show(memory := empty_memory(), copies, batch=50)
    assert memory.counts() == {"articles": 400, "versions": 400, "stories": 1}


def test_articles_of_one_instant_are_ordered_by_id(empty_memory: Opener) -> None:
    """All those without a date: many share what the index can tell of their order."""
    copies = [an_article(f"site{place}", WIRE) for place in range(150)]
    show(memory := empty_memory(), copies, batch=40)
    first = min(article.id for article in copies)
    assert set(memory.roots([article.id for article in copies]).values()) == {first}
    (story,) = memory.stories()
    assert [copy.article for copy in story.copies] == sorted(
        article.id for article in copies if article.id != first
    )


def test_workers_side_by_side_link_as_one_would(empty_memory: Opener) -> None:
    articles = [an_article(f"site{place}", TEXTS[place % 6], place * 2 % 90) for place in range(60)]
    show(memory := empty_memory(), articles)
    alone = everything(memory)
    together = empty_memory()
    if isinstance(together, ProcessMemory):
        pytest.skip("memory in process belongs to one worker")
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda part: show(together, articles[part::4], 3), range(4)))
    assert everything(together) == alone


TEXTS = [
    WIRE,
    edited(WIRE, 30),
    edited(WIRE, *range(0, 30, 10)),
    edited(WIRE, *range(0, 60, 12)),
    edited(WIRE, *range(0, 90, 9)),
    OTHER,
    "Niger junta expels French envoy",
    "Niger junta expels German envoy",
]

ARTICLES = st.builds(
    an_article,
    st.sampled_from("abcdefgh"),
    st.sampled_from(TEXTS),
    st.sampled_from([0, 0, 1, 30, 71, 72, 73, 100, 144, 150]),
    backfill=st.booleans(),
    path=st.sampled_from(["story", "story", "lite"]),
    canonical=st.sampled_from(["", "", "story", "lite"]),
)


@given(
    articles=st.lists(ARTICLES, min_size=1, max_size=14),
    shuffle=st.randoms(use_true_random=False),
    batch=st.integers(1, 6),
)
@settings(max_examples=40, suppress_health_check=list(HealthCheck))
def test_what_memory_answers_is_a_function_of_the_set_of_articles(
    empty_memory: Opener, articles: list, shuffle: random.Random, batch: int
) -> None:
    show(once := empty_memory(), articles)
    straight = everything(once)
    arrived = [*articles, *shuffle.sample(articles, len(articles) // 2)]
    shuffle.shuffle(arrived)
    show(again := empty_memory(), arrived, batch)
    assert everything(again) == straight
    assert straight["roots"] == _roots(expected_parents(articles), articles)


@given(articles=st.lists(ARTICLES, min_size=1, max_size=10))
@settings(max_examples=15, suppress_health_check=list(HealthCheck))
def test_changed_links_add_up_to_the_parents(empty_memory: Opener, articles: list) -> None:
    memory = empty_memory()
    parents: dict[str, str] = {}
    for article in articles:
        memory.remember([article])
        for link in memory.link([article.id]):
            parents[link.article] = link.parent
    told = {child: parent for child, parent in parents.items() if child != parent}
    assert told == expected_parents(articles)


def test_linking_late_is_the_same_as_linking_at_once(empty_memory: Opener) -> None:
    """A crash between remembering and linking loses nothing: the record comes again."""
    articles = [an_article(name, WIRE, hour) for hour, name in enumerate("abc")]
    show(memory := empty_memory(), articles)
    straight = everything(memory)
    late = empty_memory()
    late.remember(articles)
    assert late.counts()["stories"] == 3
    assert late.remember(articles) == [Seen.DUPLICATE] * 3
    late.link([article.id for article in articles])
    assert everything(late) == straight


def test_time_to_live_is_compared_by_event_time(empty_memory: Opener) -> None:
    memory = empty_memory()
    far = an_article("far", WIRE, 24 * 365)
    show(memory, [far, an_article("near", WIRE, 0)])
    assert memory.counts()["stories"] == 2
    assert far.first_seen - START > timedelta(days=300)


def _roots(parents: dict[str, str], articles: list) -> dict[str, str]:
    found = {}
    for article in articles:
        root = article.id
        while root in parents:
            root = parents[root]
        found[article.id] = root
    return found


def test_records_are_kept_byte_for_byte(empty_memory: Opener) -> None:
    memory = empty_memory()
    article = an_article("one", "Niamey — «Вагнер» 瓦格纳 \U0001f642", title="Ünïcode")
    show(memory, [article])
    assert [encode(each) for each in memory.articles()] == [encode(article)]
