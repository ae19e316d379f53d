"""What kind of input a file is, by its name and by its first bytes. Nothing is parsed here."""

import re
from enum import StrEnum

from tocsin.encodings import CONTROLS, unmarked_wide


class Kind(StrEnum):
    """How a file is read."""

    LINES = "lines"
    JSON = "json"
    TEXT = "text"
    MARKDOWN = "markdown"
    HTML = "html"
    FEED = "feed"
    WARC = "warc"


SUFFIXES = {
    ".jsonl": Kind.LINES,
    ".ndjson": Kind.LINES,
    ".json": Kind.JSON,
    ".txt": Kind.TEXT,
    ".text": Kind.TEXT,
    ".md": Kind.MARKDOWN,
    ".markdown": Kind.MARKDOWN,
    ".html": Kind.HTML,
    ".htm": Kind.HTML,
    ".xhtml": Kind.HTML,
    ".xml": Kind.FEED,
    ".rss": Kind.FEED,
    ".atom": Kind.FEED,
    ".rdf": Kind.FEED,
    ".warc": Kind.WARC,
}

BINARIES = (
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"RIFF", "an image, sound or film"),
    (b"%PDF-", "a PDF document"),
    (b"PK\x03\x04", "a ZIP archive or office document"),
    (b"\x7fELF", "a program"),
    (b"BZh", "bzip2 data"),
    (b"\xfd7zXZ", "xz data"),
    (b"\x28\xb5\x2f\xfd", "zstandard data"),
    (b"SQLite format 3", "a database"),
)
"""First bytes of what people keep beside their articles, and what to call it."""

MOST_CONTROLS = 0.1
"""Share of control characters among the first bytes above which they are no text."""

_ROOTS = {
    b"rss": Kind.FEED,
    b"feed": Kind.FEED,
    b"rdf": Kind.FEED,
    b"channel": Kind.FEED,
    b"urlset": Kind.FEED,
    b"sitemapindex": Kind.FEED,
    b"html": Kind.HTML,
    b"head": Kind.HTML,
    b"body": Kind.HTML,
}
_ROOT = re.compile(rb"<(?:[A-Za-z_][\w.-]*:)?([A-Za-z][\w.-]*)[\s/>]")
_PROLOGUE = re.compile(
    rb"\s+|<\?[^>]*>|<!--.*?-->|<!doctype(?!\s+html)[^>\[]*(?:\[[^\]]*\]\s*)?>", re.S | re.I
)
_HTML_DOCTYPE = re.compile(rb"<!doctype\s+html", re.I)
_MARKS = (
    (b"\xef\xbb\xbf", ""),
    (b"\xff\xfe\0\0", "utf-32-le"),
    (b"\0\0\xfe\xff", "utf-32-be"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
)


def by_name(name: str) -> Kind | None:
    """Tell the kind from the file name, looking through `.gz`; `None` where it says nothing."""
    lower = name.lower()
    while lower.endswith(".gz"):
        lower = lower[: -len(".gz")]
    suffix = lower[lower.rfind(".") :] if "." in lower else ""
    return SUFFIXES.get(suffix)


def by_content(head: bytes) -> Kind | None:
    """Tell the kind from the first bytes; `None` for plain text and all that is not known."""
    head = _plain(head)
    if head.startswith(b"WARC/"):
        return Kind.WARC
    if head[:1] in (b"{", b"["):
        return Kind.JSON
    at = 0
    while found := _PROLOGUE.match(head, at):
        at = found.end()
    if _HTML_DOCTYPE.match(head, at):
        return Kind.HTML
    root = _ROOT.match(head, at)
    return _ROOTS.get(root.group(1).lower()) if root else None


def settle(name: str, head: bytes) -> Kind | None:
    """Decide how a file is read: content that is plain to see goes before the suffix.

    JSON in a file that is called text may be prose that begins with a bracket, so there the name wins.
    """
    named, seen = by_name(name), by_content(head)
    if named is None:
        return seen
    if seen is None or (seen is Kind.JSON and named in (Kind.LINES, Kind.TEXT, Kind.MARKDOWN)):
        return named
    if seen is Kind.HTML and named in (Kind.TEXT, Kind.MARKDOWN):
        return Kind.HTML if _HTML_DOCTYPE.search(head) or b"<html" in head.lower() else named
    return seen


def binary(head: bytes) -> str:
    """Name what the bytes are where they are clearly no text; `''` where they may be."""
    for magic, called in BINARIES:
        if head.startswith(magic):
            return called
    if any(encoding and head.startswith(mark) for mark, encoding in _MARKS):
        return ""
    controls = len(head) - len(head.translate(None, CONTROLS))
    is_text = controls <= MOST_CONTROLS * len(head) or unmarked_wide(head)
    return "" if is_text else "binary data"


def _plain(head: bytes) -> bytes:
    """Bring the first bytes to something like ASCII: without byte order mark and leading space."""
    for mark, encoding in _MARKS:
        if head.startswith(mark):
            head = head[len(mark) :]
            if encoding:
                head = head.decode(encoding, "ignore").encode("utf-8", "ignore")
            break
    return head.lstrip()
