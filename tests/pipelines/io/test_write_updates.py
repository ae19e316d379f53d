"""The sink writes updates with the results: all of a batch or nothing, and never twice."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from pipelines.graph import ASKING
from pipelines.io import tidy, write_results
from pipelines.io.write_results import Sinks, WriteFn
from pipelines.memory import MemoryAt, engine_at
from pipelines.rules import FixedRules
from pipelines.transforms.detect_language import DetectFn
from pipelines.transforms.flag_mentions import FlagFn
from pipelines.transforms.group_stories import ResolveFn
from pipelines.transforms.raise_alerts import MatchFn
from schemas import Article, ArticleVersion, Message, decode, freeze
from store.engine import reading
from store.tables import delivery
from tests.memories import an_article, show
from tests.store.conftest import emptied
from tests.store.test_memory import WIRE
from tests.tocsin.test_updates import BOTH, ECOWAS, LISTS, WAGNER
from tocsin.memory import WHOLE, Part

RULES = FixedRules(freeze(LISTS, (BOTH,)))
FIRST = an_article("press", f"{WIRE} {WAGNER}")
EDITED = an_article("press", f"{WIRE} {ECOWAS}", 1)
COPIES = [an_article(f"copy{each}", WIRE, 1 + each) for each in range(3)]


class Nowhere:
    """Topics that take everything."""

    def open(self) -> "Nowhere":
        return self

    def publish_records(self, records: Sequence[Any]) -> None:
        pass


@dataclass
class Stream:
    """What a part of the stream does with a batch, from memory to the sinks, without a runner."""

    memory: MemoryAt
    part: Part = WHOLE

    def work(self, *articles: Article) -> None:
        show(self.memory.open(), articles)
        sinks = Sinks(
            publishing=Nowhere(),
            memory=self.memory,
            part=self.part,
            channels=("kafka",),
            rules=RULES,
            link="https://t.example/{alert}",
        )
        steps = [
            ResolveFn(self.memory, RULES, self.part),
            DetectFn(),
            FlagFn(RULES),
            MatchFn(RULES, ASKING[self.part]),
            WriteFn(sinks),
        ]
        batch: list[Any] = [ArticleVersion(article=each, origin="kafka:a/0@1") for each in articles]
        for step in steps:
            step.setup()
            batch = [it for found in step.work(batch) for it in found]


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def memory(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> MemoryAt:
    monkeypatch.setattr(tidy, "begin", lambda *_: None)
    if request.param == "postgresql":
        url = str(request.getfixturevalue("postgresql_url"))
        emptied(engine_at(url))
        return MemoryAt(url)
    return MemoryAt(f"sqlite:///{tmp_path / 'tocsin.db'}")


def rung(memory: MemoryAt) -> list[tuple[str, str, str]]:
    """Read (kind, channel, state) of all deliveries."""
    columns = (delivery.c.kind, delivery.c.channel, delivery.c.state)
    with reading(engine_at(memory.url)) as connection:
        return sorted(tuple(row) for row in connection.execute(select(*columns)))


def links(memory: MemoryAt) -> list[tuple[str, str]]:
    """Read (alert, link) of the updates that are told."""
    query = select(delivery.c.alert, delivery.c.body).where(delivery.c.body.is_not(None))
    with reading(engine_at(memory.url)) as connection:
        return [
            (row.alert, json.loads(decode(Message, bytes(row.body)).json)["data"]["link"])
            for row in connection.execute(query)
        ]


ALERT = [("alert", "desk", "pending"), ("alert", "kafka", "ready")]
TOLD, BESIDE = ("update", "desk", "pending"), ("update", "desk", "suppressed")


def test_an_edited_article_gives_one_update_though_it_is_written_again_and_again(
    memory: MemoryAt,
) -> None:
    stream = Stream(memory)
    stream.work(FIRST)
    assert rung(memory) == ALERT
    for _ in range(2):
        stream.work(EDITED)
        stream.work(FIRST, EDITED)
    assert rung(memory) == [*ALERT, TOLD, BESIDE]
    ((alert, link),) = links(memory)
    assert link == f"https://t.example/{alert}"


def test_a_part_that_comes_behind_adds_nothing(memory: MemoryAt) -> None:
    for part in (Part.ALERTS, Part.ENTITIES):
        for batch in ([FIRST], [EDITED], COPIES):
            Stream(memory, part).work(*batch)
    assert rung(memory) == [*ALERT, TOLD, TOLD, BESIDE]


def test_a_part_that_is_ahead_of_the_alert_tells_nothing(memory: MemoryAt) -> None:
    """Memory knows the copies when it rings, so the alert tells of them; the edit it does not tell."""
    for part in (Part.ENTITIES, Part.ALERTS):
        for batch in ([FIRST], [EDITED], COPIES):
            Stream(memory, part).work(*batch)
    assert rung(memory) == [*ALERT, TOLD, BESIDE, BESIDE]


def test_what_is_killed_before_the_end_of_the_transaction_has_entered_nothing(
    memory: MemoryAt, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream = Stream(memory)
    stream.work(FIRST)

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(write_results, "finish", killed)
        with pytest.raises(KeyboardInterrupt):
            stream.work(EDITED)
    assert rung(memory) == ALERT
    stream.work(EDITED)
    assert rung(memory) == [*ALERT, TOLD, BESIDE]


def test_growth_is_told_when_it_comes_and_not_with_the_alert(memory: MemoryAt) -> None:
    stream = Stream(memory)
    stream.work(FIRST, *COPIES)
    assert rung(memory) == [*ALERT, BESIDE]
    stream.work(*(an_article(f"more{each}", WIRE, 5) for each in range(3)))
    stream.work(*COPIES)
    assert rung(memory) == [*ALERT, TOLD, BESIDE]
