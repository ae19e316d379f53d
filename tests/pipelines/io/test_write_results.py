"""Sinks: topics first, then all of a batch in one transaction, and again as often as need be."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from pipelines.io import halting, tidy, write_results
from pipelines.io.write_results import Sinks, WriteDeadFn, WriteFn
from pipelines.memory import MemoryAt, engine_at
from schemas import (
    Alert,
    Article,
    ArticleVersion,
    DeadLetter,
    Halted,
    Unavailable,
    dead_letter,
    decode,
    encode,
)
from store import deliveries
from store.engine import reading
from store.tables import RUN_TABLES, delivery, ledger
from tests.memories import an_alert, an_article, show
from tocsin.dead_letters import LONGEST_RUN, Limit
from tocsin.memory import Part

FIRST, COPY = an_article("first", "The ferry sank."), an_article("copy", "The ferry sank.", 1)


@dataclass
class Publisher:
    """A publisher that is away a few times."""

    away: int = 0
    sent: list[Any] = field(default_factory=list)

    def open(self) -> "Publisher":
        return self

    def publish_records(self, records: Sequence[Any]) -> None:
        if self.away:
            self.away -= 1
            raise Unavailable("not now")
        self.sent += records


@pytest.fixture
def memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MemoryAt:
    monkeypatch.setattr(tidy, "begin", lambda *_: None)
    monkeypatch.setattr(write_results, "FIRST_PAUSE", 0.001)
    return MemoryAt(f"sqlite:///{tmp_path / 'tocsin.db'}")


def writer(memory: MemoryAt, publisher: Publisher) -> WriteFn:
    whole = Part.ALERTS | Part.ENTITIES
    dofn = WriteFn(Sinks(publishing=publisher, memory=memory, part=whole, channels=("kafka",)))
    dofn.setup()
    return dofn


def version(article: Article, offset: int) -> ArticleVersion:
    return ArticleVersion(
        article=article,
        story=FIRST.id,
        alerts=(an_alert(article, "ferry", story=FIRST.id),),
        origin=f"kafka:articles/0@{offset}",
    )


def due(memory: MemoryAt) -> list[Alert]:
    with reading(engine_at(memory.url)) as connection:
        return [decode(Alert, record) for _, record in deliveries.due(connection, 10)]


def test_a_batch_done_again_rings_nobody_again(memory: MemoryAt) -> None:
    show(memory.open(), [FIRST, COPY])
    dofn = writer(memory, Publisher())
    for _ in range(2):
        done = dofn.work([version(FIRST, 0), version(COPY, 1)])
        assert done == [["kafka:articles/0@0"], ["kafka:articles/0@1"]]
    assert [each.article for each in due(memory)] == [FIRST.id]


def test_nothing_is_stored_before_the_topics_have_it(
    memory: MemoryAt, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(write_results, "PATIENCE_SECONDS", 0.0)
    show(memory.open(), [FIRST])
    with pytest.raises(Unavailable):
        writer(memory, Publisher(away=1)).work([version(FIRST, 0)])
    assert due(memory) == []
    part = Part.ALERTS
    assert list(memory.open().unfinished([FIRST], part)) == [(FIRST.id, FIRST.version)]


def test_a_server_that_comes_back_is_waited_for(memory: MemoryAt) -> None:
    show(memory.open(), [FIRST])
    publisher = Publisher(away=3)
    writer(memory, publisher).work([version(FIRST, 0)])
    assert len(due(memory)) == 1
    assert publisher.sent


def test_an_alert_its_entry_and_its_deliveries_are_written_together_or_not_at_all(
    memory: MemoryAt, monkeypatch: pytest.MonkeyPatch
) -> None:
    show(memory.open(), [FIRST])

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(write_results, "finish", killed)
        with pytest.raises(KeyboardInterrupt):
            writer(memory, Publisher()).work([version(FIRST, 0)])
    with reading(engine_at(memory.url)) as connection:
        for table in (RUN_TABLES["alerts"], ledger, delivery):
            assert connection.execute(select(table)).all() == []
    writer(memory, Publisher()).work([version(FIRST, 0)])
    assert len(due(memory)) == 1


def test_what_is_stored_is_finished(memory: MemoryAt) -> None:
    show(memory.open(), [FIRST])
    writer(memory, Publisher()).work([version(FIRST, 0)])
    assert memory.open().unfinished([FIRST], Part.ALERTS | Part.ENTITIES) == {}


def test_each_part_says_that_it_works_here(memory: MemoryAt) -> None:
    assert memory.open().parts() == Part(0)
    writer(memory, Publisher())
    assert memory.open().parts() == Part.ALERTS | Part.ENTITIES


def test_a_letter_of_what_came_from_the_log_changes_nothing_in_memory(memory: MemoryAt) -> None:
    show(memory.open(), [FIRST, COPY])
    keys = [(each.id, each.version) for each in (FIRST, COPY)]
    memory.open().finish(keys, Part.ALERTS)
    letters = [
        dead_letter("worker", "killed-worker", "", encode(FIRST), origin="kafka:articles/0@1"),
        dead_letter("flag-mentions", "failed", "", encode(COPY)),
    ]
    dead = WriteDeadFn(Sinks(publishing=Publisher(), memory=memory, part=Part.ALERTS))
    assert dead.work(letters) == [["kafka:articles/0@1"], [""]]
    assert list(memory.open().unfinished([FIRST, COPY], Part.ALERTS)) == keys[1:]


def test_a_story_too_long_for_a_topic_costs_no_alert(
    memory: MemoryAt, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(write_results, "LONGEST_STORY", 10)
    show(memory.open(), [FIRST, COPY])
    publisher = Publisher()
    writer(memory, publisher).work([version(FIRST, 0)])
    assert publisher.sent == []
    assert len(due(memory)) == 1


@pytest.fixture
def halts(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that has written nothing yet, and waits for nobody."""
    monkeypatch.setattr(halting, "_limit", Limit())
    monkeypatch.setattr(halting, "_written", {})
    monkeypatch.setattr(halting, "_committed", {})
    monkeypatch.setattr(halting, "LONGEST_WAIT", 0.0)


def bundle(memory: MemoryAt, publisher: Publisher, *batches: list[DeadLetter]) -> None:
    dofn = WriteDeadFn(Sinks(publishing=publisher, memory=memory, part=Part.ALERTS))
    dofn.start_bundle()
    for batch in batches:
        assert dofn.work(batch) == [[each.origin] for each in batch]


def letters(start: int, end: int) -> list[DeadLetter]:
    return [
        dead_letter(
            "decode", "invalid-json", "no JSON", b"%d" % at, origin=f"kafka:articles/0@{at}"
        )
        for at in range(start, end)
    ]


@pytest.mark.usefixtures("halts")
def test_too_many_dead_letters_halt_the_stream_before_the_next_bundle_is_written(
    memory: MemoryAt,
) -> None:
    publisher = Publisher()
    bundle(memory, publisher, letters(0, LONGEST_RUN))
    bundle(memory, publisher, letters(LONGEST_RUN, LONGEST_RUN + 1))
    with pytest.raises(Halted, match="all became dead letters"):
        bundle(memory, publisher, letters(LONGEST_RUN + 1, LONGEST_RUN + 2))
    assert len(publisher.sent) == LONGEST_RUN + 1


@pytest.mark.usefixtures("halts")
def test_a_bundle_that_has_written_letters_writes_all_so_that_they_are_done(
    memory: MemoryAt,
) -> None:
    publisher = Publisher()
    found = letters(0, 3 * LONGEST_RUN)
    bundle(memory, publisher, found[: 2 * LONGEST_RUN], found[2 * LONGEST_RUN :])
    assert len(publisher.sent) == 3 * LONGEST_RUN
