"""`tocsin web` as it is called: it wants tokens, serves, and ends in order."""

import json
import os
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest
from click.testing import CliRunner

from console.cli import cli
from console.web.tokens import tokens_of


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_without_tokens_nothing_is_served_and_it_is_said_how_to_make_one(here: Path) -> None:
    found = CliRunner().invoke(cli, ["web"])
    assert found.exit_code == 1
    assert "tocsin web token" in getattr(found.exception, "hint", "")
    assert list(here.iterdir()) == []


def test_each_new_token_is_another_and_is_a_line_of_the_setting() -> None:
    lines = [CliRunner().invoke(cli, ["web", "token", "ada"]).stdout for _ in range(2)]
    first, second = (tokens_of(line) for line in lines)
    assert first[0].name == second[0].name == "ada"
    assert first[0].secret != second[0].secret
    assert CliRunner().invoke(cli, ["web", "token", "a b"]).exit_code == 1


def test_it_serves_who_has_a_token_of_the_file_and_ends_in_order(here: Path) -> None:
    line = CliRunner().invoke(cli, ["web", "token", "ada"]).stdout
    (here / "web.tokens").write_text(line)
    environment = os.environ | {
        "TOCSIN_WEB_TOKENS_FILE": "web.tokens",
        "TOCSIN_WEB_LISTEN": "127.0.0.1:0",
        "TOCSIN_STORE_URL": "sqlite:///store.db",
    }
    serving = subprocess.Popen(
        [sys.executable, "-m", "console", "web"],
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert serving.stderr is not None
    try:
        said = json.loads(serving.stderr.readline())
        assert said["event"] == "serving"
        request = urllib.request.Request(
            f"http://{said['listen']}/v1/subscriptions",
            headers={"Authorization": f"Bearer {tokens_of(line)[0].secret}"},
        )
        with urllib.request.urlopen(request, timeout=20) as answer:
            assert json.load(answer)["subscriptions"]
        serving.send_signal(signal.SIGTERM)
        assert serving.wait(20) == 0
    finally:
        serving.kill()
        rest = serving.stderr.read()
    assert [json.loads(each)["event"] for each in rest.splitlines()] == ["answered"]


def test_an_address_that_is_taken_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        listen = f"127.0.0.1:{other.getsockname()[1]}"
        monkeypatch.setenv("TOCSIN_WEB_LISTEN", listen)
        monkeypatch.setattr("console.logs.structured", lambda: None)  # other tests log, too
        monkeypatch.setenv("TOCSIN_WEB_TOKENS", "ada:" + "a" * 32)
        found = CliRunner().invoke(cli, ["web"])
    assert f"web.listen: cannot listen at {listen}" in str(found.exception)
