"""Channels on the command line: listed and checked, and nothing of their secrets shown."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from console.cli import cli
from tocsin.channels import is_secret, secret_of

SECRET = secret_of(b"s" * 24)
CHANNELS = """[[channel]]
id = "hook"
kind = "webhook"
to = "https://example.org/hook/hush"

[[channel]]
id = "chat"
kind = "apprise"
fallback = "hook"
"""
ENVIRONMENT = {
    "TOCSIN_CHANNEL_HOOK_SECRET": SECRET,
    "TOCSIN_CHANNEL_CHAT_TO": "slack://hush/b/c",
    "TOCSIN_MAIL_HOST": "mail.example.org",
    "TOCSIN_MAIL_SENDER": "tocsin@example.org",
    "TOCSIN_MAIL_USER": "tocsin",
    "TOCSIN_MAIL_PASSWORD": "hush",
}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "channels.toml").write_text(CHANNELS)
    (tmp_path / "tocsin.toml").write_text('[delivery]\nchannels = "channels.toml"\n')
    monkeypatch.chdir(tmp_path)
    return tmp_path


def called(*arguments: str, **environment: str) -> Result:
    return CliRunner().invoke(cli, arguments, env=ENVIRONMENT | environment)


def test_channels_are_listed_without_what_is_secret() -> None:
    result = called("channels", "list")
    assert result.exit_code == 0, result.output
    assert [line.split() for line in result.stdout.splitlines()] == [
        ["hook", "webhook", "https://example.org"],
        ["chat", "apprise", "slack://***", "else", "hook"],
    ]
    for shown in (called("channels", "list", "--json"), called("config", "show")):
        assert shown.exit_code == 0, shown.output
        assert "hush" not in shown.output
        assert SECRET not in shown.output


def test_the_password_of_mail_is_masked() -> None:
    assert 'password = "***"' in called("config", "show").stdout


def test_a_new_secret_is_one_and_another_each_time() -> None:
    first, second = (called("channels", "secret").stdout.strip() for _ in range(2))
    assert is_secret(first)
    assert first != second


def test_validate_tells_faults_of_channels_with_their_lines(folder: Path) -> None:
    assert called("validate").exit_code == 0
    (folder / "channels.toml").write_text(CHANNELS.replace("webhook", "fax"))
    result = called("validate")
    assert result.exit_code == 1
    assert "channels.toml:3: kind 'fax'" in result.stdout


def test_validate_tells_channels_of_subscriptions_that_there_are_not(folder: Path) -> None:
    mine = folder / "mine.toml"
    row = '[[subscription]]\nid = "a"\nquery = "mali"\nchannels = ["hook", "chatt"]\n'
    mine.write_text(row)
    result = called("validate", "--subscriptions", str(mine))
    assert result.exit_code == 1
    assert result.stdout == "subscription a: there is no channel 'chatt': did you mean chat?\n"


def test_what_is_in_no_file_and_no_variable_is_told_in_words() -> None:
    result = called("channels", "list", TOCSIN_CHANNEL_HOOK_SECRET="")
    assert result.exit_code == 1
    assert "set TOCSIN_CHANNEL_HOOK_SECRET" in str(result.exception)
    assert "tocsin channels secret" in str(result.exception)
