"""Entities of a batch: what is found, what is counted, and the end of what is kept."""

from pathlib import Path

import pytest

from pipelines.memory import MemoryAt
from pipelines.transforms import extract_entities
from pipelines.transforms.extract_entities import RecogniseFn
from schemas import ArticleVersion
from tests.memories import an_article
from tocsin.entities import MOST


class Counted:
    def __init__(self) -> None:
        self.number = 0

    def inc(self, number: int = 1) -> None:
        self.number += number


@pytest.fixture
def counts(monkeypatch: pytest.MonkeyPatch) -> dict[str, Counted]:
    found: dict[str, Counted] = {}
    monkeypatch.setattr(extract_entities, "counter", lambda name: found.setdefault(name, Counted()))
    return found


def test_a_text_of_nothing_but_names_is_cut_and_counted_and_its_neighbours_are_not(
    tmp_path: Path, counts: dict[str, Counted]
) -> None:
    texts = ["A ferry left Niamey.", "Russia. " * (MOST + 1), "Nobody came."]
    dofn = RecogniseFn(MemoryAt(f"sqlite:///{tmp_path / 'memory.db'}"), models=False)
    dofn.setup()

    worked = dofn.work(
        [
            ArticleVersion(article=an_article(str(at), text), language="en")
            for at, text in enumerate(texts)
        ]
    )

    found = [each.entities for [each] in worked]
    assert [len(entities) for entities in found] == [1, MOST, 0]
    assert found[1][-1].start == (MOST - 1) * len("Russia. ")
    assert {name: each.number for name, each in counts.items()} == {
        "entities": MOST + 1,
        "entities_full": 1,
    }
