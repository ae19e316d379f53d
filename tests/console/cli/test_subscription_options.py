"""All that a file says of a subscription can be said by options, and by whoever asks over HTTP."""

import tomllib
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from console.cli import cli
from console.cli.subscriptions_add import add
from console.web.openapi import document
from console.web.routes import ROUTES
from schemas import Digest, QuietHours
from store import changes
from store.engine import open_engine, reading
from tocsin.subscription_keys import KEYS
from tocsin.subscriptions import parse

TABLES = {"digest": Digest, "quiet": QuietHours}

SAID_BY = {
    "id": "name",
    "name": "title",
    "digest.cron": "digest",
    "digest.even_empty": "even_empty",
    "digest.timezone": "timezone",
    "quiet.start": "quiet",
    "quiet.end": "quiet",
    "quiet.timezone": "timezone",
}
"""Arguments and options of the command that are not called as the key that they say."""

OF_THE_COMMAND = {"by", "why", "store", "replace"}
"""Options that say nothing of the subscription."""

DAILY = """[[subscription]]
id = "daily"
query = "actor:wagner AND place:Niger"
name = "Niger"
owner = "desk"
languages = ["fr", "en"]
publishers = ["press.example"]
min_confidence = 0.5
include_old = true
channels = ["desk"]
digest = { cron = "0 7 * * *", timezone = "Europe/Paris", even_empty = true }
grows_past = [5, 20]
edits = true
paused = true
"""
DAILY_OPTIONS = """
    --query=actor:wagner AND place:Niger
    --name=Niger
    --owner=desk
    --language=fr
    --language=en
    --publisher=press.example
    --min-confidence=0.5
    --include-old
    --channel=desk
    --digest=0 7 * * *
    --timezone=Europe/Paris
    --even-empty
    --grows-past=5
    --grows-past=20
    --edits
    --paused
"""
AT_ONCE = """[[subscription]]
id = "at-once"
actors = ["russia", "wagner-group"]
channels = ["desk"]
throttle = 5
quiet = { start = "22:00", end = "07:00", timezone = "Europe/Paris" }
"""
AT_ONCE_OPTIONS = """
    --actor=russia
    --actor=wagner-group
    --channel=desk
    --throttle=5
    --quiet=22:00-07:00
    --timezone=Europe/Paris
"""
SAID = ((DAILY, DAILY_OPTIONS), (AT_ONCE, AT_ONCE_OPTIONS))


def row_of(text: str) -> dict[str, Any]:
    (row,) = tomllib.loads(text)["subscription"]
    return dict(row)


def all_keys() -> Iterator[str]:
    """Name all keys, those of tables as `table.key`."""
    for key in KEYS:
        if key in TABLES:
            yield from (f"{key}.{each.name}" for each in fields(TABLES[key]))
        else:
            yield key


def test_every_key_has_an_option_and_every_option_says_a_key() -> None:
    options = {each.name for each in add.params} - OF_THE_COMMAND
    assert options == {SAID_BY.get(key, key) for key in all_keys()}


def test_every_key_is_described_to_programs() -> None:
    described = document(ROUTES)["components"]["schemas"]
    assert set(described["Keys"]["properties"]) == set(KEYS)
    for table in TABLES.values():
        assert set(described[table.__name__]["properties"]) == {each.name for each in fields(table)}


def test_the_texts_of_these_tests_have_every_key() -> None:
    rows = [row_of(text) for text, _ in SAID]
    assert {key for row in rows for key in row} == set(KEYS)
    for name, table in TABLES.items():
        found = {key for row in rows for key in row.get(name, {})}
        assert found == {each.name for each in fields(table)}


@pytest.mark.parametrize(("text", "options"), SAID)
def test_options_make_what_a_file_makes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, options: str
) -> None:
    monkeypatch.chdir(tmp_path)
    channels = '[[channel]]\nid = "desk"\nkind = "email"\nto = "desk@example.org"\n'
    (tmp_path / "channels.toml").write_text(channels)
    (tmp_path / "tocsin.toml").write_text(
        '[store]\nurl = "sqlite:///store.db"\n[delivery]\nchannels = "channels.toml"\n'
    )
    (wanted,) = parse(text, file="mine.toml")
    given = [each.strip() for each in options.strip().splitlines()]
    result = CliRunner().invoke(cli, ["subscriptions", "add", wanted.id, *given])
    assert result.exit_code == 0, (result.output, result.exception)
    engine = open_engine("sqlite:///store.db")
    with reading(engine) as connection:
        assert changes.kept(connection) == {wanted.id: wanted}
    engine.dispose()
