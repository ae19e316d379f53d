"""The RSS connector with an archive: what it read can be read back to the very same articles."""

import pytest

from connectors.cluster import KafkaSettings
from connectors.seeds.folder import list_files, read_file
from schemas import Line
from tests.system.rss import Site, running_hosts, wait_for

pytestmark = [pytest.mark.kafka, pytest.mark.slow]


def test_the_archive_reads_back_to_the_articles_in_kafka(kafka_broker, kafka_prefix, tmp_path):
    servers = (kafka_broker.bootstrap_servers,)
    kafka = KafkaSettings(bootstrap_servers=servers, prefix=kafka_prefix)
    archive = tmp_path / "archive"
    with (
        Site(tmp_path, kafka, {"TOCSIN_FEEDS_GAP": "0.5"}) as site,
        running_hosts(tmp_path, "--hosts", "5", "--period", "1", "--until", "3") as hosts,
    ):
        site.prepare(hosts, hosts_number=5, feeds_number=10)
        connector = site.connect("--speed", "600", "--archive", str(archive))
        wait_for(lambda: hosts.offered() and hosts.offered() <= site.tokens(), "every entry")
        connector.terminate()
        assert connector.wait(40) == 0
    files = list_files([archive])
    assert files.skipped == ()
    read = [found for file in files.files for found in read_file(file)]
    lines = {found.content for found in read if isinstance(found, Line)}
    assert lines == {value for _, value in site.records()}
    assert all(b'"extractor":"trafilatura' in line for line in lines)
