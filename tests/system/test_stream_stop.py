"""Ctrl-C and SIGTERM end the stream quietly and in order, whoever else they reach."""

import os
import signal
from pathlib import Path

import pytest

from connectors.kafka import Producer
from connectors.lag import lags
from deploy.kafka.broker import Broker
from tests.memories import an_article, prose
from tests.system.place import ended, installed, wait_until

pytestmark = [pytest.mark.kafka, pytest.mark.prism, pytest.mark.slow, pytest.mark.timeout(600)]


@pytest.mark.parametrize("word", [signal.SIGINT, signal.SIGTERM], ids=lambda each: each.name)
def test_it_stops_with_a_word_and_without_a_fault(
    word: signal.Signals,
    prism: str,
    kafka_broker: Broker,
    kafka_prefix: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    place = installed(tmp_path, kafka_broker.bootstrap_servers, kafka_prefix, partitions=1)
    stream = place.start("pipeline", "run")
    with Producer(place.kafka) as producer:
        producer.publish_records([an_article("a", prose(1))])

    def is_done() -> bool:
        assert stream.poll() is None, f"it ended; see {tmp_path}/said.log"
        (found,) = lags(place.kafka, f"{kafka_prefix}.articles", [f"{kafka_prefix}-all"])
        return found.has_begun and found.records == 0

    wait_until(is_done, "the article done")
    os.killpg(stream.pid, word)  # as a terminal does, and some init systems: Prism hears it, too
    assert ended(stream) == 0
    assert (tmp_path / "said.log").read_text() == "Stopped.\n"
    assert list(temporary.iterdir()) == []
