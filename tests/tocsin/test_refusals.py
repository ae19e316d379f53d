import pytest

from tocsin.refusals import no_topic, refused, worded


def test_what_kafka_did_not_do_is_one_sentence_with_what_to_do() -> None:
    error = refused(["a:9092", "b:9092"], "name its brokers", "connection refused")
    assert str(error) == "Kafka at a:9092, b:9092 did not name its brokers: connection refused"
    assert "tocsin doctor" in error.hint


def test_where_a_topic_is_missing_it_is_said_how_topics_are_made() -> None:
    hint = "Make the topics with: tocsin topics create"
    assert refused(["a:1"], "take a record", "t not found in cluster metadata").hint == hint
    assert (str(no_topic("t")), no_topic("t").hint) == ("kafka: there is no topic t", hint)


class GroupIdNotFoundError(Exception):
    """As a client names its errors."""


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (GroupIdNotFoundError("of t"), "GroupIdNotFound: of t"),
        (GroupIdNotFoundError("[Error 69] GroupIdNotFoundError: of t"), "GroupIdNotFound: of t"),
        (GroupIdNotFoundError("[Error 69] GroupIdNotFoundError"), "GroupIdNotFound"),
        (GroupIdNotFoundError(), "GroupIdNotFound"),
    ],
)
def test_an_error_is_said_by_its_name_and_its_message(error: Exception, words: str) -> None:
    assert worded(error) == words
