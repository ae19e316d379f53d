"""Rule files as editors save them."""

import os
from pathlib import Path

import pytest

from console.rules import load_subscriptions
from schemas import InvalidSetting

RULES = '[[subscription]]\nid = "a"\nquery = "Côte"\n'


def test_a_byte_order_mark_before_rules_is_nothing(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_bytes(RULES.encode("utf-8-sig"))
    assert [each.query for each in load_subscriptions(file)] == ["Côte"]


def test_rules_in_another_encoding_are_refused_at_their_line(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_bytes(RULES.encode("latin-1"))
    with pytest.raises(InvalidSetting, match=r"mine\.toml:3: not UTF-8"):
        load_subscriptions(file)


def test_a_pipe_among_rules_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "mine.toml")
    with pytest.raises(InvalidSetting, match=r"mine\.toml: a pipe"):
        load_subscriptions(tmp_path)
