import pytest

from schemas import Alert, Article
from schemas.topics import TOPICS, topic


def test_every_key_is_a_field_of_its_record() -> None:
    for each in TOPICS:
        assert each.key in each.record.__slots__, each.name


def test_a_topic_is_named_with_its_prefix() -> None:
    assert topic("articles").full_name() == "tocsin.articles"
    assert topic("dead-letters").full_name("staging") == "staging.dead-letters"


def test_the_log_and_the_alerts_are_kept_for_ever_and_never_thinned() -> None:
    for name, record in (("articles", Article), ("alerts", Alert)):
        found = topic(name)
        assert found.record is record
        assert found.retention is None
        assert not found.compacted


def test_a_compacted_topic_is_keyed_by_the_identity_of_its_record() -> None:
    compacted = [each for each in TOPICS if each.compacted]
    assert [each.name for each in compacted] == ["stories"]
    assert all(each.key == "id" for each in compacted)


def test_names_are_unique() -> None:
    assert len({each.name for each in TOPICS}) == len(TOPICS)


def test_an_unknown_topic_is_an_error() -> None:
    with pytest.raises(KeyError):
        topic("gossip")
