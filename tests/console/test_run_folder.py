import os
from pathlib import Path

import pytest

from console.run_folder import empty_metrics, folder_for, held, note_roles, noted_roles
from schemas import Unavailable


def test_each_store_has_a_folder_of_its_own(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert folder_for("sqlite:///tocsin.db") == tmp_path / "tocsin.db.run"
    assert folder_for("sqlite:////var/lib/news.db") == Path("/var/lib/news.db.run")
    one, other = folder_for("postgresql://a/b"), folder_for("postgresql://a/c")
    assert one != other
    assert one == folder_for("postgresql://a/b")


def test_a_second_run_on_the_same_store_is_refused_and_names_the_first(tmp_path):
    with held(tmp_path / "run"):
        refused = pytest.raises(Unavailable, match=f"process {os.getpid()}")
        with refused, held(tmp_path / "run"):
            pass
    with held(tmp_path / "run"):
        pass


def test_which_process_has_which_role_can_be_read(tmp_path):
    assert noted_roles(tmp_path) == {}
    note_roles(tmp_path, {"alerts": 7, "feeds": 0})
    assert noted_roles(tmp_path) == {"alerts": 7, "feeds": 0}


def test_what_a_run_before_has_counted_is_dropped(tmp_path):
    folder = empty_metrics(tmp_path)
    (folder / "counter_1.db").touch()
    assert list(empty_metrics(tmp_path).iterdir()) == []
