import json
import threading
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from prometheus_client import REGISTRY

from connectors.kafka import Message
from connectors.seeds import produce
from connectors.seeds.folder import list_files
from connectors.seeds.produce import SeedProducer, Sent
from schemas import Article, DeadLetter, Unavailable, decode
from store.engine import open_engine

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
LATER = NOON + timedelta(hours=1)


class Kept:
    """A broker that keeps what it is sent in a list; it fails once when told so."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.batches_until_failure = -1

    def publish(self, messages: Sequence[Message], /) -> None:
        if self.batches_until_failure == 0:
            self.batches_until_failure = -1
            raise Unavailable("no broker")
        self.batches_until_failure -= 1
        self.messages += messages

    @property
    def articles(self) -> list[Article]:
        return [decode(Article, m.value) for m in self.messages if m.topic == "articles"]

    def taken(self) -> list[Article]:
        """Give the articles, and forget them."""
        found, self.messages = self.articles, []
        return found


class Bench:
    """A folder, a store and a broker, with one producer between them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "seeds"
        self.folder.mkdir()
        self.kept = Kept()
        self.stop = threading.Event()
        self.engine = open_engine(f"sqlite:///{folder / 'store.db'}")
        self.producer = SeedProducer(self.engine, self.kept, prefix="t", stop=self.stop)

    def write(self, name: str, *records: object) -> None:
        lines = (json.dumps(record) + "\n" for record in records)
        (self.folder / name).write_text("".join(lines))

    def send(self, at: datetime = NOON, *, is_backfill: bool = True, again: bool = False) -> Sent:
        files = list_files([self.folder]).files
        return self.producer.send(
            self.producer.begin(files, at, is_backfill=is_backfill, again=again)
        )


def titled(count: int, start: int = 0) -> list[dict[str, str]]:
    return [{"title": f"Bridge {n}"} for n in range(start, count)]


@pytest.fixture
def bench(tmp_path, monkeypatch):
    monkeypatch.setattr(produce, "BATCH", 3)
    made = Bench(tmp_path)
    yield made
    made.engine.dispose()


def test_all_of_a_file_is_first_seen_at_one_instant_and_is_backfill(bench):
    bench.write("a.jsonl", {"title": "A", "first_seen": "2020-01-01T00:00:00Z"}, {"title": "B"})
    assert bench.send() == Sent(files=1, articles=2)
    assert {(each.first_seen, each.flags) for each in bench.kept.articles} == {
        (NOON, ("backfill",))
    }


def test_what_shall_ring_is_not_backfill(bench):
    bench.write("a.jsonl", {"title": "A"})
    bench.send(is_backfill=False)
    assert bench.kept.articles[0].flags == ()


def test_an_article_published_long_ago_is_old_when_it_is_sent(bench):
    bench.write("a.jsonl", {"title": "A", "published": "2024-01-01T00:00:00Z"})
    bench.send(is_backfill=False)
    assert bench.kept.articles[0].flags == ("old",)


def test_what_is_no_article_is_a_dead_letter_with_the_stamp(bench):
    (bench.folder / "a.jsonl").write_text('{"title": "A"}\nnonsense\n')
    (bench.folder / "b.xml").write_text("<opml/>")
    (bench.folder / "c.png").write_bytes(b"\x89PNG")
    sent = bench.send()
    assert (sent.files, sent.articles, sent.dead_letters) == (2, 1, 2)
    dead = [decode(DeadLetter, m.value) for m in bench.kept.messages if m.topic == "dead-letters"]
    assert [(each.stage, each.origin, each.first_seen) for each in dead] == [
        ("decode", "a.jsonl:2", NOON),
        ("read", "b.xml", NOON),
    ]


def test_an_article_longer_than_any_that_is_read_is_a_dead_letter(bench, monkeypatch):
    monkeypatch.setattr("connectors.kafka.LONGEST_LINE", 150_000)
    bench.write("a.jsonl", {"title": "A", "text": "word " * 40_000}, {"title": "B"})
    sent = bench.send()
    assert (sent.articles, sent.dead_letters) == (1, 1)


def test_what_was_acked_is_counted_and_so_is_a_batch_that_was_not(bench):
    before = counted()
    bench.write("a.jsonl", *titled(5))
    bench.kept.batches_until_failure = 1
    with pytest.raises(Unavailable):
        bench.send()
    assert counted() == (before[0] + 3, before[1] + 1)
    bench.send()
    assert counted() == (before[0] + 5, before[1] + 1)


def counted() -> tuple[float, ...]:
    """Give how many records were acked, and how many batches were not."""
    names = ("tocsin_records_produced_total", "tocsin_produce_errors_total")
    return tuple(REGISTRY.get_sample_value(name) or 0 for name in names)


def test_files_that_are_done_are_not_sent_again(bench):
    bench.write("a.jsonl", *titled(5))
    bench.send()
    assert bench.send(LATER) == Sent()
    bench.write("b.jsonl", {"title": "New"})
    assert bench.send(LATER).articles == 1


def test_again_sends_the_same_bytes(bench):
    bench.write("a.jsonl", *titled(5))
    bench.send()
    first, bench.kept.messages = bench.kept.messages, []
    bench.send(LATER, is_backfill=False, again=True)
    assert bench.kept.messages == first


def test_many_small_files_share_a_batch(bench):
    for n in range(7):
        bench.write(f"{n}.jsonl", {"title": f"Bridge {n}"})
    done = []
    begun = bench.producer.begin(list_files([bench.folder]).files, NOON, is_backfill=True)
    bench.kept.batches_until_failure = 2
    with pytest.raises(Unavailable):
        bench.producer.send(begun, lambda each, sent: done.append((each.file.name, sent.articles)))
    assert done == [(f"{n}.jsonl", 1) for n in range(5)]  # the sixth had its end in the next batch
    assert bench.send().files == 2
    assert {each.title for each in bench.kept.articles} == {f"Bridge {n}" for n in range(7)}


@pytest.mark.parametrize("batches", range(4))
def test_whoever_fails_half_way_goes_on_behind_what_was_acked(bench, batches):
    bench.write("a.jsonl", *titled(10))
    bench.kept.batches_until_failure = batches
    with pytest.raises(Unavailable):
        bench.send()
    assert len(bench.kept.articles) == 3 * batches
    bench.send(LATER)
    assert [each.title for each in bench.kept.articles] == [each["title"] for each in titled(10)]
    assert {each.first_seen for each in bench.kept.articles} == {NOON}


def test_a_file_that_grew_gives_only_what_is_new(bench):
    bench.write("a.jsonl", *titled(5))
    bench.send()
    bench.kept.taken()
    bench.write("a.jsonl", *titled(7))
    bench.send(LATER, is_backfill=False)
    assert [(each.title, each.first_seen, each.flags) for each in bench.kept.taken()] == [
        ("Bridge 5", LATER, ()),
        ("Bridge 6", LATER, ()),
    ]


@pytest.mark.parametrize("changed", [titled(7, 1), titled(3), [{"title": "Else"}, *titled(5, 1)]])
def test_a_file_that_changed_otherwise_is_sent_whole(bench, changed):
    bench.write("a.jsonl", *titled(5))
    bench.send()
    bench.kept.taken()
    bench.write("a.jsonl", *changed)
    bench.send(LATER)
    assert [each.title for each in bench.kept.taken()] == [each["title"] for each in changed]


def test_told_to_stop_it_ends_at_once_and_the_rest_is_sent_later(bench):
    bench.write("a.jsonl", *titled(10))

    class Stopping(Kept):
        def publish(inner, messages: Sequence[Message], /) -> None:  # noqa: N805
            super().publish(messages)
            bench.stop.set()

    bench.producer = SeedProducer(bench.engine, Stopping(), prefix="t", stop=bench.stop)
    assert bench.send().articles == 3
    bench.stop.clear()
    bench.producer = SeedProducer(bench.engine, bench.kept, prefix="t", stop=bench.stop)
    bench.send()
    assert [each.title for each in bench.kept.taken()] == [f"Bridge {n}" for n in range(3, 10)]


def test_the_same_file_for_other_topics_is_another_matter(bench):
    bench.write("a.jsonl", {"title": "A"})
    bench.send()
    bench.producer = SeedProducer(bench.engine, bench.kept, prefix="other", stop=bench.stop)
    assert bench.send().articles == 1


def test_a_name_that_is_no_text_names_a_file_of_its_own(bench):
    for name in (b"\xff.jsonl", b"\xfe.jsonl"):
        path = bytes(bench.folder) + b"/" + name
        with open(path, "w") as file:  # noqa: PTH123  # a name of bytes
            file.write(json.dumps({"title": str(name)}))
    assert bench.send().articles == 2
