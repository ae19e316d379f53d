"""What the stream stored, as article versions again."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine

from store import history
from store.engine import reading, writing
from store.history import newest, number_between, versions_of, versions_since
from store.memory import SqlMemory
from store.results import write
from tests.memories import START, TIME_TO_LIVE, an_article, show
from tests.schemas.records import a_mention, an_entity
from tests.store.test_memory import OTHER, WIRE

ROOT, COPY = an_article("root", WIRE), an_article("copy", WIRE, 1)
LATER = an_article("later", OTHER, 30)


@pytest.fixture
def engine(empty_store: Callable[[], Engine]) -> Engine:
    engine = empty_store()
    articles = [LATER, COPY, ROOT]
    show(SqlMemory(engine, TIME_TO_LIVE), articles)
    of_copy = {"article": COPY.id, "version": COPY.version}
    with writing(engine) as connection:
        write(connection, "articles", articles)
        write(
            connection, "mentions", [a_mention(**of_copy), a_mention(**of_copy, rule_set="e" * 32)]
        )
        write(connection, "entities", [replace(an_entity(), **of_copy)])
    return engine


def test_versions_come_in_the_order_they_were_first_seen_with_story_and_copies(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "PAGE", 2)
    with reading(engine) as connection:
        found = list(versions_since(connection, START, ["mentions", "entities"]))
        assert newest(connection) == LATER.first_seen
    assert [each.article for each in found] == [ROOT, COPY, LATER]
    assert [(each.story, each.copies) for each in found] == [
        (ROOT.id, 1),
        (ROOT.id, 1),
        (LATER.id, 0),
    ]
    assert [len(each.mentions) for each in found] == [0, 1, 0]
    assert [len(each.entities) for each in found] == [0, 1, 0]


def test_only_what_is_asked_for_is_read(engine: Engine) -> None:
    with reading(engine) as connection:
        (found,) = versions_since(connection, START + timedelta(hours=2), [])
        assert found.article == LATER
        (_, copy, _) = versions_since(connection, START, [])
    assert (copy.mentions, copy.entities) == ((), ())


def test_a_store_without_articles_has_no_newest(empty_store: Callable[[], Engine]) -> None:
    with reading(empty_store()) as connection:
        assert newest(connection) is None
        assert list(versions_since(connection, START, ["mentions"])) == []


def test_a_version_is_read_as_it_was_written(engine: Engine) -> None:
    flagged = replace(ROOT, flags=("old",))
    with writing(engine) as connection:
        write(connection, "articles", [flagged])
    with reading(engine) as connection:
        assert next(versions_since(connection, START, [])).article == flagged


def test_versions_are_read_by_their_keys_and_counted_by_when_they_were_seen(engine: Engine) -> None:
    with reading(engine) as connection:
        keys = [(COPY.id, COPY.version), (LATER.id, LATER.version), (ROOT.id, "other")]
        found = {each.article.id: each for each in versions_of(connection, keys, ["mentions"])}
        assert set(found) == {COPY.id, LATER.id}
        assert (found[COPY.id].story, len(found[COPY.id].mentions)) == (ROOT.id, 1)
        hour = timedelta(hours=1)
        assert number_between(connection, START, START + 31 * hour) == 3
        assert number_between(connection, START + hour, START + 30 * hour) == 1
