"""What the arguments of a replay mean."""

import click
import pytest

from console.paths import NoSuchPath
from console.replay_source import TopicPart, source_of, topic_part


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("kafka:tocsin.articles", TopicPart(topic="tocsin.articles")),
        ("kafka:a_b-c.articles/11", TopicPart(topic="a_b-c.articles", partition=11)),
        ("kafka:a/0@7", TopicPart(topic="a", partition=0, start=7)),
        ("kafka:a/0@7-9", TopicPart(topic="a", partition=0, start=7, end=9)),
    ],
)
def test_a_part_of_a_topic_is_read_from_its_name(text, part):
    assert topic_part(text) == part


@pytest.mark.parametrize(
    "text", ["kafka:", "kafka:a b", "kafka:a/x", "kafka:a@7", "kafka:a/0@-9", "kafka:a/0@7-"]
)
def test_what_is_no_part_of_a_topic_is_refused_with_how_to_write_one(text):
    with pytest.raises(click.BadParameter, match=r"is no part of a topic: .*@FROM-TO"):
        topic_part(text)


@pytest.mark.parametrize("text", ["kafka:a/0@5-2", "kafka:a/0@5-5"])
def test_a_part_that_ends_before_it_begins_is_refused(text):
    with pytest.raises(
        click.BadParameter, match="holds nothing: offsets are read from 5 to before"
    ):
        topic_part(text)


def test_files_are_measured_in_bytes(tmp_path):
    (tmp_path / "a.jsonl").write_text('{"title": "A"}\n')
    found = source_of([str(tmp_path)], None, None)
    assert (found.size, found.unit, len(found.files)) == (15, "KB", 1)


def test_files_and_topics_are_not_mixed_and_a_path_must_be_there(tmp_path):
    with pytest.raises(click.UsageError, match="not both"):
        source_of([str(tmp_path), "kafka:tocsin.articles"], None, None)
    with pytest.raises(NoSuchPath):
        source_of([str(tmp_path / "nowhere")], None, None)
