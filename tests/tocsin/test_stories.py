from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from schemas import EntityType, StoryMember, StoryName
from tests.memories import START, an_article, edited, prose
from tocsin.fingerprint import fingerprint
from tocsin.stories import Candidate, copied, earliest_parent, may_copy, merge_names, story_of

DAY = timedelta(days=1)
WIRE = prose(1)


def a_candidate(article: str, hours: float = 0, text: str = WIRE) -> Candidate:
    return Candidate(
        article=article,
        first_seen=START + timedelta(hours=hours),
        sketch=fingerprint("", text).sketch,
    )


def test_the_parent_is_the_first_similar_candidate() -> None:
    other, first, second = a_candidate("a", 0, prose(2)), a_candidate("b", 1), a_candidate("c", 2)
    assert earliest_parent(a_candidate("d", 3), [other, first, second], DAY) == (first, 1.0)
    assert earliest_parent(a_candidate("d", 3), [other], DAY) is None


def test_no_more_candidates_are_taken_than_needed() -> None:
    walk = iter([a_candidate("a"), a_candidate("b")])
    earliest_parent(a_candidate("c", 1), walk, DAY)
    assert next(walk).article == "b"


def test_of_two_articles_of_one_instant_the_lesser_id_is_the_earlier() -> None:
    assert may_copy(a_candidate("b"), a_candidate("a"), DAY)
    assert not may_copy(a_candidate("a"), a_candidate("b"), DAY)
    assert not may_copy(a_candidate("a"), a_candidate("a"), DAY)


def test_the_time_to_live_includes_its_end() -> None:
    assert copied(a_candidate("b", 24), a_candidate("a", 0), DAY) == 1
    assert copied(a_candidate("b", 24.001), a_candidate("a", 0), DAY) == 0


def test_an_edited_copy_has_a_similarity_below_one() -> None:
    assert 0.8 < copied(a_candidate("b", 1, edited(WIRE, 40)), a_candidate("a"), DAY) < 1


NAMES = st.builds(
    StoryName,
    type=st.sampled_from(EntityType),
    name=st.sampled_from(["Niger", "Bazoum", "ECOWAS"]),
    articles=st.integers(1, 3),
    id=st.sampled_from(["", "Q1", "Q2"]),
)


@given(st.lists(NAMES), st.randoms(use_true_random=False))
def test_names_add_up_whatever_their_order(names: list[StoryName], shuffle: object) -> None:
    merged = merge_names(names)
    shuffled = list(names)
    shuffle.shuffle(shuffled)
    assert merge_names(shuffled) == merged
    assert sum(name.articles for name in merged) == sum(name.articles for name in names)
    assert list(merged) == sorted(merged, key=lambda each: (-each.articles, each.type, each.name))
    assert len({(name.type, name.name) for name in merged}) == len(merged)


def test_a_story_lists_its_copies_in_order_and_counts_publishers() -> None:
    copies = [
        StoryMember(
            article=article,
            publisher=publisher,
            first_seen=START + timedelta(hours=hour),
            similarity=1,
        )
        for article, publisher, hour in [("c", "y", 2), ("b", "root.example", 1), ("a", "", 2)]
    ]
    story = story_of(an_article("root", WIRE), START, copies, ())
    assert [copy.article for copy in story.copies] == ["b", "a", "c"]
    assert (story.publisher, story.publishers) == ("root.example", 2)
