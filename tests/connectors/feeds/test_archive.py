import asyncio
import errno
import gzip
import io
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import redirect_stdout
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner
from warcio.archiveiterator import ArchiveIterator
from warcio.checker import Checker
from warcio.recordloader import ArcWarcRecord

from connectors.feeds.archive import Archive
from connectors.feeds.responses import Hop, Response
from connectors.seeds.folder import list_files, read_file
from console.cli.replay import command
from schemas import Article, DeadLetter, Line, Skipped, Unavailable, Via, encode
from tests.connectors.feeds.hostile import moved, reply
from tests.connectors.feeds.web import fetcher, web
from tocsin import articles

AT = datetime(2026, 5, 1, 12, 30, 15, 250000, tzinfo=UTC)
PAGE = b"<html><head><title>High water</title></head><body><p>%s</p></body></html>" % (
    b"The river rose by two metres in one night, and the ferry was tied to the trees. " * 5
)


def an_article(number: int) -> Article:
    return articles.complete(
        url=f"https://river.example/{number}?é=ü",
        title=f"Day {number}",
        text="The river rose by two metres in one night.\r\n\r\nWARC/1.0\r\n\r\nIt fell again.",
        first_seen=AT,
        via=Via.RSS,
        feed="https://river.example/feed",
    )


def a_response(number: int = 0, body: bytes = PAGE, **fields: object) -> Response:
    given: dict[str, object] = {
        "requested": f"https://river.example/{number}",
        "url": f"https://river.example/{number}?a=b",
        "status": 200,
        "headers": {},
        "http_headers": (("Content-Type", "text/html"), ("X-Odd", "a\r\nX: y"), ("X-More", "\xe9")),
        "body": body,
        "raw": body,
        "sent": (("Host", "river.example"), ("User-Agent", "Tocsin/1")),
        "reason": "OK",
        "at": AT,
    }
    return Response(**(given | fields))  # type: ignore[arg-type]


def records(path: Path) -> Iterator[tuple[ArcWarcRecord, bytes]]:
    with path.open("rb") as stream:
        for record in ArchiveIterator(stream, check_digests="raise"):
            yield record, record.content_stream().read()


def files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir())


def check(paths: list[Path]) -> int:
    """Say what `warcio check` would exit with."""
    wanted = type("Wanted", (), {"verbose": False, "inputs": [str(path) for path in paths]})
    checker = Checker(wanted)
    with redirect_stdout(io.StringIO()):
        for path in paths:
            checker.process_one(str(path))
    return int(checker.exit_value)


def test_an_exchange_is_kept_as_it_was(tmp_path: Path) -> None:
    with Archive(tmp_path, software="Tocsin/9") as archive:
        archive.write(a_response(), "page")
    (path,) = files(tmp_path)
    assert path.name.endswith("-00000.warc.gz")
    (about, fields), (answer, body), (request, _) = records(path)
    assert about.rec_type == "warcinfo"
    assert b"software: Tocsin/9\r\n" in fields
    assert b"tocsin-holds: articles\r\n" in fields
    assert (answer.rec_type, body) == ("response", PAGE)
    assert answer.rec_headers["WARC-Target-URI"] == "https://river.example/0?a=b"
    assert answer.rec_headers["WARC-Date"] == "2026-05-01T12:30:15.250000Z"
    assert answer.rec_headers["Tocsin-Purpose"] == "page"
    assert answer.http_headers.get_statuscode() == "200"
    assert answer.http_headers.get_header("X") is None
    assert request.rec_type == "request"
    assert request.rec_headers["WARC-Concurrent-To"] == answer.rec_headers["WARC-Record-ID"]
    assert request.http_headers.get_header("User-Agent") == "Tocsin/1"
    assert request.http_headers.statusline == "/0?a=b HTTP/1.1"
    assert check([path]) == 0


def test_a_body_is_kept_packed_and_without_chunks(tmp_path: Path) -> None:
    packed = gzip.compress(PAGE)
    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Encoding: gzip\r\n\r\n"
    chunked += b"%x\r\n%s\r\n0\r\n\r\n" % (len(packed), packed)

    async def run() -> None:
        answers = {"/": moved(b"/b"), "/b": chunked, "/c": reply(status=b"304 Not Modified")}
        with Archive(tmp_path) as archive:
            async with web(answers) as site, fetcher(archive=archive) as fetching:
                await fetching.fetch(site.base + "/", purpose="page")
                await fetching.fetch(site.base + "/c", etag="a")

    asyncio.run(run())
    (path,) = files(tmp_path)
    found = [(each, body) for each, body in records(path) if each.rec_type == "response"]
    statuses = [each.http_headers.get_statuscode() for each, _ in found]
    assert statuses == ["302", "200", "304"]
    assert found[0][0].rec_headers["WARC-Truncated"] == "unspecified"
    assert found[1][1] == PAGE
    assert found[1][0].http_headers.get_header("X-Crawler-Transfer-Encoding") == "chunked"
    assert check([path]) == 0


def test_articles_come_back_byte_for_byte_and_their_pages_are_not_read_again(
    tmp_path: Path,
) -> None:
    given = [encode(an_article(number)) for number in range(5)]
    with Archive(tmp_path) as archive:
        for number, article in enumerate(given):
            page = archive.write(a_response(number), "page")
            archive.write_article(article, f"https://river.example/{number}", page=page)
    (file,) = list_files([tmp_path]).files
    found = list(read_file(file))
    assert [each.content for each in found if isinstance(each, Line)] == given
    (skipped,) = [each for each in found if not isinstance(each, Line)]
    assert isinstance(skipped, Skipped)
    assert (
        skipped.reason == "11 of 16 records in it lie beside its articles and were not read again"
    )
    assert check(files(tmp_path)) == 0


def test_a_foreign_archive_in_the_same_file_is_read_by_its_pages(tmp_path: Path) -> None:
    with Archive(tmp_path) as archive:
        archive.write_article(encode(an_article(1)), "https://river.example/1")
    (path,) = files(tmp_path)
    block = b"software: other\r\n"
    foreign = b"WARC/1.0\r\nWARC-Type: warcinfo\r\nContent-Length: %d\r\n\r\n%s\r\n\r\n" % (
        len(block),
        block,
    )
    http = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n" + PAGE
    foreign += (
        b"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: https://lake.example/\r\n"
        b"WARC-Date: 2024-06-05T09:00:00Z\r\nContent-Length: %d\r\n\r\n%s\r\n\r\n"
        % (len(http), http)
    )
    path.write_bytes(path.read_bytes() + gzip.compress(foreign))
    (file,) = list_files([tmp_path]).files
    lines = [each for each in read_file(file) if isinstance(each, Line)]
    assert [articles.read(each.content).title for each in lines] == ["Day 1", "High water"]


def test_a_conversion_in_a_foreign_archive_is_no_article_of_ours(tmp_path: Path) -> None:
    with Archive(tmp_path) as archive:
        archive.write_article(encode(an_article(1)), "https://river.example/1")
    (path,) = files(tmp_path)
    whole = gzip.decompress(path.read_bytes()).replace(b"tocsin-holds", b"other-holds ")
    (tmp_path / "foreign.warc").write_bytes(whole)
    path.unlink()
    (file,) = list_files([tmp_path]).files
    assert not any(isinstance(each, Line) for each in read_file(file))


def test_a_replay_of_the_archive_gives_the_articles_of_the_topic(tmp_path: Path) -> None:
    given = [encode(an_article(number)) for number in range(20)]
    topic, kept = tmp_path / "topic", tmp_path / "kept"
    topic.mkdir()
    (topic / "articles.jsonl").write_bytes(b"\n".join(given) + b"\n")
    with Archive(kept) as archive:
        for number, article in enumerate(given):
            archive.write(a_response(number, b"another page"), "page")
            archive.write_article(article, f"https://river.example/{number}")
    lines = []
    for number, source in enumerate((topic, *files(kept))):
        out = tmp_path / f"out{number}"
        result = CliRunner().invoke(command, [str(source), "--out", str(out), "--no-entities"])
        assert result.exit_code == 0, result.output
        lines.append((out / "articles.jsonl").read_bytes())
        assert json.loads((out / "summary.json").read_bytes())["counts"]["dead_letters"] == 0
    assert lines[0] == lines[1]
    assert lines[0].count(b"\n") == 20


def test_a_file_is_finished_when_it_is_full_and_open_until_then(tmp_path: Path) -> None:
    with Archive(tmp_path, size=6000, clock=lambda: AT) as archive:
        for number in range(9):
            archive.write(a_response(number, os.urandom(1000)), "page")
        names = [path.name for path in files(tmp_path)]
        assert names == [
            "tocsin-20260501123015-00000.warc.gz",
            "tocsin-20260501123015-00001.warc.gz",
            "tocsin-20260501123015-00002.warc.gz.open",
        ]
    assert [path.suffix for path in files(tmp_path)] == [".gz"] * 3
    assert check(files(tmp_path)) == 0
    types = [next(each.rec_type for each, _ in records(path)) for path in files(tmp_path)]
    assert types == ["warcinfo"] * 3


def test_nothing_kept_leaves_no_file(tmp_path: Path) -> None:
    Archive(tmp_path).close()
    assert files(tmp_path) == []


def test_many_threads_may_write(tmp_path: Path) -> None:
    with Archive(tmp_path, size=20_000) as archive:

        def some() -> None:
            for number in range(20):
                archive.write(a_response(number), "page")
                archive.write_article(encode(an_article(number)), "https://river.example/")

        threads = [threading.Thread(target=some) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    lines = [
        each
        for file in list_files([tmp_path]).files
        for each in read_file(file)
        if isinstance(each, Line)
    ]
    assert len(lines) == 160
    assert check(files(tmp_path)) == 0


WRITES = """
import sys
from pathlib import Path
from tests.connectors.feeds.test_archive import a_response, an_article
from connectors.feeds.archive import Archive
from schemas import encode
archive = Archive(Path(sys.argv[1]))
for number in range(100_000):
    archive.write(a_response(number), "page")
    archive.write_article(encode(an_article(number)), "https://river.example/")
    if number == 20:
        print("written", flush=True)
"""


def test_what_a_kill_leaves_is_readable_and_is_finished_by_the_next(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", WRITES, str(tmp_path)], stdout=subprocess.PIPE
    ) as process:
        try:
            assert process.stdout is not None
            process.stdout.readline()
            assert Archive(tmp_path).close() is None
            assert files(tmp_path)[0].name.endswith(".open"), "somebody is writing it"
        finally:
            process.kill()
    (left,) = files(tmp_path)
    assert left.name.endswith(".open")
    (file,) = list_files([tmp_path]).files
    found = list(read_file(file))
    assert sum(isinstance(each, Line) for each in found) >= 20
    assert sum(isinstance(each, DeadLetter) for each in found) <= 1
    Archive(tmp_path).close()
    assert [path.name for path in files(tmp_path)] == [left.name.removesuffix(".open")]


def test_a_full_disk_is_told_and_the_file_ends_with_the_record_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = os.write
    with Archive(tmp_path) as archive:
        archive.write(a_response(1), "page")
        (open_file,) = files(tmp_path)
        size = open_file.stat().st_size

        def half(descriptor: int, content: bytes) -> int:
            if len(content) < 100:
                raise OSError(errno.ENOSPC, "No space left on device")
            return write(descriptor, content[: len(content) // 2])

        monkeypatch.setattr(os, "write", half)
        with pytest.raises(Unavailable, match="No space left"):
            archive.write(a_response(2), "page")
        assert open_file.stat().st_size == size
        monkeypatch.setattr(os, "write", write)
        archive.write(a_response(3), "page")
    (path,) = files(tmp_path)
    answers = [each for each, _ in records(path) if each.rec_type == "response"]
    places = [each.rec_headers["WARC-Target-URI"] for each in answers]
    assert places == ["https://river.example/1?a=b", "https://river.example/3?a=b"]
    assert check([path]) == 0


def test_a_disk_that_stays_full_is_left_without_files_in_which_there_is_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write, held = os.write, len(list(Path("/dev/fd").iterdir()))

    def nothing(descriptor: int, content: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    with Archive(tmp_path) as archive:
        monkeypatch.setattr(os, "write", nothing)
        for number in range(3):
            with pytest.raises(Unavailable, match="No space left"):
                archive.write(a_response(number), "page")
        assert files(tmp_path) == []
        assert len(list(Path("/dev/fd").iterdir())) == held
        monkeypatch.setattr(os, "write", write)
        archive.write(a_response(3), "page")
    (path,) = files(tmp_path)
    assert check([path]) == 0


def test_a_response_after_redirects_is_kept_under_where_it_was(tmp_path: Path) -> None:
    redirected = a_response(redirects=(Hop(url="https://river.example/", status=301),))
    with Archive(tmp_path) as archive:
        archive.write(redirected, "feed")
    (path,) = files(tmp_path)
    assert [each.rec_headers["WARC-Target-URI"] for each, _ in records(path)][1:] == [
        "https://river.example/0?a=b"
    ] * 2
