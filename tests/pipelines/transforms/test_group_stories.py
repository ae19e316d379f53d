from datetime import UTC, datetime, timedelta

import pytest

from pipelines.memory import MemoryAt
from pipelines.rules import FixedRules
from pipelines.transforms.group_stories import ResolveFn
from schemas import Article, ArticleVersion, Subscription, freeze
from tocsin.memory import Part

NOON = datetime(2023, 8, 1, 12, tzinfo=UTC)
TEXT = " ".join(f"word{number}" for number in range(300))


def a_copy(number):
    """An article of which all are copies of number 0."""
    return Article(
        id=f"{number:032x}",
        version=f"{number:032x}",
        title="A story",
        text=TEXT,
        first_seen=NOON + timedelta(minutes=number),
    )


def live(article):
    return ArticleVersion(article=article, origin=f"kafka:t/0@{int(article.id, 16)}")


@pytest.fixture
def memory(tmp_path):
    at = MemoryAt(f"sqlite:///{tmp_path / 'memory.sqlite'}")
    yield at
    at.close()


def resolving(memory, query):
    subscription = Subscription(id="many", query=query)
    return ResolveFn(memory, FixedRules(freeze((), (subscription,))), Part.ALERTS)


def remembered(memory, *numbers):
    articles = [a_copy(number) for number in numbers]
    opened = memory.open()
    opened.remember(articles)
    opened.link({article.id for article in articles})
    return articles


def come(memory, fn, *numbers, origin=True):
    """Let copies come in one batch, and be finished; return what is handed on, by number."""
    articles = remembered(memory, *numbers)
    elements = [live(each) if origin else ArticleVersion(article=each) for each in articles]
    handed = [each for found in fn.work(elements) for each in found]
    assert {each.story for each in handed} == {a_copy(0).id}
    done = {(each.article.id, each.article.version) for each in handed}
    memory.open().finish(done, Part.ALERTS)
    return sorted((int(each.article.id, 16), each.copies) for each in handed)


def test_a_story_that_grows_past_what_a_query_asks_for_is_handed_on_whole(memory):
    fn = resolving(memory, "story AND copies>=2")
    assert come(memory, fn, 0) == [(0, 0)]
    assert come(memory, fn, 1) == [(1, 1)]
    assert come(memory, fn, 2) == [(0, 2), (1, 2), (2, 2)]
    assert come(memory, fn, 3) == [(0, 3), (1, 3), (2, 3), (3, 3)]
    assert come(memory, fn, 4) == [(4, 4)]


def test_copies_that_come_together_are_handed_on_once(memory):
    fn = resolving(memory, "story AND copies>2")
    assert come(memory, fn, 0, 1) == [(0, 1), (1, 1)]
    assert come(memory, fn, 2, 3, 4) == [(0, 4), (1, 4), (2, 4), (3, 4), (4, 4)]


def test_nothing_is_handed_on_where_no_query_asks_for_copies(memory):
    fn = resolving(memory, "story")
    come(memory, fn, 0, 1)
    assert come(memory, fn, 2) == [(2, 2)]


def test_what_comes_out_of_memory_makes_no_story_grow(memory):
    fn = resolving(memory, "story AND copies>=1")
    assert come(memory, fn, 0, 1, 2, origin=False) == [(0, 2), (1, 2), (2, 2)]


def test_what_memory_knew_before_a_crash_was_asked_of_nobody(memory):
    fn = resolving(memory, "story AND copies>3")
    come(memory, fn, 0, 1, 2, 3)
    remembered(memory, 4, 5)  # killed before anything came of them
    assert come(memory, fn, 4) == [(number, 5) for number in range(5)] + [(5, 5)]
    assert come(memory, fn, 5) == [(5, 5)]
