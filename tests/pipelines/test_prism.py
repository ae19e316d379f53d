import subprocess
import sys
import time
from pathlib import Path

import pytest

from pipelines import prism
from pipelines.prism import BUILT, find_prism, version_of
from schemas import InvalidSetting


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A working folder and a checkout without a Prism."""
    monkeypatch.setattr(prism, "__file__", str(tmp_path / "checkout/pipelines/prism.py"))
    working = tmp_path / "working"
    working.mkdir()
    monkeypatch.chdir(working)
    return tmp_path


def put(folder):
    path = folder / BUILT
    path.parent.mkdir(parents=True)
    path.write_bytes(b"a program")
    return str(path)


def test_what_is_given_is_taken(here):
    given = here / "mine"
    given.write_bytes(b"a program")
    put(here / "working")
    assert find_prism(str(given)) == str(given)


def test_what_is_given_must_be_there(here):
    with pytest.raises(InvalidSetting, match="no Prism at nowhere") as raised:
        find_prism("nowhere")
    assert "make prism" in str(raised.value.hint)


def test_the_one_that_was_built_is_found_in_the_working_folder_then_in_the_checkout(here):
    assert find_prism("") == ""
    in_checkout = put(here / "checkout")
    assert find_prism("") == in_checkout
    put(here / "working")
    assert find_prism("") == str(here / "working" / BUILT)


def test_the_version_is_what_go_wrote_into_the_binary(tmp_path):
    binary = tmp_path / "prism"
    binary.write_bytes(b"\x00code\nmod\tgithub.com/apache/beam/sdks/v2\tv2.77.0\th1:abc=\n\x00")
    assert version_of(binary) == "v2.77.0"
    binary.write_bytes(
        b"mod\tgithub.com/apache/beam/sdks/v2\t(devel)\t\nbuild\t-tags=tocsin_v2.77.0\n"
    )
    assert version_of(binary) == "v2.77.0"
    binary.write_bytes(b"no program of Go")
    assert version_of(binary) == ""
    binary.write_bytes(b"")
    assert version_of(binary) == ""


def test_prism_ends_with_the_process_that_started_it_however_that_ends(tmp_path):
    program = (
        "import subprocess, sys, time\n"
        "from pipelines.prism import tied\n"
        "child = subprocess.Popen([tied('/bin/sleep'), '600'])\n"
        "print(child.pid, flush=True)\n"
        "time.sleep(600)\n"
    )
    driver = subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, env={"TMPDIR": str(tmp_path)}
    )
    assert driver.stdout
    prism = int(driver.stdout.readline())
    wait_until(lambda: b"sleep\x00600" in Path(f"/proc/{prism}/cmdline").read_bytes())
    assert list(tmp_path.iterdir()) == []
    driver.kill()
    driver.wait()
    wait_until(lambda: not is_running(prism))


def is_running(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def wait_until(done):
    deadline = time.monotonic() + 20
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.02)
