"""The supervisor over real processes, each a line or two of Python."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from console.run_folder import halted_roles, noted_roles
from tests.contracts.tree import ROOT

LIVES = "import time; print('here', flush=True); time.sleep(600)"
DIES = "print('farewell'); raise SystemExit(1)"
HALTS = "print('enough'); raise SystemExit(3)"
DEAF = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf'); time.sleep(600)"
GROWS = """
import time
print('here', flush=True)
held = []
while True:
    held.append(bytearray(4 << 20))
    time.sleep(0.02)
"""
GROWS_BELOW = f"""
import subprocess, sys, time
subprocess.Popen([sys.executable, '-c', {GROWS.replace("here", "below")!r}])
print('here', flush=True)
time.sleep(600)
"""
DEAF_AND_GROWS = DEAF.replace("time.sleep", f"held = bytearray({200 << 20}); time.sleep")
PARENT = "import subprocess, time; print('child', subprocess.Popen(['sleep', '600']).pid); time.sleep({})"


class Supervised:
    """A supervisor in a process of its own, and what it has said."""

    def __init__(self, folder: Path, roles: dict[str, str], most_mb: int) -> None:
        self.folder = folder
        self.log = folder / "log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [
                    sys.executable,
                    "-m",
                    "tests.console.supervised",
                    str(folder),
                    str(most_mb),
                    *[f"{name}={code}" for name, code in roles.items()],
                ],
                cwd=ROOT,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_DFL),
            )

    def says(self, what: str, times: int = 1, seconds: float = 20.0) -> str:
        """Wait until it has said something so often; give all that was said."""
        wait_until(lambda: self.log.read_text().count(what) >= times, seconds, what)
        return self.log.read_text()

    def pid(self, role: str) -> int:
        return noted_roles(self.folder)[role]


def wait_until(is_so, seconds: float, what: str = "it") -> None:
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, f"{what} was not so within {seconds} s"
        time.sleep(0.02)


def is_gone(pid: int) -> bool:
    """Tell whether a process has ended; one that nobody has asked after yet has."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return True
    return state == "Z"


@contextmanager
def supervised(folder: Path, most_mb: int = 0, **roles: str) -> Iterator[Supervised]:
    made = Supervised(folder, roles, most_mb)
    try:
        yield made
    finally:
        made.process.kill()
        made.process.wait()


def test_a_role_that_dies_is_started_again_and_the_others_stay(tmp_path):
    with supervised(tmp_path, steady=LIVES, brief=DIES) as run:
        run.says("brief: farewell", times=2)
        said = run.says("exit 1")
        assert said.count("steady: here") == 1
        assert "again_in" in said


def test_a_role_that_is_killed_is_started_again(tmp_path):
    with supervised(tmp_path, steady=LIVES) as run:
        run.says("steady: here")
        before = run.pid("steady")
        os.kill(before, signal.SIGKILL)
        assert "SIGKILL" in run.says("steady: here", times=2)
        wait_until(lambda: run.pid("steady") not in (0, before), 5)


def test_a_role_that_halts_is_not_started_again_and_the_others_stay(tmp_path):
    with supervised(tmp_path, steady=LIVES, brief=DIES, dead=HALTS) as run:
        said = run.says("brief: farewell", times=3)
        assert said.count("dead: enough") == 1
        assert "role-halted" in said
        assert "tocsin dead-letters list" in said
        assert halted_roles(tmp_path) == ["dead"]
        assert run.pid("dead") == 0
        run.process.terminate()
        assert run.process.wait(10) == 0
    assert halted_roles(tmp_path) == []  # the next run starts it


@pytest.mark.parametrize("code", [GROWS, GROWS_BELOW], ids=["itself", "what it started"])
def test_a_role_that_grows_beyond_its_memory_is_ended_in_order_and_started_again(tmp_path, code):
    with supervised(tmp_path, most_mb=150, growing=code, steady=LIVES) as run:
        said = run.says("growing: here", times=2)
        assert "role-outgrown" in said
        assert "SIGTERM" in said
        assert said.count("steady: here") == 1
        assert [line for line in said.splitlines() if "role-ended" in line and "memory" in line]


def test_a_role_that_outgrows_its_memory_and_does_not_hear_is_killed(tmp_path):
    with supervised(tmp_path, most_mb=150, deaf=DEAF_AND_GROWS) as run:
        said = run.says("deaf: deaf", times=2)
        assert said.count("role-outgrown") == 1
        assert "role-killed" in said
        assert "SIGKILL" in said


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_told_to_stop_it_ends_the_roles_and_itself_in_order(tmp_path, number):
    with supervised(tmp_path, one=LIVES, two=LIVES) as run:
        run.says(": here", times=2)
        pids = [run.pid("one"), run.pid("two")]
        run.process.send_signal(number)
        assert run.process.wait(10) == 0
        assert all(map(is_gone, pids))
        assert "role-ended" not in run.log.read_text()


def test_a_role_that_waits_to_be_started_again_does_not_hold_up_the_end(tmp_path):
    with supervised(tmp_path, brief=DIES) as run:
        run.says("role-ended", times=2)
        run.process.terminate()
        assert run.process.wait(5) == 0


def test_a_second_word_to_stop_kills_who_does_not_hear_the_first(tmp_path):
    with supervised(tmp_path, deaf=DEAF, steady=LIVES) as run:
        run.says("deaf: deaf")
        run.says("steady: here")
        pid = run.pid("deaf")
        run.process.terminate()
        run.says("role-stopped")
        assert run.process.poll() is None
        assert not is_gone(pid)
        run.process.terminate()
        assert run.process.wait(5) == 0
        assert is_gone(pid)


def test_roles_do_not_outlive_a_supervisor_that_was_killed(tmp_path):
    with supervised(tmp_path, one=LIVES, deaf=DEAF) as run:
        run.says("one: here")
        run.says("deaf: deaf")
        pids = [run.pid("one"), run.pid("deaf")]
        run.process.kill()
        wait_until(lambda: all(map(is_gone, pids)), 5, "the end of the roles")


def test_what_roles_have_started_does_not_outlive_it_either(tmp_path):
    with supervised(tmp_path, parent=PARENT.format("600")) as run:
        child = int(run.says("parent: child ").partition("parent: child ")[2].split()[0])
        run.process.kill()
        wait_until(lambda: is_gone(child), 5, "the end of the child")


def test_what_a_role_leaves_behind_is_ended_with_it(tmp_path):
    with supervised(tmp_path, parent=PARENT.format("0.2")) as run:
        said = run.says("role-ended")
        child = int(said.partition("parent: child ")[2].split()[0])
        wait_until(lambda: is_gone(child), 5, "the end of the child")


def test_a_launcher_whose_parent_has_gone_starts_nothing():
    launched = subprocess.run(
        [
            sys.executable,
            ROOT / "pipelines/launcher.py",
            "1",
            sys.executable,
            "-c",
            "print('here')",
        ],
        capture_output=True,
        text=True,
        timeout=20,
    )
    assert launched.stdout == ""
