import os
import subprocess

from console.machine import available, resident


def test_the_memory_of_a_session_is_that_of_all_its_processes():
    one = subprocess.Popen(
        ["sh", "-c", "sleep 60 & echo started; wait"],
        start_new_session=True,
        stdout=subprocess.PIPE,
    )
    try:
        assert one.stdout
        one.stdout.readline()
        alone = resident(one.pid)
        assert 0 < alone < resident(os.getsid(0))
    finally:
        os.killpg(one.pid, 9)
        one.communicate()


def test_no_session_has_no_memory():
    assert resident(0) == 0


def test_some_memory_can_be_had():
    assert available() > 1 << 20
