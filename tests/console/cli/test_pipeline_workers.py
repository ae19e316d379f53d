import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator

import apache_beam as beam
import pytest
from apache_beam.options.pipeline_options import PipelineOptions

from tests.kafka_broker import free_pair


@pytest.fixture
def workers() -> Iterator[tuple[int, int]]:
    """A running `tocsin pipeline workers`: its port, and that of its metrics."""
    port = free_pair()
    command = [sys.executable, "-m", "console", "pipeline", "workers", f"--port={port}"]
    settings = {**os.environ, "TOCSIN_METRICS_LISTEN": f"127.0.0.1:{port + 1}"}
    running = subprocess.Popen(command, env=settings, stderr=subprocess.PIPE, text=True)
    assert running.stderr
    try:
        assert running.stderr.readline() == f"Workers can be asked for at port {port}.\n"
        yield port, port + 1
        running.send_signal(signal.SIGTERM)
        assert running.wait(30) == 0
    finally:
        running.kill()
        running.wait()
        running.stderr.close()


def scraped(port: int) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
        return answer.read().decode()


@pytest.mark.prism
def test_what_workers_count_is_served_by_their_pool(prism: str, workers: tuple[int, int]) -> None:
    options = PipelineOptions(
        [
            "--runner=PrismRunner",
            f"--prism_location={prism}",
            "--job_server_timeout=60",
            "--environment_type=EXTERNAL",
            f"--environment_config=localhost:{workers[0]}",
        ]
    )

    def count(number: int) -> int:
        from pipelines.metrics import counter

        counter("records_in").inc()
        return number

    with beam.Pipeline(options=options) as pipeline:
        _ = pipeline | "Numbers" >> beam.Create([1, 2, 3]) | "Count" >> beam.Map(count)
    deadline = time.monotonic() + 30
    while (found := scraped(workers[1])).find("tocsin_pipeline_records_total") < 0:
        assert time.monotonic() < deadline, found
        time.sleep(0.1)
    assert 'tocsin_pipeline_records_total{name="records_in",part="all"} 3.0' in found
