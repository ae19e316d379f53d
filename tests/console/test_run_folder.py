import os
from pathlib import Path

import pytest

from console import run_folder
from console.restarts import SETTLED
from console.run_folder import (
    Ends,
    folder_for,
    halted_roles,
    held,
    looping_roles,
    metrics_of,
    note_roles,
    noted_roles,
)
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


def test_roles_that_halted_are_those_of_a_run_that_is_there(tmp_path, monkeypatch):
    assert halted_roles(tmp_path) == []
    note_roles(tmp_path, {"alerts": 0, "feeds": 7}, ["alerts"])
    assert halted_roles(tmp_path) == ["alerts"]
    monkeypatch.setattr(run_folder, "lives", lambda pid: pid != os.getpid())
    assert halted_roles(tmp_path) == []


@pytest.mark.parametrize("has_shared_memory", [True, False])
def test_what_a_run_before_has_counted_is_dropped(tmp_path, monkeypatch, has_shared_memory):
    shared = tmp_path / "shm"
    monkeypatch.setattr(run_folder, "SHARED_MEMORY", shared)
    if has_shared_memory:
        shared.mkdir()
    with metrics_of(tmp_path / "run") as before:
        assert before.is_relative_to(shared) == has_shared_memory
        (before / "counter_1.db").touch()
        with metrics_of(tmp_path / "run") as metrics:
            assert metrics == before
            assert list(metrics.iterdir()) == []
    assert not before.exists()


def test_a_full_disk_keeps_nobody_from_running(tmp_path):
    note_roles(tmp_path / "no such folder", {"alerts": 7})


@pytest.mark.parametrize(
    ("count", "started", "is_loop"),
    [
        (2, 0.0, False),
        (3, 0.0, True),
        (3, 1000.0 - SETTLED + 1, True),  # it runs, as it did before it ended
        (3, 1000.0 - SETTLED, False),
    ],
)
def test_a_role_that_ends_again_and_again_is_told_until_it_has_settled(
    tmp_path, count, started, is_loop
):
    ends = Ends(role="deliver", count=count, started=started, said="Error: no store")
    note_roles(tmp_path, {"deliver": 7}, [], [ends])
    assert looping_roles(tmp_path, 1000.0) == ([ends] if is_loop else [])


def test_of_a_run_that_is_gone_no_role_loops(tmp_path, monkeypatch):
    note_roles(tmp_path, {"deliver": 7}, [], [Ends(role="deliver", count=9, started=0.0)])
    monkeypatch.setattr(run_folder, "lives", lambda pid: False)
    assert looping_roles(tmp_path, 1000.0) == []
