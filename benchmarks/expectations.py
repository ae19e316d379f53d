"""feedparser's own expectations through our sandboxed path, beside feedparser called plainly.

    python -m benchmarks.expectations FEEDPARSER

Each document says in a comment what it expects: a Python expression over feedparser's answer. It is
evaluated three times: over what `feedparser.parse` answers in this process; over what
`tocsin.feed_document.read_document`, which is all that `tocsin.feeds` has of a document, answers in a
child of the sandbox; and over what the child answers when only the bytes are known, as in a saved
file. Then `tocsin.feeds.parse` itself: entries and titles as feedparser has them.
Exits 1 where plain feedparser passes and our path does not.
"""

import datetime
import io
import re
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import feedparser

from connectors.sandbox import Sandbox
from schemas import Rejected
from tocsin.feed_document import read_document
from tocsin.feeds import parse
from tocsin.markup import text_of

EXPECT = re.compile(r"Expect:\s*(.*?)\s*-->", re.DOTALL)
HEADER = re.compile(r"^Header:\s*([^:\s]+):[ \t]*(.*?)\s*$", re.MULTILINE)
ENCODINGS = ("utf-8", "utf-16", "utf-32", "cp037", "latin-1")
HOST = "http://127.0.0.1:8097/"
"""What the expectations take for the server of the documents."""


@dataclass(frozen=True)
class Case:
    name: str
    content: bytes
    headers: dict[str, str]
    expected: str


def cases(path: Path) -> Iterator[Case]:
    """Read the documents and, from the comment at their head, what they expect."""
    for file in sorted(path.rglob("*")):
        content = file.read_bytes() if file.is_file() else b""
        comment = next(filter(None, (_comment(content, each) for each in ENCODINGS)), "")
        found = EXPECT.search(comment)
        if found:
            name = str(file.relative_to(path))
            said = {key.lower(): value for key, value in HEADER.findall(comment)}
            headers = {"content-type": "application/xml", "content-location": HOST + name, **said}
            yield Case(name, content, headers, found.group(1))


def _comment(content: bytes, encoding: str) -> str:
    try:
        text = content.decode(encoding)
    except UnicodeError:
        return ""
    return text if "Expect:" in text else ""


def holds(answer: Any, expected: str) -> bool:
    """Evaluate an expectation over feedparser's answer."""
    try:
        return bool(eval(expected, {"feedparser": feedparser, "datetime": datetime}, answer))
    except Exception:  # an expectation that cannot be evaluated does not hold
        return False


def holds_plainly(case: Case) -> bool:
    answer = feedparser.parse(io.BytesIO(case.content), response_headers=dict(case.headers))
    return holds(answer, case.expected)


def holds_through_ours(content: bytes, headers: dict[str, str], expected: str) -> bool:
    """Evaluate over our reading. Runs in the sandbox."""
    location = headers.get("content-location", "")
    answer, _ = read_document(content, url=location, headers=headers)
    answer["headers"].update(headers)
    return holds(answer, expected)


def parses_alike(case: Case, sandbox: Sandbox) -> str:
    """Compare `tocsin.feeds.parse` with feedparser: how many entries, and their titles as text."""
    answer = feedparser.parse(io.BytesIO(case.content), response_headers=dict(case.headers))
    url = case.headers["content-location"]
    try:
        found = sandbox.call(parse, case.content, url=url, headers=case.headers)
    except Rejected as error:
        return "alike" if not answer.version and not answer.entries else error.code
    if len(found.entries) < len(answer.entries):
        return "fewer entries"
    pairs = zip(found.entries, answer.entries, strict=False)
    lost = any(_line(theirs.get("title", "")) and not ours.title for ours, theirs in pairs)
    return "title lost" if lost else "alike"


def _line(text: str) -> str:
    return " ".join(text_of(text).split())


def main(path: Path) -> int:
    passed, lost = Counter[str](), []
    alike = Counter[str]()
    with Sandbox() as sandbox:
        for case in cases(path):
            plain = holds_plainly(case)
            ours = sandbox.call(holds_through_ours, case.content, case.headers, case.expected)
            bare = sandbox.call(holds_through_ours, case.content, {}, case.expected)
            passed.update(all=1, plain=plain, ours=ours, bare=bare, gained=ours and not plain)
            if plain and not ours:
                lost.append(case)
            verdict = parses_alike(case, sandbox)
            alike[verdict] += 1
            if verdict != "alike":
                print(f"  {case.name}: {verdict}")
    print(
        f"{passed['all']} expectations: feedparser passes {passed['plain']}, our path {passed['ours']}"
        f" ({passed['gained']} more, {len(lost)} fewer); without headers {passed['bare']}"
    )
    print(f"tocsin.feeds.parse: {dict(alike)}")
    for case in lost:
        print(f"  lost: {case.name}: {case.expected[:150]}")
    return 1 if lost else 0


if __name__ == "__main__":
    from benchmarks import expectations  # under the name by which the sandbox finds it

    sys.exit(expectations.main(Path(sys.argv[1])))
