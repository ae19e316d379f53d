"""Folders and archives into a real Kafka, and out of it again."""

import gzip
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from urllib.request import urlopen

import pytest
from click.testing import CliRunner, Result

from connectors.kafka import KafkaSettings
from console.cli import cli
from schemas import Article, decode
from tests.connectors.test_kafka import consumed
from tests.contracts.tree import ROOT
from tests.kafka_broker import free_pair

pytestmark = pytest.mark.kafka
TOCSIN = [sys.executable, "-c", "from console.cli import main; main()"]


@pytest.fixture
def tocsin(environment) -> Callable[..., Result]:
    def run(*arguments: object) -> Result:
        return CliRunner().invoke(cli, [str(each) for each in arguments], env=environment)

    return run


def start(environment: dict[str, str], *arguments: object) -> subprocess.Popen[str]:
    """Run tocsin in a process of its own."""
    return subprocess.Popen(
        [*TOCSIN, *map(str, arguments)],
        cwd=ROOT,
        env=os.environ | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def served(metrics: str) -> str:
    """Give what is served to Prometheus, line by line."""
    with urlopen(f"http://{metrics}/metrics", timeout=10) as answer:
        return answer.read().decode()


def articles_in(settings: KafkaSettings) -> dict[str, Article]:
    """Give the articles of the topic, by title."""
    found = (decode(Article, value) for _, value in consumed(settings))
    return {article.title: article for article in found}


def wait_for(
    check: Callable[[], bool], process: subprocess.Popen[str], seconds: float = 60
) -> None:
    """Wait until something is so, as long as the process lives."""
    deadline = time.monotonic() + seconds
    while not check():
        assert process.poll() is None, process.stderr and process.stderr.read()
        assert time.monotonic() < deadline
        time.sleep(0.2)


def written(folder: Path, name: str, *titles: str) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text("".join(json.dumps({"title": title}) + "\n" for title in titles))
    return path


def test_what_was_sent_can_be_dumped_and_replayed_to_the_same_articles(settings, tocsin, tmp_path):
    sent = tocsin("connect", "seeds", ROOT / "seeds", "--json")
    assert sent.exit_code == 0, sent.output
    counts = json.loads(sent.stdout)
    values = [value for _, value in consumed(settings)]
    letters = consumed(settings, "dead-letters")
    assert (counts["articles"], counts["dead_letters"]) == (len(values), len(letters))
    (tmp_path / "dump.jsonl").write_bytes(b"".join(value + b"\n" for value in values))
    replayed = tocsin("replay", tmp_path / "dump.jsonl", "--no-entities", "--out", tmp_path / "out")
    assert replayed.exit_code == 0, replayed.output
    written = (tmp_path / "out" / "articles.jsonl").read_bytes().splitlines()
    assert set(written) <= set(values)
    assert {decode(Article, line).version for line in written} == {
        decode(Article, value).version for value in values
    }
    assert (tmp_path / "out" / "dead-letters.jsonl").read_bytes() == b""
    from_files = tocsin("replay", ROOT / "seeds", "--no-entities", "--out", tmp_path / "files")
    assert from_files.exit_code == 0, from_files.output
    by_files = (tmp_path / "files" / "articles.jsonl").read_bytes().splitlines()
    assert {(a.id, a.version) for a in (decode(Article, line) for line in by_files)} == {
        (a.id, a.version) for a in (decode(Article, line) for line in written)
    }


@pytest.mark.parametrize("failpoint", ["produced:2", "saved:2"])
def test_killed_half_way_and_started_again_every_record_is_there_and_repeats_are_equal(
    settings, environment, tocsin, tmp_path, failpoint
):
    titles = [f"Bridge {n}" for n in range(1800)]
    written(tmp_path / "in", "a.jsonl", *titles)
    killed = start(environment, "connect", "seeds", tmp_path / "in", "--failpoint", failpoint)
    assert killed.wait(60) == -signal.SIGKILL
    first = Counter(consumed(settings))
    assert sum(first.values()) == 1000
    again = tocsin("connect", "seeds", tmp_path / "in", "--json")
    assert again.exit_code == 0, again.output
    assert json.loads(again.stdout)["articles"] == (1300 if failpoint == "produced:2" else 800)
    found = Counter(consumed(settings))
    assert set(first) < set(found)
    assert len(found) == len(titles) == len({key for key, _ in found})
    assert (
        tocsin("connect", "seeds", tmp_path / "in", "--json").stdout
        == json.dumps(
            {"files": 0, "articles": 0, "dead_letters": 0, "skipped": [], "sent_before": 1},
            indent=2,
        )
        + "\n"
    )


def test_a_folder_is_followed_until_told_to_stop(settings, environment, tmp_path):
    folder = tmp_path / "in"
    written(folder, "first.jsonl", "There already")
    metrics = f"127.0.0.1:{free_pair()}"
    environment = environment | {"TOCSIN_METRICS_LISTEN": metrics}
    following = start(environment, "connect", "seeds", folder, "--follow")
    try:
        wait_for(lambda: "There already" in articles_in(settings), following)
        with (folder / "slow.jsonl").open("w") as slow:
            for n in range(8):  # written for longer than two looks take, never at rest for so long
                slow.write(json.dumps({"title": f"Slow {n}"}) + "\n")
                slow.flush()
                time.sleep(0.6)
        moved = tmp_path / "moved"
        written(moved, "b.jsonl", "Moved in")
        (moved / "c.json.gz").write_bytes(gzip.compress(b'{"title": "Packed"}'))
        shutil.move(moved, folder / "new")
        expected = {"There already", "Moved in", "Packed", *(f"Slow {n}" for n in range(8))}
        wait_for(lambda: set(articles_in(settings)) == expected, following)
        with (folder / "first.jsonl").open("a") as first:
            first.write(json.dumps({"title": "Appended"}) + "\n")
        wait_for(lambda: "Appended" in articles_in(settings), following)
        wait_for(lambda: "tocsin_records_produced_total 12.0" in served(metrics), following)
    finally:
        following.terminate()
        output, errors = following.communicate(timeout=30)
    assert following.returncode == 0, errors
    found = articles_in(settings)
    assert {title for title, each in found.items() if each.is_backfill} == {"There already"}
    assert len(consumed(settings)) == len(found) == 12
    assert "12 articles" in output
    assert "dead_letters=0" in errors or '"dead_letters": 0' in errors


def test_told_to_stop_while_kafka_stands_still_it_ends_in_time_and_goes_on_later(
    settings, environment, tocsin, kafka_broker, tmp_path
):
    written(tmp_path / "in", "a.jsonl", *(f"Bridge {n}" for n in range(1200)))
    os.kill(kafka_broker.pid, signal.SIGSTOP)
    try:
        sending = start(environment, "connect", "seeds", tmp_path / "in")
        time.sleep(3)  # it is somewhere between its start and a batch that nobody acks
        sending.terminate()
        assert sending.wait(30) in (130, -signal.SIGTERM)
    finally:
        os.kill(kafka_broker.pid, signal.SIGCONT)
    assert tocsin("connect", "seeds", tmp_path / "in").exit_code == 0
    assert len(articles_in(settings)) == 1200


def test_the_pages_of_an_archive_are_sent_and_what_is_no_archive_is_refused(settings, tocsin):
    sent = tocsin("connect", "warc", ROOT / "seeds/archive/pages.warc.gz", "--ring")
    assert sent.exit_code == 0, sent.output
    found = articles_in(settings).values()
    assert {each.via for each in found} == {"warc"}
    assert not any(each.is_backfill for each in found)
    refused = tocsin("connect", "warc", ROOT / "seeds/feeds/gulf-wire.rss")
    assert refused.exit_code == 1
    assert "is no WARC archive" in str(refused.exception)


def test_without_kafka_it_fails_at_once_with_the_remedy(environment, tocsin, tmp_path):
    written(tmp_path / "in", "a.jsonl", "A")
    environment["TOCSIN_KAFKA_BOOTSTRAP_SERVERS"] = f"127.0.0.1:{free_pair()}"
    failed = tocsin("connect", "seeds", tmp_path / "in")
    assert failed.exit_code == 1
    assert "connection refused" in str(failed.exception)
    assert "make kafka" in failed.exception.hint


def test_only_folders_can_be_followed(tocsin, tmp_path):
    path = written(tmp_path / "in", "a.jsonl", "A")
    assert tocsin("connect", "seeds", path, "--follow").exit_code == 2
