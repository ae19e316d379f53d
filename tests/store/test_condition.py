from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from schemas import Unavailable, freeze
from store import rules
from store.condition import look
from store.engine import open_engine, writing
from store.memory import SqlMemory
from store.tables import REVISION
from tests.memories import an_article, prose, show


@pytest.fixture
def url(tmp_path):
    return f"sqlite:///{tmp_path / 'news.db'}"


def test_an_empty_store_has_no_migration_and_gets_none_by_looking(url):
    assert (look(url).revision, look(url).is_blank) == ("", True)
    assert look(url).revision == ""


def test_a_store_says_its_migration_and_its_last_rule_set(url):
    engine = open_engine(url)
    assert (look(url).revision, look(url).is_current, look(url).rule_set) == (REVISION, True, "")
    rule_set, since = freeze((), ()), datetime(2026, 1, 1, tzinfo=UTC)
    with writing(engine) as connection:
        rules.publish(connection, rule_set, since)
    found = look(url)
    assert (found.rule_set, found.since, found.undelivered) == (rule_set.id, since, 0)
    engine.dispose()


def test_a_store_is_blank_until_an_article_came_into_it(url):
    engine = open_engine(url)
    assert look(url).is_blank
    show(SqlMemory(engine), [an_article("one", prose(1))])
    assert not look(url).is_blank
    engine.dispose()


def test_of_an_older_store_only_its_migration_is_told(url):
    engine = open_engine(url)
    with writing(engine) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    engine.dispose()
    found = look(url)
    assert (found.revision, found.is_current, found.is_blank) == ("0001", False, False)


def test_a_store_that_cannot_be_had_is_said_without_its_password():
    with pytest.raises(Unavailable) as raised:
        look("postgresql://tocsin:hush@127.0.0.1:1/none")
    assert "hush" not in str(raised.value)
