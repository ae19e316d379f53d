"""Broken and hostile feeds through the sandbox: a typed outcome for each, and none for its neighbour.

    python -m benchmarks.broken_feeds FEEDPARSER [--every N]

Every document of FEEDPARSER (or every Nth) is cut at each tenth, read in wrong encodings and sown
with NULs; made bombs come on top. An outcome is entries, or a rejection with its code. After each
that is not read, and every hundredth time, a good feed must be read as before by the same sandbox.
Exits 1 on a crash, on more than SLOWEST seconds, or where a neighbour suffers.
"""

import argparse
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from connectors.sandbox import Sandbox
from schemas import ParsedFeed, Rejected
from tocsin.feeds import parse, parts

SLOWEST = 6.0
"""Seconds for one document, or one part of a document of very many entries."""

GOOD = b"""<rss version="2.0"><channel><title>River</title><item><title>Bridge opens</title>
<link>https://river.example/a</link><pubDate>Wed, 01 May 2024 10:00:00 GMT</pubDate></item></channel></rss>"""
RSS = b'<?xml version="1.0"?><rss version="2.0"><channel><title>T</title>%s</channel></rss>'
ITEM = b"<item><title>Item %d</title><link>http://a.example/%d</link><guid>%d</guid></item>"
HTML = b"<!doctype html><html><head><title>Not found</title></head><body><p>Sorry</p></body></html>"


def broken(content: bytes) -> Iterator[tuple[str, bytes]]:
    """Break a document in all ways."""
    for tenth in range(10):
        yield "cut", content[: len(content) * tenth // 10]
    declared = content.replace(b"utf-8", b"%s").replace(b"UTF-8", b"%s")
    for wrong in (b"utf-16", b"us-ascii", b"windows-1251", b"ebcdic-int", b"no-such-charset"):
        yield "declared otherwise", declared.replace(b"%s", wrong)
    text = content.decode("utf-8", "replace")
    for other in ("utf-16", "utf-32", "cp1251", "shift-jis", "utf-7", "cp037"):
        yield "encoded otherwise", text.encode(other, "replace")
    yield "NULs", content.replace(b">", b">\0")
    yield "NULs", content.replace(b"e", b"\0")
    yield "NULs", b"\0" * 4096 + content
    yield "backwards", content[::-1]


def bombs() -> Iterator[tuple[str, bytes, int | None]]:
    """Make hostile feeds: name, content and, where it is known, how many entries must come."""
    yield "100,000 items", RSS % b"".join(ITEM % (n, n, n) for n in range(100_000)), 100_000
    atom = b"<entry><title>E %d</title><id>urn:%d</id></entry>"
    entries = b"".join(atom % (n, n) for n in range(100_000))
    feed = b'<feed xmlns="http://www.w3.org/2005/Atom"><title>T</title>%s</feed>'
    yield "100,000 entries", feed % entries, 100_000
    for count in (20_000, 200_000):
        attributes = b"".join(b" a%d='1'" % n for n in range(count))
        bomb = RSS % (b"<item" + attributes + b"><title>t</title></item>")
        yield f"{count:,} attributes", bomb, None
        yield f"{count:,} attributes, unclosed", bomb.replace(b"</item>", b""), None
        yield f"{count:,} attributes on the root", b"<rss" + attributes + bomb[26:], None
    for size in (32 << 10, 1 << 20):
        for name in (b"author", b"dc:creator", b"managingEditor", b"itunes:author"):
            for piece in (b"a", b"a@a.", b"(", b"a@(", b"<", b" @"):
                text = (piece * size)[:size].replace(b"<", b"&lt;")
                item = b"<item><title>t</title><%s>%s</%s></item>" % (name, text, name)
                yield f"author {name.decode()} of {size >> 10} KiB", RSS % item, None
    for piece in (
        b"<a ",
        b"<![CDATA[",
        b"<!h",
        b"&a;",
        b"&#x110000;",
        b"<p>",
        b"]]>",
        b"<!--",
        b"\xff",
    ):
        title = b"<item><title>%s</title></item>" % (piece * 50_000)
        yield f"50,000 times {piece!r}", RSS % title, None
        escaped = title.replace(piece, piece.replace(b"&", b"&amp;").replace(b"<", b"&lt;"))
        yield f"50,000 times {piece!r}, escaped", RSS % escaped, None
    dates = b"".join(
        b"<item><title>t</title><pubDate>%s</pubDate></item>" % (b"1" * n) for n in (99, 9**6)
    )
    yield "endless dates", RSS % dates, 2
    yield "HTML", HTML, None
    yield "HTML with a feed's words", HTML.replace(b"Sorry", b"<item>rss feed</item>" * 99), None
    yield "an empty document", b"", None
    yield "spaces", b" " * 1_000_000, None
    yield "deep", RSS % (b"<a>" * 200_000), None


class Trial:
    """Reads feeds in one sandbox and remembers what came of them."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._good = sandbox.call(parse, GOOD)
        self._count = 0
        self.outcomes: Counter[tuple[str, str]] = Counter()
        self.failures: list[str] = []
        self.slowest = (0.0, "")

    def read(self, kind: str, name: str, content: bytes) -> ParsedFeed | None:
        """Read one document; note its outcome and its time."""
        began = time.monotonic()
        found = None
        try:
            found = self._sandbox.call(parse, content, url="https://a.example/feed")
            outcome = "entries" if found.entries else "no entries"
        except Rejected as error:
            outcome = error.code
            if error.code == "crash":
                self.failures.append(f"{kind} {name}: {error.reason}")
        except Exception as error:
            outcome = f"UNTYPED {error!r}"
            self.failures.append(f"{kind} {name}: {outcome}")
        seconds = time.monotonic() - began
        self.slowest = max(self.slowest, (seconds, f"{kind} {name}"))
        if seconds > SLOWEST:
            self.failures.append(f"{kind} {name}: {seconds:.1f} s")
        self.outcomes[kind, outcome] += 1
        self._count += 1
        if found is None or self._count % 100 == 0:
            self._look_next_door(kind, name)
        return found

    def _look_next_door(self, kind: str, name: str) -> None:
        if self._sandbox.call(parse, GOOD) != self._good:
            self.failures.append(f"{kind} {name}: its neighbour is read otherwise")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("path", type=Path)
    parser.add_argument("--every", type=int, default=1)
    given = parser.parse_args()
    files = [each for each in sorted(given.path.rglob("*")) if each.is_file()][:: given.every]
    with Sandbox() as sandbox:
        trial = Trial(sandbox)
        for file in files:
            for kind, content in broken(file.read_bytes()):
                trial.read(kind, str(file.relative_to(given.path)), content)
        print(f"{len(files)} documents; slowest {trial.slowest[0]:.2f} s: {trial.slowest[1]}")
        for name, content, wanted in bombs():
            began = time.monotonic()
            found = [trial.read(name, "", part) for part in parts(content)]
            entries = sum(len(each.entries) for each in found if each is not None)
            if wanted is not None and entries != wanted:
                trial.failures.append(f"{name}: {entries} entries of {wanted}")
            print(f"  {name}: {entries} entries, {time.monotonic() - began:.2f} s")
    for (kind, outcome), count in sorted(trial.outcomes.items()):
        print(f"{kind:40} {outcome:12} {count:6}")
    for failure in trial.failures:
        print(f"FAILED {failure}")
    print(f"{trial.outcomes.total()} documents read, {len(trial.failures)} failures")
    return 1 if trial.failures else 0


if __name__ == "__main__":
    sys.exit(main())
