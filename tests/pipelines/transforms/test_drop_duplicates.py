from datetime import UTC, datetime, timedelta
from pathlib import Path

import apache_beam as beam
import pytest

from pipelines.memory import MemoryAt
from pipelines.transforms.decode_articles import DecodeFn
from pipelines.transforms.drop_duplicates import RememberFn
from schemas import Article, ArticleVersion, DeadLetter, Flag, Line
from tocsin.memory import Part

NOON = datetime(2023, 8, 1, 12, tzinfo=UTC)
TTL = timedelta(hours=1)


def an_article(number: int, hours: float) -> Article:
    seen = NOON + timedelta(hours=hours)
    return Article(
        id=f"{number:032x}", version=f"{number:032x}", title=f"{number}", first_seen=seen
    )


@pytest.fixture
def memory(tmp_path: Path) -> MemoryAt:
    return MemoryAt(f"sqlite:///{tmp_path / 'memory.sqlite'}", time_to_live=TTL)


def handed_on(memory: MemoryAt, part: Part, *articles: Article) -> list[Article]:
    fn = RememberFn(memory, part)
    fn.setup()
    found = fn.work([ArticleVersion(article=each, origin="kafka:t/0@0") for each in articles])
    return [
        each.article
        for some in found
        for each in some
        if not isinstance(each, beam.pvalue.TaggedOutput)
    ]


def test_a_version_is_handed_on_to_each_part_until_that_part_has_finished_it(
    memory: MemoryAt,
) -> None:
    article = an_article(1, 0)
    for part in (Part.ALERTS, Part.ENTITIES):
        assert handed_on(memory, part, article, article) == [article]
        assert handed_on(memory, part, article) == [article]
        memory.open().finish({(article.id, article.version)}, part)
        assert handed_on(memory, part, article) == []


def test_late_is_what_memory_sees_for_the_first_time_when_it_has_forgotten_its_time(
    memory: MemoryAt,
) -> None:
    early, behind = an_article(1, 0), an_article(2, 9.5)
    handed_on(memory, Part.ALERTS, an_article(4, -1), behind, an_article(3, 10))
    assert memory.open().forget(NOON + timedelta(hours=9), 10) == 1
    (late,) = handed_on(memory, Part.ALERTS, early)
    assert late.flags == (Flag.LATE,)
    assert handed_on(memory, Part.ENTITIES, behind) == [behind]


def test_a_record_over_which_decoding_fails_unforeseen_is_a_dead_letter(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("pipelines.transforms.decode_articles.read_line", lambda *_, **__: [][0])
    fn = DecodeFn(None)
    fn.setup()
    (found,) = fn.process(Line(content=b"{}", origin="kafka:t/0@7"))
    assert isinstance(found, beam.pvalue.TaggedOutput)
    letter = found.value
    assert isinstance(letter, DeadLetter)
    assert (letter.code, letter.origin) == ("failed", "kafka:t/0@7")
    assert "IndexError" in letter.reason
