"""What a process wrote for a while goes with it; what a killed one left goes with the next."""

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from console.scratch import YOUNG_SECONDS, scratch
from tests.contracts.tree import ROOT

HOLD = """
import tempfile
from console.scratch import scratch
with scratch():
    tempfile.mkdtemp(prefix="beam-temp")
    print("held", flush=True)
    input()
"""


END = """
import atexit
from console.scratch import scratch
with scratch() as folder:
    atexit.register(lambda: print(folder.exists()))  # as Beam does
"""


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where temporary files go."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    return tmp_path


def holder() -> "subprocess.Popen[str]":
    """Start a process that is within its scratch."""
    held = subprocess.Popen(
        [sys.executable, "-c", HOLD], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert held.stdout
    assert held.stdout.readline() == "held\n"
    return held


def grown_old(place: Path) -> list[Path]:
    """Let what is there be older than what may not be locked yet; give it."""
    found = list(place.iterdir())
    for each in found:
        then = each.stat().st_mtime - 2 * YOUNG_SECONDS
        os.utime(each, (then, then))
    return found


def test_what_is_written_within_lies_together_also_what_children_write(place: Path) -> None:
    with scratch() as folder:
        assert Path(tempfile.mkdtemp()).parent == folder
        child = [sys.executable, "-c", "import tempfile; print(tempfile.mkdtemp())"]
        assert Path(subprocess.check_output(child, text=True)).parent == folder
    assert os.environ["TMPDIR"] == tempfile.gettempdir() == str(place)
    assert list(place.iterdir()) == [folder]


def test_it_is_gone_when_the_process_ends_and_was_there_for_those_who_end_before(
    place: Path,
) -> None:
    ended = subprocess.run([sys.executable, "-c", END], capture_output=True, text=True)
    assert (ended.stdout, ended.stderr) == ("True\n", "")
    assert list(place.iterdir()) == []


def test_after_ctrl_c_it_goes_at_once(place: Path) -> None:
    with pytest.raises(KeyboardInterrupt), scratch():
        raise KeyboardInterrupt
    assert list(place.iterdir()) == []


def test_what_a_killed_process_left_goes_with_the_next_and_what_is_held_stays(place: Path) -> None:
    killed, alive = holder(), holder()
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    assert len(grown_old(place)) == 2
    with scratch() as own:
        pass
    (left,) = set(place.iterdir()) - {own}
    assert list(left.iterdir())
    alive.communicate("\n")
    assert list(place.iterdir()) == [own]


def test_what_is_young_may_not_be_locked_yet_and_is_let_be(place: Path) -> None:
    killed = holder()
    killed.kill()
    killed.communicate()
    (left,) = place.iterdir()
    with scratch():
        pass
    assert left.exists()


@pytest.mark.prism
@pytest.mark.slow
def test_a_replay_on_prism_leaves_nothing_behind(place: Path, prism: str) -> None:
    words = ["replay", str(ROOT / "seeds/feeds"), "--no-entities", "--runner=prism"]
    words.append(f"--prism-location={prism}")
    subprocess.run([sys.executable, "-m", "console", *words], check=True, capture_output=True)
    assert list(place.iterdir()) == []
