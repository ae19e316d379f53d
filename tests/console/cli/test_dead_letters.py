"""Dead letters of a real topic: listed, shown, and sent in again."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from kafka import TopicPartition
from kafka.admin import KafkaAdminClient

from connectors.kafka import KafkaSettings, Message, Producer, headers_for, message_of
from connectors.log import Logged, read, stretches
from console.cli import cli
from console.cli.dead_letters import readable
from pipelines.replay import FILES
from schemas import DeadLetter, TocsinError, dead_letter, encode, log_origin
from schemas.dead_letter import KEPT_BYTES
from tocsin import articles

pytestmark = pytest.mark.kafka

SEEN = datetime(2024, 7, 29, 16, 15, 20, tzinfo=UTC)


@pytest.fixture
def tocsin(settings) -> Callable[..., Result]:
    environment = {
        "TOCSIN_KAFKA_BOOTSTRAP_SERVERS": settings.bootstrap_servers[0],
        "TOCSIN_KAFKA_PREFIX": settings.prefix,
    }

    def run(*arguments: object) -> Result:
        return CliRunner().invoke(cli, [str(each) for each in arguments], env=environment)

    return run


@pytest.fixture
def put(settings) -> Callable[..., None]:
    """Send dead letters to their topic."""

    def send(*letters: DeadLetter) -> None:
        with Producer(settings) as producer:
            producer.publish([message_of(each) for each in letters])

    return send


def an_article(n: int = 0, **given: object) -> bytes:
    parts = {"url": f"https://river.example/{n}", "title": f"Bridge {n}", "first_seen": SEEN}
    return encode(articles.complete(**(parts | given)))


def logged(settings: KafkaSettings) -> list[Logged]:
    return list(read(settings, stretches(settings, f"{settings.prefix}.articles")))


def into_log(settings: KafkaSettings, content: bytes) -> str:
    """Put bytes into the topic of articles; give where they lie."""
    before = {(each.partition, each.offset) for each in logged(settings)}
    with Producer(settings) as producer:
        producer.publish([Message(topic="articles", key="k", value=content, headers=())])
    ((partition, offset),) = {(it.partition, it.offset) for it in logged(settings)} - before
    return log_origin(f"{settings.prefix}.articles", partition, offset)


def rows(result: Result) -> list[dict[str, object]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_each_is_listed_once_the_newest_last_and_counted_by_stage_and_code(tocsin, put):
    one, two = dead_letter("decode", "invalid-json", "no", b"{"), dead_letter("read", "x", "y", b"")
    put(one, two, one)
    found = rows(tocsin("dead-letters", "list", "--json"))
    assert [(each["id"], each["count"]) for each in found] == [(two.id, 1), (one.id, 2)]
    shown = tocsin("dead-letters", "list")
    assert shown.stdout.splitlines()[1].startswith(one.id[:12])
    assert "decode/invalid-json 2x" in shown.stdout
    assert shown.stderr == "2 dead letters: 1 decode/invalid-json, 1 read/x.\n"


def test_a_record_that_both_parts_refuse_came_in_once(settings, tocsin, put):
    first, again = into_log(settings, b"{rubbish"), into_log(settings, b"{rubbish")
    put(*[dead_letter("decode", "invalid-json", "", b"{rubbish", origin=it) for it in [first] * 2])
    (row,) = rows(tocsin("dead-letters", "list", "--json"))
    assert (row["count"], row["written"]) == (1, 2)
    assert " 2x" not in tocsin("dead-letters", "list").stdout
    assert "1x, last at" in (shown := tocsin("dead-letters", "show", row["id"]).stdout)
    assert "written 2x" in shown
    put(dead_letter("decode", "invalid-json", "", b"{rubbish", origin=again))
    (row,) = rows(tocsin("dead-letters", "list", "--json"))
    assert (row["count"], row["written"]) == (2, 3)


def test_the_list_is_narrowed_by_stage_code_and_time(tocsin, put):
    put(dead_letter("decode", "a", "", b"1"), dead_letter("decode", "b", "", b"2"))
    put(dead_letter("worker", "a", "", b"3"))
    for arguments, number in (
        (("--stage", "decode"), 2),
        (("--code", "a"), 2),
        (("--stage", "decode", "--code", "b"), 1),
        (("--since", "2024-01-01T00:00:00Z"), 3),
        (("--since", "2199-01-01T00:00:00Z"), 0),
    ):
        assert len(rows(tocsin("dead-letters", "list", "--json", *arguments))) == number, arguments
    assert tocsin("dead-letters", "list", "--since", "then").exit_code == 2


def test_one_is_shown_by_the_beginning_of_its_id_with_its_bytes_as_text(tocsin, put):
    letter = dead_letter(
        "decode", "invalid-json", "a comma is missing", '{"title" "Brücke"}'.encode()
    )
    put(letter, dead_letter("worker", "killed-worker", "", b"\x00\xff\x1b[2J"))
    shown = tocsin("dead-letters", "show", letter.id[:9]).stdout
    for said in (letter.id, "a comma is missing", '{"title" "Brücke"}', "dead-letters redrive"):
        assert said in shown
    other = rows(tocsin("dead-letters", "list", "--json"))[1]
    told = json.loads(tocsin("dead-letters", "show", other["id"], "--json").stdout)
    assert (told["bytes"], told["text"]) == (6, r"\x00\xff\x1b[2J")
    nobody = tocsin("dead-letters", "show", "zz").exception
    assert isinstance(nobody, TocsinError)
    assert "There is no dead letter zz" in str(nobody)


def test_what_would_command_a_terminal_is_written_out():
    assert readable("a\tb\nÉ \x1b[31m\u202e".encode() + b"\xff") == "a\tb\nÉ \\x1b[31m\\u202e\\xff"


def test_what_failed_goes_back_with_its_bytes_and_under_its_article(settings, tocsin, put):
    article, rubbish = an_article(1), b"{rubbish"
    letters = [
        dead_letter("worker", "killed-worker", "", article, origin=into_log(settings, article)),
        dead_letter("decode", "invalid-json", "", rubbish, origin=into_log(settings, rubbish)),
    ]
    put(*letters)
    before = set(logged(settings))
    done = tocsin("dead-letters", "redrive", letters[0].id, letters[1].id[:8])
    assert done.exit_code == 0, done.output
    sent = {each.key: each for each in set(logged(settings)) - before}
    made = articles.read(article)
    assert {key: each.value for key, each in sent.items()} == {
        made.id.encode(): article,
        letters[1].id.encode(): rubbish,
    }
    assert sent[made.id.encode()].headers == headers_for(made)
    assert done.stderr == "2 sent in again, 0 refused.\n"


def test_of_one_that_kept_only_its_beginning_the_whole_is_read_from_the_log(settings, tocsin, put):
    long = an_article(2, text="Water. " * KEPT_BYTES)
    raw = b" " + long  # as it lay; what fails later has the bytes of its article
    rubbish = b"rubbish" * KEPT_BYTES
    put(
        dead_letter("decode", "invalid-json", "", rubbish, origin=into_log(settings, rubbish)),
        dead_letter("flag-mentions", "failed", "", long, origin=into_log(settings, raw)),
    )
    before = set(logged(settings))
    assert tocsin("dead-letters", "redrive", "--all").exit_code == 0
    assert {each.value for each in set(logged(settings)) - before} == {rubbish, raw}


def test_what_cannot_go_back_is_refused_with_the_reason(settings, tocsin, put):
    long = b"a" * (KEPT_BYTES + 1)
    gone, other = into_log(settings, long), into_log(settings, an_article(3))
    topic, _, place = gone.removeprefix("kafka:").partition("/")
    partition, offset = map(int, place.split("@"))
    admin = KafkaAdminClient(bootstrap_servers=list(settings.bootstrap_servers))
    admin.delete_records({TopicPartition(topic, partition): offset + 1})
    admin.close()
    refused = {
        "is gone": dead_letter("decode", "a", "", long, origin=gone),
        "lies another record now": dead_letter("decode", "b", "", long, origin=other),
        "not where it lay": dead_letter("decode", "c", "", long),
        "connect seeds FILE --again": dead_letter("decode", "d", "", b"{", origin="a.jsonl:7"),
        "an entry of a feed": dead_letter("poll", "e", "", b"{}", origin="https://a.example/feed"),
        "is not read as": dead_letter("decode", "f", "", b"{", origin="kafka:other.articles/0@1"),
    }
    put(*refused.values())
    before = logged(settings)
    done = tocsin("dead-letters", "redrive", "--all")
    assert done.exit_code == 1
    assert logged(settings) == before
    for reason, letter in refused.items():
        (line,) = [it for it in done.stdout.splitlines() if it.startswith(letter.id[:12])]
        assert reason in line
        shown = tocsin("dead-letters", "show", letter.id).stdout
        assert f"not possible: {line.partition('refused: ')[2]}" in shown


def test_a_dry_run_says_what_would_be_done_and_sends_nothing(settings, tocsin, put):
    put(dead_letter("worker", "killed-worker", "", an_article(4)))
    done = tocsin("dead-letters", "redrive", "--stage", "worker", "--dry-run", "--json")
    assert done.exit_code == 0
    assert [each["key"] for each in rows(done)] == [articles.read(an_article(4)).id]
    assert done.stderr == "1 would be sent in again, 0 refused.\n"
    assert logged(settings) == []


def test_nothing_is_sent_unless_something_is_named(tocsin):
    assert tocsin("dead-letters", "redrive").exit_code == 2


def test_equal_bytes_of_two_letters_are_sent_once(settings, tocsin, put):
    one = dead_letter("worker", "killed-worker", "", an_article(5))
    put(one, dead_letter("flag-mentions", "failed", "", an_article(5)), replace(one, attempts=3))
    assert tocsin("dead-letters", "redrive", "--all").exit_code == 0
    assert [each.value for each in logged(settings)] == [an_article(5)]


def test_redriving_twice_adds_nothing(settings, tocsin, put, tmp_path):
    """Nothing but the repeats themselves: whatever reads the topic gets the same results as before."""
    contents = [an_article(n, text="ECOWAS met in Abuja.") for n in range(3)]
    put(
        *(
            dead_letter("worker", "killed-worker", "", each, origin=into_log(settings, each))
            for each in contents
        )
    )

    def results(name: str) -> dict[str, bytes]:
        topic = f"kafka:{settings.prefix}.articles"
        done = tocsin("replay", topic, "--no-entities", "--out", tmp_path / name)
        assert done.exit_code == 0, done.output
        return {each: Path(tmp_path / name / f"{each}.jsonl").read_bytes() for each in FILES}

    before = results("before")
    assert before["alerts"]
    for number in (1, 2):
        assert tocsin("dead-letters", "redrive", "--all").exit_code == 0
        assert len(logged(settings)) == 3 + 3 * number
        assert results(f"after-{number}") == before
