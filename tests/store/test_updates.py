"""Stories that rang ring again when they grow or are edited: once, whoever does it and however often."""

import json
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, Row, event, select

from schemas import (
    Article,
    ArticleVersion,
    DeliveryState,
    Message,
    MessageKind,
    decode,
    freeze,
)
from store import ledger, results, updates
from store.deciding import undecided
from store.engine import reading, writing
from store.memory import SqlMemory
from store.tables import delivery
from store.whereabouts import of_alert
from tests.memories import START, TIME_TO_LIVE, an_alert, an_article, show
from tests.store.test_memory import OTHER, WIRE
from tests.tocsin.test_updates import BOTH, ECOWAS, LISTS, WAGNER
from tocsin.memory import Part
from tocsin.messages import what_of
from tocsin.whereabouts import told as in_words

RULES = freeze(LISTS, (BOTH,))
NOW = START + timedelta(days=1)


class Stream:
    """What the stream does with batches, and what is entered by it."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.memory = SqlMemory(engine, TIME_TO_LIVE)
        self.rules = RULES
        self.link = ""

    def came(self, *articles: Article, rings: str = "", subscription: str = "niger") -> int:
        """Show a batch to memory and write it; the article of this name rings. Count new deliveries."""
        show(self.memory, articles)
        return self.write(*articles, rings=rings, subscription=subscription)

    def write(self, *articles: Article, rings: str = "", subscription: str = "niger") -> int:
        roots, (versions, stories, _) = self._batch(articles)
        alerts = [
            an_alert(each, subscription, story=roots[each.id])
            for each in articles
            if each.publisher == f"{rings}.example"
        ]
        with writing(self.engine) as connection:
            rung = ledger.ring(connection, alerts, lambda _: ("kafka", "desk"), START)
            results.write(connection, "alerts", rung)
            return self._enter(connection, updates.Came(versions, stories, rung))

    def asked(self, *articles: Article) -> list[str]:
        """Say what the store is asked about the updates of a batch."""
        _, batch = self._batch(articles)
        with writing(self.engine) as connection, statements(self.engine) as said:
            self._enter(connection, batch)
        return said

    def entered(self) -> list[Row[Any]]:
        query = select(delivery).where(delivery.c.kind == MessageKind.UPDATE)
        with reading(self.engine) as connection:
            return list(connection.execute(query.order_by(delivery.c.message, delivery.c.channel)))

    def told(self) -> list[str]:
        """Say what updates tell, sorted."""
        rows = [row for row in self.entered() if row.state == DeliveryState.PENDING]
        return sorted(what_of(decode(Message, bytes(row.body))) for row in rows)

    def untold(self) -> list[str]:
        """Say why the others tell nothing, sorted."""
        return sorted(row.reason for row in self.entered() if row.state == DeliveryState.SUPPRESSED)

    def _batch(self, articles: Sequence[Article]) -> tuple[dict[str, str], updates.Came]:
        roots = self.memory.roots({each.id for each in articles})
        stories = self.memory.stories_of(set(roots.values()))
        versions = [ArticleVersion(article=each, story=roots[each.id]) for each in articles]
        return roots, updates.Came(versions, stories, ())

    def _enter(self, connection: Connection, batch: updates.Came) -> int:
        return updates.enter(connection, batch, lambda _: self.rules, NOW, self.link)


@contextmanager
def statements(engine: Engine) -> Iterator[list[str]]:
    """Record what is said to the database."""
    said: list[str] = []

    def note(connection: Connection, cursor: object, statement: str, *_: object) -> None:
        said.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    yield said
    event.remove(engine, "before_cursor_execute", note)


@pytest.fixture
def stream(empty_store: Callable[[], Engine]) -> Stream:
    return Stream(empty_store())


def copies(number: int, start: int = 1) -> list[Article]:
    return [an_article(f"c{each}", WIRE, each / 10) for each in range(start, start + number)]


def a_version(text: str, hours: float = 0, name: str = "root") -> Article:
    """A version that is a copy of the wire whatever it says of actors."""
    return an_article(name, f"{WIRE} {text}", hours)


ROOT = an_article("root", WIRE)


def test_a_story_that_rang_is_told_when_it_has_grown(stream: Stream) -> None:
    assert stream.came(ROOT, rings="root") == 0
    assert stream.came(*copies(1)) == 0
    assert stream.came(*copies(1, 2)) == 1
    assert stream.told() == ["now at 3 publishers"]
    assert stream.came(*copies(9, 3)) == 1
    assert stream.told() == ["now at 12 publishers", "now at 3 publishers"]
    assert stream.came(*copies(3, 12)) == 0


def test_a_story_that_rang_for_nobody_has_no_updates(stream: Stream) -> None:
    assert stream.came(ROOT, *copies(9)) == 0
    assert stream.came(an_article("c10", WIRE, 2), a_version(WAGNER, 3)) == 0


def test_copies_of_one_publisher_are_no_growth(stream: Stream) -> None:
    stream.came(ROOT, rings="root")
    paths = [an_article("c1", WIRE, 1 + each, path=f"p{each}") for each in range(6)]
    assert stream.came(*paths) == 0


def test_what_it_had_grown_past_when_it_rang_is_entered_and_not_told(stream: Stream) -> None:
    stream.came(ROOT, *copies(3), rings="c3")
    assert stream.told() == []
    assert stream.untold() == ["it had grown so far when it rang"]
    stream.came(*copies(3, 4))
    assert stream.told() == ["now at 7 publishers"]


def test_the_message_is_written_when_it_is_entered_for_each_channel(stream: Stream) -> None:
    stream.rules = freeze(LISTS, (replace(BOTH, channels=("chat", "desk")),))
    stream.came(ROOT, rings="root")
    assert stream.came(*copies(2)) == 2
    rows = stream.entered()
    assert {(row.channel, row.state) for row in rows} == {("chat", "pending"), ("desk", "pending")}
    (body,) = {bytes(row.body) for row in rows}
    message = decode(Message, body)
    assert (message.id, message.story) == (rows[0].message, ROOT.id)
    assert "2 copies, 3 publishers" in message.text


@pytest.mark.parametrize(
    ("pattern", "told"),
    [("https://t.example/alerts/{alert}", "https://t.example/alerts/"), ("", "tocsin explain ")],
)
def test_the_message_says_where_its_alert_is_explained(
    stream: Stream, pattern: str, told: str
) -> None:
    stream.link = pattern
    stream.came(ROOT, rings="root")
    stream.came(*copies(2))
    (row,) = stream.entered()
    message = decode(Message, bytes(row.body))
    assert f"\nWhy: {told}{row.alert}\n" in message.text
    link = json.loads(message.json)["data"]["link"]
    assert link == (f"{told}{row.alert}" if pattern else "")
    assert (f'href="{told}{row.alert}"' in message.html) == bool(pattern)


def test_a_channel_that_is_named_later_does_not_get_what_others_had(stream: Stream) -> None:
    stream.came(ROOT, rings="root")
    stream.came(*copies(2))
    stream.rules = freeze(LISTS, (replace(BOTH, channels=("chat", "desk")),))
    assert stream.came(*copies(1, 3)) == 0


def test_a_story_that_rang_under_another_root_is_told(stream: Stream) -> None:
    root, copy = an_article("b", WIRE, 5), an_article("c", WIRE, 6)
    stream.came(root, copy, rings="c")
    stream.came(an_article("a", WIRE, 1))
    assert stream.told() == ["now at 3 publishers"]
    stream.came(*(an_article(f"d{each}", WIRE, 7) for each in range(3)))
    assert stream.told() == ["now at 3 publishers", "now at 6 publishers"]


def test_two_that_rang_before_they_became_one_story_are_told_once(stream: Stream) -> None:
    near, far = an_article("near", WIRE, 0), an_article("far", WIRE, 100)
    stream.came(near, rings="near")
    stream.came(far, rings="far")
    stream.came(an_article("between", WIRE, 50))
    assert stream.told() == ["now at 3 publishers"]


def test_a_story_that_rang_and_was_forgotten_is_told_once(stream: Stream) -> None:
    stream.came(ROOT, *copies(2), rings="root")
    assert stream.untold() == ["it had grown so far when it rang"]
    stream.memory.forget(START + timedelta(days=365), 100, Part(0))
    again = [an_article(f"c{each}", WIRE, 400 + each) for each in range(1, 8)]
    stream.came(*again)
    assert stream.told() == ["now at 7 publishers"]


def test_an_edit_that_names_somebody_no_more_is_told_once(stream: Stream) -> None:
    stream.came(a_version(WAGNER), rings="root")
    later = a_version(ECOWAS, 1)
    assert stream.came(later) == 2
    expected = ["root.example names ECOWAS; root.example names Wagner Group no more"]
    assert stream.told() == expected
    assert stream.came(later) == stream.write(a_version(WAGNER), later) == 0
    assert stream.told() == expected


def test_an_edit_of_a_copy_is_told_too(stream: Stream) -> None:
    stream.came(ROOT, an_article("copy", WIRE, 1), rings="root")
    stream.came(a_version(WAGNER, 2, "copy"))
    assert stream.told() == ["copy.example names Wagner Group"]


def test_an_edit_is_told_though_the_version_before_it_comes_last(stream: Stream) -> None:
    stream.came(ROOT, rings="root")
    stream.came(a_version(WAGNER, 2, "copy"))
    assert stream.told() == []
    stream.came(a_version(ECOWAS, 1, "copy"))
    expected = ["copy.example names ECOWAS no more; copy.example names Wagner Group"]
    assert sorted(stream.told()[0].split("; ")) == expected[0].split("; ")


def test_a_version_of_backfill_is_not_told(stream: Stream) -> None:
    stream.came(ROOT, rings="root")
    stream.came(an_article("root", f"{WIRE} {WAGNER}", 1, backfill=True))
    assert stream.told() == []


def test_copies_of_backfill_count_from_the_next_copy_on(stream: Stream) -> None:
    stream.came(ROOT, rings="root")
    old = [an_article(f"old{each}", WIRE, each, backfill=True) for each in (1, 2, 3)]
    assert stream.came(*old) == 0
    stream.came(*copies(1))
    assert stream.told() == ["now at 5 publishers"]


def test_who_asks_for_nothing_is_told_nothing(stream: Stream) -> None:
    others = (replace(BOTH, id="other"), replace(BOTH, grows_past=(), edits=False))
    stream.rules = freeze(LISTS, others)
    stream.came(ROOT, rings="root")
    stream.came(*copies(6), a_version(WAGNER, 1))
    assert stream.entered() == []


LATER = [a_version(ECOWAS, 3), a_version(WAGNER, 2, "c1"), *copies(6)]


@pytest.mark.parametrize("seed", range(6))
def test_what_comes_in_another_order_and_twice_enters_the_same(
    stream: Stream, empty_store: Callable[[], Engine], seed: int
) -> None:
    """It rings first; then all else comes in any order, in batches of any size, some of it twice."""
    chance = random.Random(seed)
    came = [*chance.sample(LATER, len(LATER)), *chance.sample(LATER, 3)]
    stream.came(a_version(WAGNER), rings="root")
    while came:
        size = chance.randint(1, 4)
        stream.came(*came[:size], rings="root")
        came = came[size:]
    ids = [row.message for row in stream.entered()]
    said = "; ".join(stream.told()).split("; ")
    assert {"now at 6 publishers", "now at 7 publishers"} & set(said)
    assert [each for each in sorted(said) if "names" in each] == [
        "c1.example names Wagner Group",
        "root.example names ECOWAS",
        "root.example names Wagner Group no more",
    ]
    in_order = Stream(empty_store())
    for batch in ([a_version(WAGNER)], *([each] for each in sorted(LATER, key=order))):
        in_order.came(*batch, rings="root")
    assert ids == [row.message for row in in_order.entered()]


def order(article: Article) -> datetime:
    return article.first_seen


def test_a_part_that_does_the_same_later_enters_only_what_is_of_its_own(stream: Stream) -> None:
    stream.rules = freeze(LISTS, (BOTH, replace(BOTH, id="place")))
    stream.came(ROOT, rings="root")
    stream.came(*copies(6))
    before = stream.entered()
    stream.write(ROOT, rings="root", subscription="place")
    stream.write(*copies(6))
    new = [row for row in stream.entered() if row not in before]
    assert {row.subscription for row in new} == {"place"}
    assert {row.reason for row in new} == {"it had grown so far when it rang"}


def test_explain_tells_updates(stream: Stream) -> None:
    stream.came(ROOT, rings="root")
    stream.came(*copies(2))
    stream.came(*copies(4, 3))
    with reading(stream.engine) as connection:
        found = of_alert(connection, an_alert(ROOT).id, "niger")
    lines = [in_words(each) for each in found if each.kind is MessageKind.UPDATE]
    assert sorted(lines) == [
        "desk (update: now at 3 publishers): waits to be decided",
        "desk (update: now at 7 publishers): waits to be decided",
    ]


def test_an_update_waits_for_the_same_decision_as_its_alert(stream: Stream) -> None:
    stream.came(ROOT, rings="root")
    stream.came(*copies(2))
    with reading(stream.engine) as connection:
        found = undecided(connection, 9)
    assert [(each.kind, each.channel) for each in found] == [("alert", "desk"), ("update", "desk")]
    assert {each.alert.id for each in found} == {an_alert(ROOT).id}


def test_a_story_that_did_not_ring_costs_one_look(stream: Stream) -> None:
    articles = [ROOT, *copies(6), other := an_article("other", OTHER)]
    stream.came(*articles)
    stream.rules = freeze(LISTS, ())
    assert stream.asked(*articles) == []
    stream.rules = freeze(LISTS, (replace(BOTH, grows_past=()),))
    assert len(stream.asked(*articles)) == 1
    stream.rules = freeze(LISTS, (replace(BOTH, edits=False),))
    assert len(stream.asked(*articles)) == 1
    assert stream.asked(other) == []


def test_of_a_story_of_many_copies_the_first_are_looked_up(
    stream: Stream, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted: list[int] = []

    def rang(connection: Connection, root_of: Mapping[str, str]) -> dict[str, dict[str, set[str]]]:
        wanted.append(len(root_of))
        return ledger.rang(connection, root_of)

    monkeypatch.setattr(updates, "MOST_MEMBERS", 2)
    monkeypatch.setattr(updates, "rang", rang)
    stream.came(ROOT, *copies(20), rings="root")
    stream.came(*copies(1, 21))
    assert wanted == [21, 4]
