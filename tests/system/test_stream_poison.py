"""A record that kills the worker, or hangs it: it is put aside after three deaths, and the rest flows."""

import base64
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from connectors.kafka import Producer
from deploy.kafka.broker import Broker
from pipelines.io.careful import DEADLY, MOST_ATTEMPTS, STAGE
from schemas import DeadLetter, decode, encode
from schemas.dead_letter import original
from schemas.ids import dead_letter_id
from store.engine import open_engine
from store.memory import SqlMemory
from tests.fakes.articles import plan
from tests.memories import an_article, prose, show
from tests.system.load import Load
from tests.system.oracle import violations
from tests.system.place import PROGRAM, Place, ended, installed
from tests.system.stream import live_of, truth_of
from tocsin.memory import WHOLE

pytestmark = [pytest.mark.kafka, pytest.mark.prism, pytest.mark.slow, pytest.mark.timeout(900)]

TRAP = "thisonekills"

IMPATIENT = (
    "import pipelines.io.read_kafka as it; it.HANG_SECONDS = 15.0;"
    " from console.cli import main; main()"
)
"""The same program, which takes a bundle for hanging sooner: still long enough to load what it needs."""

TRAPS: dict[str, tuple[str, Sequence[str]]] = {
    "kills": (TRAP, PROGRAM),
    "hangs": (f"hang:{TRAP}", (sys.executable, "-c", IMPATIENT)),
}


def deaths(place: Place, trap: str, program: Sequence[str]) -> int:
    """Start the stream again and again, as a supervisor does, until it gets to the end of the log."""
    words = ("pipeline", "run", "--to-end", f"--trap={trap}")
    for count in range(2 * MOST_ATTEMPTS):
        if ended(place.start(*words, program=program)) == 0:
            return count
    raise AssertionError(f"it never came to the end; see {place.folder}/said.log")


@pytest.mark.parametrize("way", TRAPS)
def test_what_kills_the_worker_is_put_aside_and_the_rest_flows(
    way: str, prism: str, kafka_broker: Broker, kafka_prefix: str, tmp_path: Path
) -> None:
    place = installed(tmp_path, kafka_broker.bootstrap_servers, kafka_prefix, partitions=2)
    deadly = an_article("deadly", f"{prose(1)} {TRAP} {prose(2)}")
    deadly = replace(deadly, first_seen=datetime.now(UTC))
    load = Load(place, plan(5, 12), seed=5, rate=1000)
    load.send()
    with Producer(place.kafka) as producer:
        producer.publish_records([deadly])
    assert deaths(place, *TRAPS[way]) == MOST_ATTEMPTS
    place.command("deliver", "--once")

    letters = [decode(DeadLetter, it.value or b"") for it in place.topic("dead-letters")]
    (letter,) = (it for it in letters if it.code == DEADLY)
    assert letter.stage == STAGE
    assert base64.b64decode(letter.bytes_base64) == encode(deadly)
    log = [it.value for it in place.topic("articles") if it.value]
    rest = [value for value in log if TRAP.encode() not in value]
    truth = truth_of(place, rest)
    letter_id = dead_letter_id(STAGE, DEADLY, original([encode(deadly)]).sha256)
    truth = replace(truth, letters=truth.letters | {letter_id})
    assert violations(load.acked, log, truth, live_of(place)) == []
    assert truth.rings


@pytest.mark.parametrize("way", TRAPS)
def test_what_kills_when_it_is_done_again_is_put_aside_and_done_once_it_is_sent_again(
    way: str, prism: str, kafka_broker: Broker, kafka_prefix: str, tmp_path: Path
) -> None:
    place = installed(tmp_path, kafka_broker.bootstrap_servers, kafka_prefix, partitions=1)
    now = datetime.now(UTC)
    root, deadly, *others = (
        replace(an_article(name, text), first_seen=now + timedelta(minutes=minutes))
        for minutes, (name, text) in enumerate(
            [
                ("root", prose(1, 300)),
                ("deadly", f"{prose(1, 300)} {TRAP}"),
                ("copy", prose(1, 300)),
                ("other-copy", prose(1, 300)),
            ],
            -9,
        )
    )
    memory = SqlMemory(open_engine(place.store))
    with Producer(place.kafka) as producer:
        producer.publish_records([deadly, *others])
    assert ended(place.start("pipeline", "run", "--to-end")) == 0
    show(memory, [root])
    assert memory.reopened(WHOLE) == [deadly, *others]

    assert deaths(place, *TRAPS[way]) == MOST_ATTEMPTS
    letters = [decode(DeadLetter, it.value or b"") for it in place.topic("dead-letters")]
    assert [(it.stage, it.code, it.origin) for it in letters] == [(STAGE, DEADLY, "")]
    assert base64.b64decode(letters[0].bytes_base64) == encode(deadly)
    assert memory.reopened(WHOLE) == []
    assert list(memory.unfinished([deadly, *others], WHOLE)) == [(deadly.id, deadly.version)]

    place.command("dead-letters", "redrive", "--code", DEADLY)
    assert ended(place.start("pipeline", "run", "--to-end")) == 0
    assert memory.unfinished([deadly, *others], WHOLE) == {}
    assert memory.roots([deadly.id]) == {deadly.id: root.id}
    memory.close()
