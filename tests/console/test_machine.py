import os
import subprocess

from console.machine import available, members, resident


def test_a_session_is_all_its_processes():
    one = subprocess.Popen(
        ["sh", "-c", "sleep 60 & echo started; wait"],
        start_new_session=True,
        stdout=subprocess.PIPE,
    )
    try:
        assert one.stdout
        one.stdout.readline()
        found = members(one.pid)
        assert one.pid in found
        assert len(found) == 2
        assert resident(one.pid) > 0
    finally:
        os.killpg(one.pid, 9)
        one.communicate()


def test_no_session_has_no_memory():
    assert (members(0), resident(0)) == ([], 0)


def test_some_memory_can_be_had():
    assert available() > 1 << 20
