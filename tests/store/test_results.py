"""What the stream made, as rows of the run `live`."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Connection, func, select

from schemas import Article, dead_letter, encode
from store.results import forget, write
from store.tables import RUN_TABLES
from tests.memories import START, an_alert, an_article
from tests.schemas.records import a_mention, a_near_miss, a_story, an_entity
from tests.store.test_memory import OTHER, WIRE

RECORDS = {
    "articles": an_article("one", WIRE),
    "stories": a_story(),
    "entities": an_entity(),
    "mentions": a_mention(),
    "near-misses": a_near_miss(),
    "alerts": an_alert(an_article("one", WIRE)),
    "dead-letters": dead_letter("decode", "empty", "NUL \0", b"", origin="kafka:t/0@1"),
}


def stored(connection: Connection, kind: str) -> list[bytes]:
    table = RUN_TABLES[kind]
    query = select(table.c.record).where(table.c.run == "live")
    return [bytes(each) for each in connection.scalars(query.order_by(*table.primary_key))]


def counts(connection: Connection) -> dict[str, int]:
    return {kind: len(stored(connection, kind)) for kind in RUN_TABLES}


@pytest.mark.parametrize("kind", RUN_TABLES)
def test_a_record_is_kept_byte_for_byte_and_once(connection: Connection, kind: str) -> None:
    for _ in range(2):
        write(connection, kind, [RECORDS[kind], RECORDS[kind]])
        write(connection, kind, [])
    assert stored(connection, kind) == [encode(RECORDS[kind])]


def test_of_records_with_one_key_the_last_stands(connection: Connection) -> None:
    moved = a_mention(story="9" * 32)
    write(connection, "mentions", [a_mention(), moved])
    assert stored(connection, "mentions") == [encode(moved)]
    write(connection, "mentions", [a_mention()])
    assert stored(connection, "mentions") == [encode(a_mention())]
    write(connection, "mentions", [a_mention(rule_set="e" * 32)])
    assert len(stored(connection, "mentions")) == 2


def test_an_alert_that_rang_is_not_replaced_by_backfill(connection: Connection) -> None:
    rang = an_alert(an_article("one", WIRE, 5))
    quiet = [replace(rang, backfill=True, first_seen=START + timedelta(hours=n)) for n in (2, 1, 3)]
    for each in quiet:
        write(connection, "alerts", [each])
    assert stored(connection, "alerts") == [encode(quiet[1])]
    write(connection, "alerts", [*quiet, rang])
    write(connection, "alerts", quiet)
    assert stored(connection, "alerts") == [encode(rang)]


def test_old_results_are_forgotten_a_few_at_a_time_but_no_alert(connection: Connection) -> None:
    old = [an_article(f"s{n}", WIRE, n) for n in range(5)]
    edit = an_article("s0", OTHER, 100)
    for article in (*old, edit):
        found = {"article": article.id, "version": article.version}
        write(connection, "articles", [article])
        write(connection, "alerts", [an_alert(article)])
        write(connection, "stories", [replace(a_story(), id=article.id)])
        write(connection, "entities", [replace(an_entity(), **found)])
        write(connection, "mentions", [a_mention(id=article.version, **found)])
        write(connection, "near-misses", [replace(a_near_miss(), id=article.version, **found)])
    write(connection, "dead-letters", [RECORDS["dead-letters"]])
    before = START + timedelta(hours=3)
    assert [forget(connection, before, 2) for _ in range(3)] == [2, 1, 0]
    assert counts(connection) == {
        "articles": 3, "stories": 2, "entities": 3, "mentions": 3, "near-misses": 3, "alerts": 5,
        "dead-letters": 1,
    }  # fmt: skip
    left = {encode(article) for article in (*old[3:], edit)}
    assert set(stored(connection, "articles")) == left


@pytest.mark.parametrize("part", [0, 1, 999_999])
def test_what_was_seen_within_the_second_stays(connection: Connection, part: int) -> None:
    seen = START + timedelta(microseconds=part)
    article: Article = replace(an_article("one", WIRE), first_seen=seen)
    write(connection, "articles", [article])
    assert forget(connection, START + timedelta(microseconds=500), 9) == 0
    assert forget(connection, START + timedelta(seconds=1), 9) == 1


def test_a_replay_beside_it_is_left_alone(connection: Connection) -> None:
    table = RUN_TABLES["articles"]
    write(connection, "articles", [an_article("one", WIRE)])
    connection.execute(table.update().values(run="june"))
    assert forget(connection, START + timedelta(days=9), 9) == 0
    assert connection.scalar(select(func.count()).select_from(table)) == 1
