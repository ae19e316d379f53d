"""Every bad input through the seed reader: does it crash, hang, or lose anything in silence?

    python benchmarks/hostile.py [PATH...]

Each PATH is a folder of files; generated bombs come on top. Prints one row a group: files, what came
of them, the slowest, the growth of this process. Exits 1 on a crash, a hang or a silent loss.
"""

import gzip
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from connectors.seeds.folder import SeedFile, list_files, read_file
from schemas import DeadLetter, Line

HANG_SECONDS = 25.0
PAGE = b"<html><head><title>A page</title></head><body>%s</body></html>"
RSS = b'<?xml version="1.0"?><rss version="2.0"><channel><title>T</title>%s</channel></rss>'
ITEM = b"<item><title>Item %d</title><link>http://a.example/%d</link><guid>%d</guid></item>"


def bombs() -> Iterator[tuple[str, bytes]]:
    """Make hostile files: name and content."""
    yield "long-line.jsonl", b'{"text":"' + b"a" * (200 << 20) + b'"}\n{"title":"after"}\n'
    yield "zeros.jsonl.gz", gzip.compress(bytes(300 << 20), 9)
    yield "zeros.html.gz", gzip.compress(bytes(300 << 20), 9)
    yield "line-ends.jsonl.gz", gzip.compress(b"\n" * (200 << 20), 9)
    yield "nested.jsonl.gz", gzip.compress(gzip.compress(gzip.compress(b'{"title":"a"}')))
    yield "truncated.jsonl.gz", gzip.compress(b'{"title":"a"}\n' * 9999)[:-200]
    yield "surrogates.jsonl", b'{"title":"\\ud800 a","text":"\xed\xa0\x80"}\n'
    yield "nan.jsonl", b'{"title":"a","published":NaN}\n{"title":"b","x":Infinity}\n'
    yield "deep.json", b"[" * 1_000_000
    yield "deep-object.jsonl", b'{"a":' * 500_000 + b"\n"
    yield "digits.jsonl", b'{"title":"a","guid":' + b"9" * 1_000_000 + b"}\n"
    yield "array.json", b"[" + b",".join([b'{"title":"a"}'] * 200_000) + b"]"
    yield "nul.txt", b"Title\n\n" + b"a\0b " * 10_000
    yield "utf16.txt", "Заголовок\n\nТекст о Нигере.".encode("utf-16")
    yield "cp1251.txt", ("Заголовок\n\n" + "Текст о Нигере и о России. " * 50).encode("cp1251")
    yield "lines.txt", b"T\n\n" + b"the same line again and again, word for word\n" * 500_000
    yield "one-line.txt", b"word " * 8_000_000
    yield "brackets.md", b"[" * 200_000 + b"](" * 200_000
    yield "stars.md", b"*a " * 300_000
    for count in (20_000, 200_000):
        attributes = b"".join(b" a%d=1" % number for number in range(count))
        yield f"attributes-{count}.html", PAGE % (b"<p" + attributes + b">text</p>")
        yield f"attributes-{count}.xml", RSS % (b"<item" + attributes + b"><title>t</title></item>")
    yield "divs.html", PAGE % (b"<div>" * 100_000 + b"the text at the bottom")
    yield "lists.html", PAGE % (b"<ul><li>" * 64_000 + b"the text at the bottom")
    yield "comments.html", PAGE % (b"<!--" * 200_000)
    yield "open-tags.html", PAGE % (b"<a " * 300_000)
    yield "big.html", PAGE % (b"<p>A sentence of a rather long article.</p>" * 500_000)
    yield "laughs.xml", _laughs()
    yield (
        "quadratic.xml",
        (
            b'<!DOCTYPE r [<!ENTITY a "'
            + b"x" * 100_000
            + b'">]>'
            + RSS.removeprefix(b'<?xml version="1.0"?>')
            % (b"<item><title>" + b"&a;" * 1000 + b"</title></item>")
        ),
    )
    for size in (32 << 10, 1 << 20):
        author = b"<item><title>t</title><author>" + b"a" * size + b"</author></item>"
        yield f"author-{size >> 10}k.xml", RSS % author
        yield f"author-at-{size >> 10}k.xml", RSS % author.replace(b"aaaa", b"a@a.")
    yield "items.xml", RSS % b"".join(ITEM % (n, n, n) for n in range(100_000))
    yield "depth.xml", RSS % (b"<item>" + b"<a>" * 200_000)
    yield "length.warc", b"WARC/1.0\r\nWARC-Type: response\r\nContent-Length: 99999999999\r\n\r\nx"
    yield "headers.warc", b"WARC/1.0\r\n" + b"A: b\r\n" * 1_000_000
    yield "picture.txt", b"\x89PNG\r\n" + bytes(5000)


def _laughs() -> bytes:
    entities = b'<!ENTITY a0 "ha">' + b"".join(
        b'<!ENTITY a%d "%s">' % (n, b"&a%d;" % (n - 1) * 10) for n in range(1, 12)
    )
    return (
        b"<!DOCTYPE r ["
        + entities
        + b"]>"
        + RSS.removeprefix(b'<?xml version="1.0"?>') % (b"<item><title>&a11;</title></item>")
    )


def odd_places(folder: Path) -> None:
    """Make what is no regular file, and files that cannot be read."""
    (folder / "empty").mkdir()
    os.mkfifo(folder / "pipe.jsonl")
    (folder / "loop").symlink_to(folder)
    (folder / "broken.txt").symlink_to(folder / "nowhere.txt")
    (folder / "self.txt").symlink_to(folder / "self.txt")
    (folder / "empty.json").touch()
    (folder / "closed.txt").write_text("Title\n\ntext")
    (folder / "closed.txt").chmod(0)
    (folder / "zero.txt").symlink_to("/dev/zero")


def forget_peak() -> float:
    """Forget the peak of memory so far (Linux); return what is held now, in MB."""
    Path("/proc/self/clear_refs").write_text("5")
    return peak_mb()


def peak_mb() -> float:
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def one(file: SeedFile) -> tuple[Counter[str], float]:
    """Read a file; count what came of it, and the seconds."""
    began, found = time.perf_counter(), Counter[str]()
    for each in read_file(file):
        if isinstance(each, DeadLetter):
            found[f"dead:{each.code}"] += 1
        else:
            found["lines" if isinstance(each, Line) else "skipped"] += 1
    return found, time.perf_counter() - began


def run(name: str, folder: Path, *, is_detailed: bool) -> int:
    """Read a folder; print a row. Return how many of its files failed."""
    before, listing = forget_peak(), list_files([folder])
    total, slowest, failures = Counter[str](), (0.0, ""), 0
    for file in listing.files:
        try:
            found, seconds = one(file)
        except Exception as error:
            found, seconds = Counter({f"CRASH {error!r}": 1}), 0.0
        if not found:
            found["SILENT"] += 1
        failures += bool(found["SILENT"]) or any(key.startswith("CRASH") for key in found)
        failures += seconds > HANG_SECONDS
        total.update(found)
        slowest = max(slowest, (seconds, file.name))
        if is_detailed:
            print(f"    {file.name:24} {file.size:>11} B {seconds:6.2f} s  {dict(found)}")
    print(
        f"{name}: {len(listing.files)} files, {len(listing.skipped)} not opened, {dict(total)}; slowest"
        f" {slowest[1]} {slowest[0]:.2f} s; grown by {peak_mb() - before:.0f} MB; {failures} failed",
        flush=True,
    )
    return failures


def main(paths: list[Path]) -> int:
    failures = sum(run(str(path), path, is_detailed=False) for path in paths)
    with tempfile.TemporaryDirectory() as temporary:
        for name, content in bombs():
            folder = Path(temporary) / name.replace(".", "-")
            folder.mkdir()
            (folder / name).write_bytes(content)
            del content
            failures += run(name, folder, is_detailed=False)
            (folder / name).unlink()
        odd = Path(temporary) / "odd"
        odd.mkdir()
        odd_places(odd)
        failures += run("odd places", odd, is_detailed=True)
        for skipped in list_files([odd]).skipped:
            print(f"    {skipped.name:24} {skipped.reason}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main([Path(each) for each in sys.argv[1:]]))
