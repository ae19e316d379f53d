"""Metrics of several processes: real ones, since that is what they are about."""

import os
import signal
import subprocess
import sys
import urllib.request

from prometheus_client import generate_latest

from console.exporter import serve_metrics
from console.gathering import VARIABLE, Gathering
from tests.kafka_broker import free_pair

COUNTS = """
import sys, time
from prometheus_client import Counter, Gauge, Histogram
Counter("t_seen", "Seen.", ["kind"]).labels("a").inc(3)
Histogram("t_seconds", "Seconds.", buckets=(1, 2)).observe(1.5)
Gauge("t_waiting", "Waiting.", multiprocess_mode="livesum").set(5)
print("done", flush=True)
sys.stdin.read()
"""


def counting(folder):
    """Start a process that counts, and lives until its input is closed."""
    process = subprocess.Popen(
        [sys.executable, "-c", COUNTS],
        env=os.environ | {VARIABLE: str(folder)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdout
    assert process.stdout.readline() == b"done\n"
    return process


def end(process):
    process.send_signal(signal.SIGKILL)
    process.communicate()


def values(gathering):
    """Read what is served: name and labels, and value."""
    text = generate_latest(gathering.registry()).decode()
    lines = [line.rpartition(" ") for line in text.splitlines() if line.startswith("t_")]
    return {name: float(value) for name, _, value in lines}


def test_what_several_processes_count_is_one_sum(tmp_path):
    both = [counting(tmp_path), counting(tmp_path)]
    found = values(Gathering(tmp_path))
    assert found['t_seen_total{kind="a"}'] == 6
    assert found['t_seconds_bucket{le="2.0"}'] == found["t_seconds_count"] == 2
    assert found['t_seconds_bucket{le="1.0"}'] == 0
    assert found["t_waiting"] == 10
    for process in both:
        end(process)


def test_counters_outlive_their_process_gauges_do_not_and_files_do_not_pile_up(tmp_path):
    gathering = Gathering(tmp_path)
    for _ in range(4):
        end(counting(tmp_path))
        gathering.fold()
    alive = counting(tmp_path)
    gathering.fold()
    found = values(gathering)
    assert found['t_seen_total{kind="a"}'] == 15
    assert found["t_seconds_sum"] == 7.5
    assert found["t_waiting"] == 5
    assert len(list(tmp_path.glob("counter_*.db"))) == 2
    end(alive)


def test_a_file_that_its_process_had_no_time_to_write_is_no_fault(tmp_path):
    (tmp_path / "counter_4194305.db").write_bytes(b"")
    gathering = Gathering(tmp_path)
    assert values(gathering) == {}
    gathering.fold()
    assert not (tmp_path / "counter_4194305.db").exists()


def test_the_metrics_of_all_are_served_at_one_address(tmp_path):
    one = counting(tmp_path)
    port = free_pair()
    serve_metrics(f"127.0.0.1:{port}", Gathering(tmp_path).registry())
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
        assert b't_seen_total{kind="a"} 3.0' in answer.read()
    end(one)
