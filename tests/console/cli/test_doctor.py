"""What `tocsin doctor` says of the rules that the stream would go by."""

import pytest

from console.cli import doctor
from console.findings import State

LIST = """[[actor]]
id = "bridge"
name = "The bridge"

[[actor.alias]]
text = "bridge"
language = "en"
"""


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A folder with rules of one's own, named by the settings."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "lists").mkdir()
    (tmp_path / "lists/bridge.toml").write_text(LIST)
    (tmp_path / "mine.toml").write_text('[[subscription]]\nid = "one"\nquery = "actor:bridge"\n')
    (tmp_path / "tocsin.toml").write_text(
        '[rules]\nwatch_lists = "lists"\nsubscriptions = "mine.toml"\n'
    )
    return tmp_path


def test_the_rules_of_the_settings_are_counted(here):
    found = doctor.rules()
    assert found.state is State.OK
    assert found.found.startswith("1 actors, 1 subscriptions: ")


def test_rules_that_are_broken_are_told_with_their_place(here):
    (here / "mine.toml").write_text('[[subscription]]\nid = "one"\nquery = "mali AND"\n')
    found = doctor.rules()
    assert found.state is State.FAIL
    assert "mine.toml:3" in found.found


def test_rules_that_are_not_there_are_told(here):
    (here / "mine.toml").unlink()
    found = doctor.rules()
    assert found.state is State.FAIL
    assert "mine.toml: no such file" in found.found
