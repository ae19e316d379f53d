import threading
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import apache_beam as beam
import pytest

from connectors.dead_letters import way_back
from connectors.kafka import KafkaSettings
from pipelines.io import careful
from pipelines.io.careful import DEADLY, MOST_ATTEMPTS, Careful
from pipelines.io.write_results import Sinks, WriteDeadFn
from pipelines.memory import MemoryAt
from pipelines.transforms import drop_duplicates
from pipelines.transforms.batches import failed_over
from pipelines.transforms.decode_articles import DecodeFn
from pipelines.transforms.drop_duplicates import RememberFn
from schemas import Article, ArticleVersion, DeadLetter, Flag, Line, Unavailable, version_in
from store.memory import SqlMemory
from tocsin.articles import complete
from tocsin.lines import read_line
from tocsin.memory import Part

TEXT = " ".join(f"word{number}" for number in range(300))
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
    assert memory.open().forget(NOON + timedelta(hours=9), 10, Part(0)) == 1
    (late,) = handed_on(memory, Part.ALERTS, early)
    assert late.flags == (Flag.LATE,)
    assert handed_on(memory, Part.ENTITIES, behind) == [behind]


def test_late_is_the_same_for_each_part_whichever_sees_it_first(memory: MemoryAt) -> None:
    handed_on(memory, Part.ALERTS, an_article(4, -1), an_article(3, 10))
    assert memory.open().forget(NOON + timedelta(hours=9), 10, Part(0)) == 1
    early = an_article(1, 0)
    for part in (Part.ENTITIES, Part.ALERTS, Part.ENTITIES):
        (late,) = handed_on(memory, part, early)
        assert late.flags == (Flag.LATE,)


def a_copy(hours: float) -> Article:
    seen = NOON + timedelta(hours=hours)
    return complete(url=f"https://paper.example/{hours}", text=TEXT, first_seen=seen)


def moved_story(memory: MemoryAt, part: Part) -> Article:
    """Let an article be done, and then come into another story while its part is quiet."""
    copy, root = (a_copy(hours) for hours in (2, 1.5))
    handed_on(memory, part, copy)
    memory.open().finish({(copy.id, copy.version)}, part)
    handed_on(memory, ~part, root)
    return copy


def handed_on_in_quiet(memory: MemoryAt, part: Part) -> list[Article]:
    """What a bundle gives in which nothing came."""
    fn = RememberFn(memory, part)
    fn.setup()
    fn.start_bundle()
    return [each.value.article for each in fn.finish_bundle()]


def test_what_must_be_done_again_does_not_wait_for_anything_new(memory: MemoryAt) -> None:
    copy = moved_story(memory, Part.ENTITIES)
    assert handed_on_in_quiet(memory, Part.ALERTS) == []
    assert handed_on_in_quiet(memory, Part.ENTITIES) == [copy]
    memory.open().finish({(copy.id, copy.version)}, Part.ENTITIES)
    assert handed_on_in_quiet(memory, Part.ENTITIES) == []


@pytest.fixture
def process(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is known of readers ends with the test."""
    monkeypatch.setattr(careful, "_reading", [])
    monkeypatch.setattr(careful, "_here", threading.local())


def bundle(reader: Careful, memory: MemoryAt, part: Part, *articles: Article) -> list[object]:
    """What a bundle of this reader hands on: article versions, or their dead letters."""
    reader.begin_bundle()
    reader.limit(200)
    if articles:
        return list(handed_on(memory, part, *articles))
    fn = RememberFn(memory, part)
    fn.setup()
    fn.start_bundle()
    found = list(fn.finish_bundle())
    held = [it.value if isinstance(it, beam.pvalue.TaggedOutput) else it for it in found]
    return [it.value if isinstance(it.value, DeadLetter) else it.value.article for it in held]


@pytest.mark.usefixtures("process")
def test_what_kills_when_it_is_done_again_is_a_dead_letter_and_the_rest_is_done(
    memory: MemoryAt,
) -> None:
    part = Part.ENTITIES
    deadly, harmless = sorted((a_copy(1), a_copy(2)), key=lambda it: it.id)
    handed_on(memory, part, deadly, harmless)
    memory.open().finish({(it.id, it.version) for it in (deadly, harmless)}, part)
    handed_on(memory, Part.ALERTS, a_copy(0))
    reader = Careful.begin(memory.url, "reader", 200)
    assert set(bundle(reader, memory, part)) == {deadly, harmless}  # dies in the dark
    for _ in range(MOST_ATTEMPTS - 1):
        reader = Careful.begin(memory.url, "reader", 200)
        assert bundle(reader, memory, part) == [deadly]  # dies over it
    reader, new = Careful.begin(memory.url, "reader", 200), an_article(7, 1)
    assert bundle(reader, memory, part, new) == [new]  # nothing else is tried with it
    (letter,) = bundle(reader, memory, part)
    assert isinstance(letter, DeadLetter)
    assert (letter.code, version_in(letter)) == (DEADLY, (deadly.id, deadly.version))
    assert bundle(reader, memory, part) == [harmless]  # though the letter is not written yet
    memory.open().finish({(harmless.id, harmless.version)}, part)
    assert reader.again
    assert bundle(reader, memory, part) == []
    assert not reader.again


@pytest.mark.usefixtures("process")
def test_who_survives_what_is_done_again_tries_it_anew(memory: MemoryAt) -> None:
    copy = moved_story(memory, Part.ENTITIES)
    for _ in range(2 * MOST_ATTEMPTS):
        reader = Careful.begin(memory.url, "reader", 200)
        bundle(reader, memory, Part.ENTITIES)
        assert bundle(reader, memory, Part.ENTITIES) == [copy]
        reader.survived()


def test_a_store_that_is_away_is_no_matter_while_nothing_comes(
    memory: MemoryAt, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> list[Article]:
        raise Unavailable("the store is away")

    copy = moved_story(memory, Part.ENTITIES)
    with monkeypatch.context() as patched:
        patched.setattr(SqlMemory, "reopened", away)
        assert handed_on_in_quiet(memory, Part.ENTITIES) == []
    assert handed_on_in_quiet(memory, Part.ENTITIES) == [copy]


def test_no_more_is_done_again_at_once_than_takes_some_seconds(
    memory: MemoryAt, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drop_duplicates, "REOPENED_AT_ONCE", 2)
    copies = [a_copy(0.1 * (place + 1)) for place in range(5)]
    handed_on(memory, Part.ENTITIES, *copies)
    memory.open().finish({(each.id, each.version) for each in copies}, Part.ENTITIES)
    handed_on(memory, Part.ALERTS, a_copy(0))
    done = []
    while again := handed_on_in_quiet(memory, Part.ENTITIES):
        memory.open().finish({(each.id, each.version) for each in again}, Part.ENTITIES)
        done.append(again)
    assert [len(each) for each in done] == [2, 2, 1]
    assert sorted((it for each in done for it in each), key=lambda it: it.order) == copies


class Nowhere:
    """A publisher that sends nothing."""

    def open(self) -> "Nowhere":
        return self

    def publish_records(self, records: Sequence[object]) -> None:
        pass


def test_what_is_done_again_and_fails_is_a_dead_letter_once_and_can_be_redriven(
    memory: MemoryAt,
) -> None:
    copy, part = moved_story(memory, Part.ENTITIES), Part.ENTITIES
    (again,) = handed_on_in_quiet(memory, part)
    letter = failed_over(ArticleVersion(article=again), "extract-entities", "failed", "no model")
    write = WriteDeadFn(Sinks(publishing=Nowhere(), memory=memory, part=part))
    assert write.work([letter]) == [[""]]
    new = an_article(7, 1)
    assert (handed_on_in_quiet(memory, part), handed_on(memory, part, new)) == ([], [new])
    message = way_back(KafkaSettings(), letter).message
    assert message is not None
    sent_in_again = read_line(Line(content=message.value))
    assert isinstance(sent_in_again, Article)
    assert handed_on(memory, part, sent_in_again) == [copy]
    memory.open().finish({(copy.id, copy.version)}, part)
    assert handed_on(memory, part, sent_in_again) == []


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
