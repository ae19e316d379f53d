"""What `tocsin run` says before anything runs."""

import socket

import pytest
from click.testing import CliRunner

from console.cli import cli
from console.run_folder import held
from tests.kafka_broker import free_pair


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TOCSIN_METRICS_LISTEN", "")
    monkeypatch.setenv("TOCSIN_KAFKA_BOOTSTRAP_SERVERS", f"127.0.0.1:{free_pair()}")
    return tmp_path


def refusal(*arguments):
    """Run what must be refused; give what the user is told."""
    found = CliRunner().invoke(cli, ["run", *arguments])
    assert found.exit_code == 1
    return f"{found.exception} {getattr(found.exception, 'hint', '')}"


def test_without_kafka_it_says_so_and_what_to_do():
    said = refusal()
    assert "connection refused" in said
    assert "make kafka" in said


def test_a_store_that_cannot_be_had_is_said(monkeypatch):
    monkeypatch.setenv("TOCSIN_STORE_URL", "postgresql://tocsin@127.0.0.1:1/none")
    assert "cannot open the store" in refusal("--state=state")


def test_a_prism_that_is_named_must_be_there():
    assert "no Prism at nowhere" in refusal("--prism-location=nowhere")


def test_a_second_one_on_the_same_store_is_refused(here):
    with held(here / "tocsin.db.run"):
        assert "another tocsin run works on this store" in refusal()


def test_a_folder_to_follow_must_be_there():
    found = CliRunner().invoke(cli, ["run", "--seeds", "nowhere"])
    assert (found.exit_code, found.stderr) == (2, "Error: nowhere: no such file or folder.\n")


def test_where_metrics_are_served_is_looked_at_first(monkeypatch):
    monkeypatch.setenv("TOCSIN_METRICS_LISTEN", "9464")
    assert "metrics.listen: '9464' is not HOST:PORT" in refusal()
    with socket.create_server(("127.0.0.1", 0)) as other:
        listen = f"127.0.0.1:{other.getsockname()[1]}"
        monkeypatch.setenv("TOCSIN_METRICS_LISTEN", listen)
        assert f"cannot listen at {listen}: Address already in use" in refusal()
