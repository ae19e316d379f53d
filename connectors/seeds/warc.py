"""WARC files: one article for each archived page. Records stream; the pages are read in the sandbox."""

from collections.abc import Iterator
from typing import Any

from connectors.seeds.found import Found, letter
from connectors.seeds.pages import article_of, extract_page
from connectors.seeds.streams import Opened
from schemas import Line, Rejected, Skipped, Via, encode
from tocsin.dates import parse_instant

PAGE_LIMIT = 16 << 20
"""Bytes of one archived page, unpacked."""

_HTML = ("text/html", "application/xhtml+xml")
_PLACES = ("response", "resource")


def read_warc(opened: Opened, name: str) -> Iterator[Found]:
    """Yield the pages of an archive; their first-seen time is when they were archived.

    Records that are no pages (images, requests, errors) are counted, and named once at the end.
    """
    from warcio.archiveiterator import ArchiveIterator
    from warcio.exceptions import ArchiveLoadFailed

    number = others = 0
    try:
        for record in ArchiveIterator(opened.stream):
            number += 1
            if _is_page(record):
                yield _found(record, f"{name}:{number}")
            else:
                others += 1
    except (ArchiveLoadFailed, ValueError, EOFError, OSError, IndexError, AttributeError) as error:
        reason = f"damaged after record {number}: {type(error).__name__}: {error}"
        yield letter(Rejected("damaged-warc", reason), opened.head(), name)
    if others or not number:
        yield Skipped(name=name, reason=f"{others} of {number} records in it are no pages")


def _is_page(record: Any) -> bool:
    """Tell whether a record holds a page as it was served."""
    if record.rec_type not in _PLACES:
        return False
    status = record.http_headers.get_statuscode() if record.http_headers else "200"
    headers = record.http_headers or record.rec_headers
    kind = (headers.get_header("Content-Type") or "").partition(";")[0].strip().lower()
    return kind in _HTML and status == "200"


def _found(record: Any, origin: str) -> Found:
    """Make the article of one record, or its dead letter."""
    url = record.rec_headers.get_header("WARC-Target-URI") or ""
    content = record.content_stream().read(PAGE_LIMIT + 1)
    try:
        if len(content) > PAGE_LIMIT:
            raise Rejected("too-large", f"a page over {PAGE_LIMIT >> 20} MiB: {url}")
        page = extract_page(content, url)
        seen = parse_instant(record.rec_headers.get_header("WARC-Date"))
        return Line(
            content=encode(article_of(page, url=url, first_seen=seen, via=Via.WARC)), origin=origin
        )
    except Rejected as error:
        return letter(error, content, origin)
