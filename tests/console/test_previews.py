"""A preview is what a channel would bring, in the form of that channel."""

import json
from dataclasses import replace
from pathlib import Path

import feedparser
import pytest
from click.testing import CliRunner, Result

from console.cli import cli
from console.previews import KINDS, preview, preview_digest
from schemas import Actor, Alert, Digest, Subscription, WatchList, decode
from tests.schemas.records import an_alert

WAGNER = Subscription(id="wagner-group", query="actor:wagner", name="Wagner watch")
LISTS = [WatchList(name="mine", actors=(Actor(id="wagner-group", name="Wagner Group"),))]


def test_a_webhook_is_previewed_as_its_body() -> None:
    body = json.loads(preview("webhook", an_alert(), WAGNER, LISTS))
    assert body["type"] == "alert.rung"
    assert body["timestamp"] == "2024-07-29T12:00:00Z"


def test_a_mail_is_previewed_decoded() -> None:
    lines = preview("email", an_alert(), WAGNER, LISTS).splitlines()
    assert "Subject: Wagner Group: Losses" in lines
    assert "“[瓦格纳] lost men.”" in lines
    assert "<!DOCTYPE html>" in lines


def test_a_chat_is_previewed_as_it_is_read() -> None:
    assert preview("chat", an_alert(), WAGNER, LISTS).startswith(
        "Wagner Group: Losses\n\nWagner Group\nLosses\n"
    )


def test_a_feed_is_previewed_with_its_one_entry() -> None:
    (entry,) = feedparser.parse(preview("feed", an_alert(), WAGNER, LISTS).encode()).entries
    assert entry.title == "Wagner Group: Losses"


def test_kafka_is_previewed_as_the_record_in_its_topic() -> None:
    shown = preview("kafka", an_alert(), WAGNER, LISTS)
    assert decode(Alert, shown.encode()) == an_alert()


def test_a_digest_is_previewed_with_its_receipt_and_says_what_is_made_up() -> None:
    daily = replace(WAGNER, digest=Digest(cron="0 7 * * *"))
    shown = preview_digest([an_alert()], daily, LISTS)
    assert shown.startswith("An example. ")
    assert "Subject: Wagner watch: digest until 2024-07-30 07:00 UTC: 1 story\n" in shown
    assert "“[瓦格纳] lost men.”" in shown
    assert "Of 4 feeds: 1 silent, 1 refused us, 1 failed.\n" in shown
    assert "<!DOCTYPE html>" not in shown


def test_without_a_digest_one_up_to_the_last_alert_is_previewed() -> None:
    assert "digest until 2024-07-29 12:00 UTC" in preview_digest([an_alert()], WAGNER, LISTS)


def tried(folder: Path, *arguments: str) -> Result:
    file = folder / "articles.jsonl"
    lines = [{"title": f"Gold {n}", "text": f"They found gold in pit {n}."} for n in range(2)]
    file.write_text("".join(json.dumps(each) + "\n" for each in lines))
    return CliRunner().invoke(cli, ["subscriptions", "test", "gold", str(file), *arguments])


@pytest.mark.parametrize("kind", KINDS)
def test_the_first_alert_that_would_ring_is_shown_and_no_other(tmp_path: Path, kind: str) -> None:
    result = tried(tmp_path, "--show", kind)
    assert result.exit_code == 0, result.output
    assert "Gold 0" in result.stdout.replace("[", "").replace("]", "")
    assert "Gold 1" not in result.stdout.replace("[", "").replace("]", "")
    assert "2 of 2 articles would ring." in result.stderr


def test_a_digest_shows_all_that_would_ring(tmp_path: Path) -> None:
    result = tried(tmp_path, "--show", "digest")
    assert result.exit_code == 0, result.output
    assert "Gold 0" in result.stdout
    assert "Gold 1" in result.stdout
    assert "2 stories for query" in result.stdout


def test_a_kind_that_there_is_none_of_is_wrong_usage(tmp_path: Path) -> None:
    assert tried(tmp_path, "--show", "fax").exit_code == 2


def test_what_is_stored_is_not_previewed() -> None:
    arguments = ["subscriptions", "test", "gold", "--since", "30d", "--show", "chat"]
    result = CliRunner().invoke(cli, arguments)
    assert result.exit_code == 2
    assert "--show needs a file of articles" in result.stderr
