"""The stream itself in workers of our own boot program, as a cluster runs it, on Prism."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from apache_beam.options.pipeline_options import PipelineOptions

from console.cli.pipeline_run import job_of
from console.sources import load
from deploy.kafka.broker import Broker
from pipelines.monitor import Job, run
from pipelines.rules import LiveRules
from pipelines.secrets import named
from pipelines.worker_pool import boot_program
from store.engine import open_engine, reading
from tests.contracts.tree import ROOT

pytestmark = [pytest.mark.prism, pytest.mark.kafka, pytest.mark.slow, pytest.mark.timeout(300)]


def options(prism: str, *environment: str) -> PipelineOptions:
    return PipelineOptions(
        [
            "--runner=PrismRunner",
            f"--prism_location={prism}",
            "--prism_log_level=error",
            "--streaming",
            "--job_server_timeout=3600",
            *environment,
        ]
    )


def test_the_stream_runs_in_workers_of_ours_that_alone_can_open_the_store(
    prism: str, kafka_broker: Broker, kafka_prefix: str, tmp_path: Path
) -> None:
    variables = {
        "TOCSIN_KAFKA_BOOTSTRAP_SERVERS": kafka_broker.bootstrap_servers,
        "TOCSIN_KAFKA_PREFIX": kafka_prefix,
        "TOCSIN_STORE_URL": f"sqlite:///{tmp_path / 'tocsin.db'}",
        "TOCSIN_PIPELINE_ENTITIES": "false",
    }
    for words in (
        ("topics", "create"),
        ("rules", "publish"),
        ("connect", "seeds", str(ROOT / "seeds"), "--ring"),
    ):
        subprocess.run(
            [sys.executable, "-m", "console", *words],
            env={**os.environ, **variables},
            check=True,
            capture_output=True,
        )
    settings = load(Path(os.devnull), variables).settings
    job = with_secret_store(job_of(settings, "alerts", "1/1", entities=False, to_end=True))
    told = {"TOCSIN_STORE_URL": settings.store.url}
    config = json.dumps({"command": boot_program(), "env": told})
    run(job, options(prism, "--environment_type=PROCESS", f"--environment_config={config}"))
    counts = counts_in(settings.store.url)
    assert counts["memory_version"] == counts["run_article"] > 40
    # Most seeds were published long ago, and old news rings nobody.
    assert counts["ledger"] == counts["run_alert"] == 2


def with_secret_store(job: Job) -> Job:
    """Take the address of the store out of a job, as is done where a password is in it."""
    url = named("TOCSIN_STORE_URL")
    return replace(
        job,
        rules=replace(job.rules, rule_sets=LiveRules(url)),
        sinks=replace(job.sinks, memory=replace(job.sinks.memory, url=url)),
    )


def counts_in(url: str) -> dict[str, int]:
    """Count what was remembered, written, rung."""
    engine = open_engine(url)
    try:
        with reading(engine) as connection:
            return {
                table: connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar_one()
                for table in ("memory_version", "run_article", "run_alert", "ledger")
            }
    finally:
        engine.dispose()
