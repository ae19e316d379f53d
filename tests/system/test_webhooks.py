"""Webhooks end to end, in short: soon, few at once, and exactly once more for each kill."""

from pathlib import Path

from benchmarks import webhook_kills, webhooks


def test_one_story_reaches_every_healthy_subscriber_while_others_are_dead(tmp_path: Path) -> None:
    found = webhooks.measure(tmp_path, subscribers=80, ports=20, dead=3, idle_seconds=0.0)
    assert found.is_as_asked, found
    assert len(found.seconds) == 68


def test_killed_between_the_answer_and_its_note_it_sends_the_same_once_more(tmp_path: Path) -> None:
    found = webhook_kills.measure(tmp_path, 3)
    assert found.is_as_asked, found
